"""Tells editors which JSON Schema each file of an environment keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

SHIPPED: Final = "inventories/schema"
ENDING: Final = ".schema.json"
FILES: Final[Mapping[str, str]] = {
    "environment": "environment.yaml",
    "estate": "estate.yaml, estate/*.yaml",
    "network": "network.yaml, network/*.yaml",
    "workloads": "workloads.yaml, workloads/*.yaml",
    "policy": "policy.yaml, policy/*.yaml",
    "calendars": "calendars.yaml, calendars/*.yaml",
    "hosts": "*-net.yaml",
}
"""The files of an environment that each schema is for; host lists may have any name."""

_HOSTS: Final = "-net"


def kind_of(file: str) -> str:
    """Which schema a file of an environment keeps, by its path there; empty where none is for it."""
    path = PurePosixPath(file)
    if path.suffix != ".yaml":
        return ""
    kind = path.parts[0] if len(path.parts) > 1 else path.stem
    if kind in FILES:
        return kind
    return "hosts" if path.stem.endswith(_HOSTS) else ""


def named_in(file: str, folder: str) -> str:
    """The line that tells an editor which schema a file keeps; empty where none is for it.

    Args:
        file: its path in the environment.
        folder: where the schemas lie, from the environment.
    """
    kind = kind_of(file)
    up = "../" * (len(PurePosixPath(file).parts) - 1)
    return f"# yaml-language-server: $schema={up}{folder}/{kind}{ENDING}\n" if kind else ""
