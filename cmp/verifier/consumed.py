"""Checks that a loss consumed each promise that is given up after it, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.model.plan import Placement
from cmp.model.plan_after import Spent, SpentKind
from cmp.model.recovery import Failure, FailureKind, Role
from cmp.verifier.departed import Departure, spot_of
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Group


def check_spent(gone: Departure, spent: Sequence[Spent]) -> Iterator[Finding]:
    """Every promise that is said to be consumed, and that who does not run promises nothing."""
    stopped = {each.workload for each in spent if each.kind is SpentKind.RUNS}
    listed: set[tuple[str, str, str, str]] = set()
    for each in spent:
        key = each.kind.value, each.workload, each.component, each.what
        if each.workload not in gone.stands.environment.workload or key in listed:
            yield _wrong(each, "is there twice, or of a workload that is not there")
            continue
        listed.add(key)
        yield from {
            SpentKind.RUNS: _runs,
            SpentKind.SIDE: _side,
            SpentKind.FAILURE: _failure,
        }[each.kind](gone, each, stopped)
    for each in spent:
        if each.kind is SpentKind.SIDE and each.what == Role.PRIMARY and each.workload not in stopped:
            yield _wrong(each, "and all the same it is said to run")


def _runs(gone: Departure, each: Spent, _stopped: set[str]) -> Iterator[Finding]:
    """A workload stops where its group can go nowhere, was not promised to, or a quorum is lost."""
    reading, name = gone.stood, each.workload
    group = reading.group_of[name]
    if _mute(gone, name):
        return
    if not any(row.workload == name and row.pool in gone.lost for row in reading.rows):
        if gone.goes.get(group, "") == "":
            yield _wrong(each, "though the loss took nothing of it")
        return
    promised = all(
        failure in reading.environment.promised(reading.environment.workload[name])
        for failure in gone.failures
    )
    goes = gone.goes.get(group)
    if promised and len(gone.failures) == 1 and goes is not None:
        yield _wrong(each, f"though it was promised to survive this, and {goes} has a whole side of it")


def _mute(gone: Departure, name: str) -> bool:
    for component in gone.stood.environment.workload[name].components:
        rows = gone.stood.sides.get(((name, component.id), Role.MEMBER), ())
        left = sum(row.replicas for row in rows if row.pool not in gone.lost)
        if component.quorum is not None and rows and left < component.quorum.needed:
            return True
    return False


def _side(gone: Departure, each: Spent, _stopped: set[str]) -> Iterator[Finding]:
    """A side is gone where the loss took a row of it, or the workload runs on another side now."""
    if each.what not in set(Role):
        yield _wrong(each, "which is no role")
        return
    name, role = (each.workload, each.component), Role(each.what)
    stood = gone.stood.sides.get((name, role), ())
    group = gone.stood.group_of[each.workload]
    left = gone.goes.get(group) is not None or gone.moved(each.workload)
    if stood and not gone.side_hit(name, role) and not left:
        yield _wrong(each, "though the loss took nothing of it")
    now = gone.stands.sides.get((name, role), ())
    if stood and now and {spot_of(row) for row in stood} == {spot_of(row) for row in now}:
        yield _wrong(each, "though it stands as it stood")


def _failure(gone: Departure, each: Spent, stopped: set[str]) -> Iterator[Finding]:
    """A further loss is survived no more where there is nowhere to go, or no room where one would go."""
    if each.what not in set(FailureKind):
        yield _wrong(each, "which is no kind of loss")
        return
    workload = gone.stood.environment.workload[each.workload]
    if each.what not in {failure.kind for failure in gone.stood.environment.promised(workload)}:
        yield _wrong(each, "which it was never promised")
        return
    if each.workload in stopped or _mute(gone, each.workload):
        return
    group = gone.stands.group_of[each.workload]
    failures = [f for f in gone.stands.environment.failures if f.kind == each.what]
    if not any(_breaks(gone, group, failure) for failure in failures):
        yield _wrong(each, "though it could go on after each, where nothing is another than before")


def _breaks(gone: Departure, group: Group, failure: Failure) -> bool:
    """True where a further loss may not be survived for want of a side, of members, of room or of time."""
    reading = gone.stands
    lost = reading.lost_pools[failure]
    rows = [row for row in reading.rows if row.workload in group]
    if any(row.role is Role.MEMBER and row.pool in lost for row in rows) and gone.hit(group):
        return True
    if not any(row.role is Role.PRIMARY and row.pool in lost for row in rows):
        return bool(gone.changed & {row.pool for row in rows})
    home = reading.home_of(group)
    for center in sorted(reading.environment.estate.center):
        growing = _whole_in(gone, group, center, lost)
        if growing and center != home:
            moved = any(gone.moved(name) for name in group)
            return moved or bool(gone.changed & {row.pool for row in growing})
    return True


def _whole_in(gone: Departure, group: Group, center: str, lost: frozenset[str]) -> list[Placement]:
    """The rows of whole sides that a group has in a center, none where some component has no such side."""
    reading = gone.stands
    found: list[Placement] = []
    for workload, component, _ in reading.members_of(group):
        sides = (
            reading.sides.get(((workload.id, component.id), role), ())
            for role in (Role.ACTIVE, Role.WARM, Role.COLD)
        )
        here = [
            side
            for side in sides
            if side and all(reading.center_of(row) == center and row.pool not in lost for row in side)
        ]
        if not here:
            return []
        found += here[0]
    return found


def _wrong(each: Spent, why: str) -> Finding:
    return Finding("after-spent", each.sentence, why)
