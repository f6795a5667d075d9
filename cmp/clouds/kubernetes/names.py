"""Names what nodes of a cluster say beside their pool: their chip, and the cards that they offer."""

from __future__ import annotations

from typing import Final

CHIP_LABEL: Final = "node-restriction.kubernetes.io/tricenter-chip"
"""The chip of a node; under this prefix no node can write it itself."""


def accelerator_resource(chip: str) -> str:
    """The resource by which a node offers, and a pod asks for, whole cards of a chip."""
    return f"tricenter/{chip}"
