"""Checks the rows of a Plan after a loss: what survived stays, standbys run, new ones replace lost ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.model.plan import Placement
from cmp.model.plan_after import Becomes, RowAfter, Spent, SpentKind
from cmp.model.recovery import Role, Where
from cmp.verifier.departed import Departure, spot_of
from cmp.verifier.findings import Finding
from cmp.verifier.reading import subject_of

STANDBY = {Role.ACTIVE, Role.WARM, Role.COLD}


def check_rows_after(gone: Departure, spent: Sequence[Spent]) -> Iterator[Finding]:
    """Every row of the Plan before and of the Plan after."""
    stopped = {each.workload for each in spent if each.kind is SpentKind.RUNS}
    for row in gone.survived():
        yield from _survivor(gone, row, stopped)
    for row in gone.stands.rows:
        if spot_of(row) not in gone.before:
            yield from _new(gone, row)
    for group, center in gone.goes.items():
        for name in group:
            yield from _taken(gone, name, center, stopped)


def _survivor(gone: Departure, row: Placement, stopped: set[str]) -> Iterator[Finding]:
    """A row that the loss left stays, runs now as primary, or has a reason to be gone."""
    now = gone.after.get(spot_of(row))
    name = row.workload, row.component
    if name not in gone.stands.components:
        return  # it gives way as a whole, which is judged with the environment
    if now is None:
        if not _may_go(gone, row, stopped):
            yield Finding("after-row", subject_of(row), "survived, and is not there any more")
        return
    left = row.role is Role.PRIMARY and now.role in STANDBY and gone.moved(row.workload)
    if now.role is not row.role and not left and not (now.role is Role.PRIMARY and row.role in STANDBY):
        yield Finding("after-row", subject_of(row), f"is {now.role} now")
    if now.variant != row.variant:
        yield Finding("after-row", subject_of(row), f"runs as {now.variant or 'itself'} now")
    shrunk = gone.stands.components[name][1] != gone.stood.components[name][1]
    if now.replicas_on_takeover != row.replicas_on_takeover and not (shrunk or left):
        sentence = f"has {now.replicas_on_takeover} replicas on takeover now, not {row.replicas_on_takeover}"
        yield Finding("after-row", subject_of(row), sentence)


def _may_go(gone: Departure, row: Placement, stopped: set[str]) -> bool:
    """True for a primary that was left, a side that is broken, or one that lies wrong around the new home."""
    group = gone.stood.group_of[row.workload]
    if row.role is Role.PRIMARY:
        return gone.moved(row.workload) or (row.workload in stopped and gone.goes.get(group) is not None)
    if row.role in STANDBY and gone.side_hit((row.workload, row.component), row.role):
        return True
    home = gone.stands.home_of(group) or gone.stood.home_of(group)
    return row.role is not Role.MEMBER and home is not None and not _lies_right(gone, row, home)


def _lies_right(gone: Departure, row: Placement, home: str) -> bool:
    reading = gone.stood
    workload, component = reading.components[row.workload, row.component]
    side = next((each for each in reading.sides_asked(workload, component) if each.role is row.role), None)
    if side is None:
        return False
    center = reading.center_of(row)
    near = reading.location_of(center) == reading.location_of(home)
    link = reading.environment.estate.link(home, center)
    placed = {
        Where.HOME: center == home,
        Where.OTHER_CENTER: center != home,
        Where.SAME_CITY: center != home and near,
        Where.OTHER_LOCATION: not near,
    }[side.where]
    linked = center == home or link is not None or not row.role.takes_over
    return placed and linked and (not side.synchronous or center == home or bool(link and link.synchronous))


def _new(gone: Departure, row: Placement) -> Iterator[Finding]:
    """A new row belongs to a side that was hit or left, and never replaces the only copy of data."""
    name = row.workload, row.component
    vacated = gone.moved(row.workload) and row.role is not Role.PRIMARY
    if row.role is Role.MEMBER or not (gone.side_hit(name, row.role) or vacated):
        yield Finding("after-row", subject_of(row), "is new, and nothing of its side was lost")
    component = gone.component(name)
    if row.role is not Role.PRIMARY or not (component.stateful or component.data.gib):
        return
    copies = [
        old
        for old in gone.survived()
        if (old.workload, old.component) == name and old.role is not Role.PRIMARY
    ]
    if not copies:
        yield Finding("after-data", subject_of(row), "is started anew, and no copy of its data is left")


def _taken(gone: Departure, name: str, center: str | None, stopped: set[str]) -> Iterator[Finding]:
    """A workload that is taken over runs where its group goes, on the side that stood there."""
    if name in stopped:
        return
    workload = gone.stood.environment.workload[name]
    for component in workload.components:
        key = name, component.id
        if key not in gone.stands.components or key not in gone.stood.rows_of or component.quorum is not None:
            continue
        rows = gone.stands.sides.get((key, Role.PRIMARY), ())
        old = [gone.before[spot_of(row)] for row in rows if spot_of(row) in gone.before]
        role = None if center is None else gone.side_in(key, center)
        if role is None or len(old) != len(rows):
            continue  # placed anew, which is judged row by row
        wrong = {each.role for each in old} - {role} or gone.stands.centers_of(rows) - {center}
        if wrong or not rows:
            yield Finding(
                "after-takeover", f"{name}/{component.id}", f"must run on its {role} side in {center}"
            )


def check_list(gone: Departure, listed: Sequence[RowAfter]) -> Iterator[Finding]:
    """Every row before and every row after is in the list once, with its counts and what became of it."""
    was = sorted((e.workload, e.component, str(e.was), e.pool, e.before) for e in listed if e.was is not None)
    is_now = sorted(
        (e.workload, e.component, str(e.role), e.pool, e.replicas) for e in listed if e.role is not None
    )
    for told, rows, when in ((was, gone.stood.rows, "before"), (is_now, gone.stands.rows, "after")):
        true = sorted((row.workload, row.component, str(row.role), row.pool, row.replicas) for row in rows)
        if told != true:
            different = sorted(set(map(str, told)) ^ set(map(str, true)))[:1]
            yield Finding("after-list", f"rows {when}", f"are not those of the Plan: {', '.join(different)}")
    for each in listed:
        if each.becomes is not _became(gone, each):
            subject = f"{each.workload}/{each.component} on {each.pool}"
            yield Finding("after-list", subject, f"{each.becomes}; it {_became(gone, each)}")


def _became(gone: Departure, each: RowAfter) -> Becomes:
    """What a listed row is by its own roles and counts."""
    name = each.workload, each.component
    gives = name not in gone.stands.components or (
        name in gone.stood.components and gone.stands.components[name][1] != gone.stood.components[name][1]
    )
    if each.was is None:
        return Becomes.ANEW
    if each.role is None:
        lost = each.pool in gone.lost
        return Becomes.LOST if lost else Becomes.GIVES_WAY if gives else Becomes.STOPS
    if gives and each.replicas < each.before:
        return Becomes.GIVES_WAY
    if each.was is each.role:
        return Becomes.STAYS
    return Becomes.TAKES_OVER if each.role is Role.PRIMARY else Becomes.STANDS_BY
