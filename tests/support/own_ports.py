"""Sets ports aside for labs that tests start, so that workers beside each other never want the same ones.

A lab takes the first block that is free when it is made. Another worker's lab may be down just then.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

from cmp.model.estate import Estate
from lab.folder import prepare
from lab.ports import is_free
from lab.registry import ports_wanted


class Ports(IntEnum):
    """Where each lab's ports begin; those of the clouds of inventories/lab begin where users' do."""

    REFERENCE = 20_000
    HOUR = 22_000
    SMALL = 24_000
    LEASED = 26_000
    TAKEN = 28_000
    CLUSTER = 30_000
    SERVICE = 18_000


def set_aside(estate: Estate, state: Path, first: Ports) -> None:
    """Choose the block of an estate's labs in a state folder, before they are opened."""
    prepare(estate, state, ports_wanted(estate), free=lambda port: port >= first and is_free(port))
