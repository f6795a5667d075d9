"""Checks stretched clusters: members in all, members in a center, members alive after each failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.model.workload import Quorum, Workload
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading


def check_quorums(reading: Reading) -> Iterator[Finding]:
    """Every component with a quorum that is placed at all."""
    for name, (workload, component) in reading.components.items():
        rows = reading.sides.get((name, Role.MEMBER), ())
        if component.quorum is not None and rows:
            subject = "/".join(name)
            yield from _alive(reading, workload, component.quorum, subject, rows)
            if (name, Role.MEMBER) not in reading.spent:
                yield from _counts(reading, component.quorum, subject, rows)
                yield from _arbiter(reading, workload, subject, rows)


def _counts(reading: Reading, quorum: Quorum, subject: str, rows: Sequence[Placement]) -> Iterator[Finding]:
    placed = sum(row.replicas for row in rows)
    if placed != quorum.members:
        yield Finding("quorum-members", subject, f"has {placed} members placed; must have {quorum.members}")
    in_center: Counter[str] = Counter()
    for row in rows:
        in_center[reading.center_of(row)] += row.replicas
    for one, other in combinations(sorted(in_center), 2):
        if reading.environment.estate.link(one, other) is None:
            yield Finding("quorum-unlinked", subject, f"has members in {one} and {other}, which have no link")
    for center, count in sorted(in_center.items()):
        if count > quorum.per_center:
            yield Finding(
                "quorum-per-center", subject, f"has {count} members in {center}; at most {quorum.per_center}"
            )


def _alive(
    reading: Reading, workload: Workload, quorum: Quorum, subject: str, rows: Sequence[Placement]
) -> Iterator[Finding]:
    for failure in reading.environment.promised(workload):
        lost = reading.lost_pools[failure]
        alive = sum(row.replicas for row in rows if row.pool not in lost)
        if alive < quorum.needed:
            yield Finding(
                "quorum-alive", subject, f"has {alive} members alive after {failure}; needs {quorum.needed}"
            )


def _arbiter(
    reading: Reading, workload: Workload, subject: str, rows: Sequence[Placement]
) -> Iterator[Finding]:
    """Where a grade runs two active centers, a member lies outside both."""
    roles = {side.role for side in reading.environment.recovery.grade(workload.recovery.grade).sides}
    if Role.ACTIVE not in roles:
        return
    active = {
        reading.center_of(row)
        for _, _, others in reading.members_of(reading.group_of[workload.id])
        for row in others
        if row.role in {Role.PRIMARY, Role.ACTIVE}
    }
    if active and reading.centers_of(rows) <= active:
        yield Finding("quorum-outside", subject, f"has no member outside {', '.join(sorted(active))}")
