"""Finds what stands beside whom it may not, away from whom it should not, or on another form of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.estate import Estate
from cmp.model.recovery import Role
from cmp.model.wishes import Place
from cmp.scheduler.problem.formats import Format, format_of, is_bound
from cmp.scheduler.problem.neighbours import Name, Tie
from cmp.scheduler.problem.rows import Row

Rows = Mapping[Name, Sequence[Row]]
"""Rows by workload and component."""
Runs = Callable[[Row], bool]
"""Whether a row runs in a situation."""


@dataclass(frozen=True, slots=True)
class TooClose:
    """Two components that keep apart and run in one place at the same time."""

    tie: Tie
    where: str

    def __str__(self) -> str:
        """Say it."""
        one, other = ("/".join(each) for each in (self.tie.one, self.tie.other))
        return f"{one} and {other} share the {self.tie.place} {self.where}, and are to keep apart"


@dataclass(frozen=True, slots=True)
class Aside:
    """A side of a component that stands where the one it is to be near has none."""

    tie: Tie
    role: Role
    where: str
    others: tuple[str, ...]

    def __str__(self) -> str:
        """Say it."""
        one, other = ("/".join(each) for each in (self.tie.one, self.tie.other))
        there = " and ".join(self.others)
        what = f"{self.tie.place} {self.where}"
        return f"{one} {self.role} stands on {what}, {other} on {there}: they are to stand near each other"


@dataclass(frozen=True, slots=True)
class OtherForm:
    """A side of a component that could not read its data as another side wrote them."""

    name: Name
    role: Role
    pool: str
    has: Format
    wanted: Format

    def __str__(self) -> str:
        """Say it."""
        what = f"{'/'.join(self.name)} {self.role} on {self.pool}"
        return f"{what}: its data are copied byte by byte, wanted {self.wanted}, has {self.has}"


Misplaced = TooClose | Aside | OtherForm


def place_of(row: Row, place: Place) -> str:
    """The pool, cloud or center of a row; for hosts its pool, as rows know no more."""
    return {Place.CENTER: row.center, Place.CLOUD: row.cloud}.get(place, row.pool)


def too_close(ties: Sequence[Tie], rows: Rows, runs: Runs, *, after: bool) -> Iterator[TooClose]:
    """Who keeps apart and does not, `after` a failure only those who always do; hosts are the packings'."""
    for tie in ties:
        if not tie.apart or tie.place is Place.HOST or (after and tie.only_normal_time):
            continue
        there = {place_of(row, tie.place) for row in rows.get(tie.other, ()) if _may_run(row) and runs(row)}
        here = {place_of(row, tie.place) for row in rows.get(tie.one, ()) if _may_run(row) and runs(row)}
        for where in sorted(here & there):
            yield TooClose(tie, where)


def aside(ties: Sequence[Tie], rows: Rows) -> Iterator[Aside]:
    """Who is to stand near somebody and does not, role by role."""
    for tie in ties:
        if tie.apart:
            continue
        for row in rows.get(tie.one, ()):
            others = {
                place_of(other, tie.place) for other in rows.get(tie.other, ()) if other.role is row.role
            }
            if _may_run(row) and others and place_of(row, tie.place) not in others:
                yield Aside(tie, row.role, place_of(row, tie.place), tuple(sorted(others)))


def other_forms(estate: Estate, rows: Sequence[Row]) -> Iterator[OtherForm]:
    """Rows of one component whose data lie in another form than those of its primary."""
    bound = [row for row in rows if is_bound(row)]
    if not bound:
        return
    first = min(bound, key=lambda row: (row.role is not Role.PRIMARY, row.key))
    wanted = format_of(estate, first)
    for row in bound:
        has = format_of(estate, row)
        if has != wanted:
            yield OtherForm((row.workload.id, row.component.id), row.role, row.pool, has, wanted)


def by_name(rows: Sequence[Row]) -> dict[Name, list[Row]]:
    """Rows by workload and component."""
    found: dict[Name, list[Row]] = {}
    for row in rows:
        found.setdefault((row.workload.id, row.component.id), []).append(row)
    return found


def _may_run(row: Row) -> bool:
    return row.role is not Role.BACKUP
