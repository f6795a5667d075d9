"""Defines what two Plans differ in: rows, objective, promises, drains, what stands nowhere."""

from __future__ import annotations

from pydantic import Field

from cmp.model.base import Document
from cmp.model.plan import Amounts
from cmp.model.recovery import Role

Said = str | int | None | Amounts
"""A figure of a row: a count, a name, or what one replica takes."""


class Figure(Document):
    """A figure of a row that differs, by its name in the Plan, such as `replicas` or `size`."""

    name: str
    before: Said
    after: Said


class SideKey(Document):
    """A side: what stands of a component in one role."""

    workload: str
    component: str
    role: Role

    @property
    def side(self) -> str:
        """Workload, component and role."""
        return f"{self.workload}/{self.component} ({self.role})"


class RowKey(SideKey):
    """A row: a side on one pool."""

    pool: str


class RowThere(RowKey):
    """A row that is in one of the Plans only, and that nothing went to or came from."""

    replicas: int
    replicas_on_takeover: int


class RowMoved(SideKey):
    """Replicas of a side that stand on another pool; 0 where only a copy or a reservation goes.

    `figures` are what differs besides the place: a replica may be sized otherwise for another chip.
    """

    source: str = Field(alias="from")
    to: str
    replicas: int
    figures: tuple[Figure, ...] = ()


class RowResized(RowKey):
    """What differs of a row that stays, beyond what moves; with an empty pool, of a whole side."""

    figures: tuple[Figure, ...]


class RowChanges(Document):
    """What differs between the placements of two Plans; nothing in it where they are the same."""

    new: tuple[RowThere, ...] = ()
    moved: tuple[RowMoved, ...] = ()
    gone: tuple[RowThere, ...] = ()
    resized: tuple[RowResized, ...] = ()

    @property
    def any(self) -> bool:
        """True where something differs."""
        return bool(self.new or self.moved or self.gone or self.resized)


class PartDifference(Document):
    """A part of the objective in both Plans, weighted; `total` is all. None: a Plan has no such part."""

    name: str
    before: float | None
    after: float | None

    @property
    def difference(self) -> float:
        """How much more the second one counts."""
        return (self.after or 0.0) - (self.before or 0.0)


class Survival(Document):
    """How a Plan ends after a failure: what it promises of it, and what falls short."""

    survives: bool
    promised: int
    not_promised: int
    takeover_seconds: int | None
    shortfall: tuple[str, ...] = ()


class PromiseDifference(Document):
    """A failure that ends otherwise; None where a Plan's estate has nothing of that name to lose."""

    lose: str
    before: Survival | None
    after: Survival | None


class TakenOver(Document):
    """When a workload is back after a failure, and where; `ok`: no objective of it is missed."""

    center: str
    seconds: int
    rto_seconds: int | None
    ok: bool


class TakeoverDifference(Document):
    """A workload that is back at another time or place; None where it has not to be taken over."""

    lose: str
    workload: str
    before: TakenOver | None
    after: TakenOver | None

    @property
    def breaks(self) -> bool:
        """True where an objective is missed in one of the Plans and not in the other."""
        return self.before is not None and self.after is not None and self.before.ok is not self.after.ok


class Entering(Document):
    """What only one of the Plans has, as a sentence: `before` the first, `after` the second."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
