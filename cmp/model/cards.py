"""Says what chips give beside their cores: pages of memory, cards, and slices that vendors cut cards into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from cmp.model.base import Document, Id, Title

PageSize = Annotated[int, Field(ge=1, le=1024)] | None
PAGES: Final[Mapping[str, int]] = {"amd64": 4, "loong64": 16, "riscv64": 4, "sw64": 8}
"""KiB of a page on instruction sets whose systems have one size; arm64 has 4, 16 or 64."""


class Slice(Document):
    """One way in which a vendor cuts a card of an accelerator."""

    id: Id
    """Its name; components ask for `chip/slice`."""
    per_card: Annotated[int, Field(ge=1, le=64)]
    """How many of these one card gives."""
    title: Title | None = None
    """Its name for people."""


def card_of(device: str) -> str:
    """The chip of a card, or of the card that a slice (`chip/slice`) is cut from."""
    return device.partition("/")[0]


def devices_of_host(cards: Mapping[str, int], name: str, per_card: Mapping[str, int]) -> int:
    """How many of a device (a card or a slice) a host with these cards gives, if all are used in that way."""
    return cards.get(card_of(name), 0) * per_card.get(name, 1)


def page_of(pool: int | None, chip: int | None, isa: str | None) -> int | None:
    """KiB of a memory page: as stated for a pool, else for its chip, else by instruction set.

    None where nobody says and the instruction set has several.
    """
    return pool or chip or PAGES.get(isa or "")
