"""Says in which form data lie on a pool: what a byte-wise copy has to find again on every side."""

from __future__ import annotations

from typing import NamedTuple

from cmp.model.cards import page_of
from cmp.model.estate import Estate, Pool
from cmp.model.recovery import Role
from cmp.scheduler.problem.rows import Row


class Format(NamedTuple):
    """Instruction set, KiB of a page (None: not known), collation (empty: the image's), and the image.

    Two pools have the same form where all are equal. Where a page or collation is not stated the image
    brings it, so that only the same image is the same.
    """

    isa: str
    page_kib: int | None
    collation: str
    image: str

    def __str__(self) -> str:
        """Say it."""
        page = "pages not stated" if self.page_kib is None else f"pages of {self.page_kib} KiB"
        return ", ".join(filter(None, (self.isa, page, self.collation, self.image)))


def format_on(estate: Estate, pool: Pool, image: str) -> Format:
    """The form in which a component's data lie on a pool, run from an image."""
    chip = estate.chip[pool.chip]
    page = page_of(pool.page_kib, chip.page_kib, chip.isa)
    return Format(str(chip.isa or ""), page, pool.collation or "", image)


def is_bound(row: Row) -> bool:
    """True when a row reads data as another side wrote them; a copy is only kept, not read."""
    return row.component.data.is_bytewise and row.role is not Role.BACKUP


def format_of(estate: Estate, row: Row) -> Format:
    """The form in which a row's data lie."""
    return format_on(estate, estate.pool[row.pool], row.image)
