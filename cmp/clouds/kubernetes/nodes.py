"""Reads nodes: pool, chip and instruction set, whether they answer, and whether anything runs on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cmp.clouds.kubernetes.marks import ARCH_LABEL, POOL_LABEL
from cmp.clouds.kubernetes.names import CHIP_LABEL

_NO_RUNTIME: Final = "none"
"""What nodes say that a lab plays."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node; `ready` is false once its cluster no longer hears of it, `closed` is true when cordoned.

    `addresses` are those by which it is reached inside.
    """

    name: str
    pool: str
    chip: str
    isa: str
    ready: bool
    closed: bool
    runtime: str
    why: str = ""
    addresses: tuple[str, ...] = ()

    @property
    def enforces(self) -> bool:
        """False where nothing runs, so that nobody enforces anything either."""
        return self.runtime != _NO_RUNTIME


def read(made: Any) -> Node:
    """A node in our words."""
    labels = made.metadata.labels or {}
    info = made.status.nodeInfo
    ready = next((each for each in made.status.conditions or () if each.type == "Ready"), None)
    return Node(
        str(made.metadata.name),
        labels.get(POOL_LABEL, ""),
        labels.get(CHIP_LABEL, ""),
        labels.get(ARCH_LABEL, ""),
        ready is not None and ready.status == "True",
        bool(made.spec and made.spec.unschedulable),
        str(info.containerRuntimeVersion) if info else "",
        str(ready.message or ready.reason or "") if ready is not None and ready.status != "True" else "",
        tuple(str(each.address) for each in made.status.addresses or () if each.type == "InternalIP"),
    )
