"""Recomputes what every single failure does: which groups it hits, where they go, what runs then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.plan import Placement, Takeover
from cmp.model.recovery import Failure, Role
from cmp.model.workload import Component, Workload
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Group, Reading, RowKey, key_of


@dataclass(frozen=True)
class Aftermath:
    """The estate after one failure.

    `centers` has the groups that are hit and were promised to survive: the center each goes to, or None
    where no center can take it. `replicas` is how many of each row run then.
    """

    failure: Failure
    lost: frozenset[str]
    hit: frozenset[Group]
    centers: Mapping[Group, str | None]
    replicas: Mapping[RowKey, int]


def aftermaths(reading: Reading) -> tuple[Aftermath, ...]:
    """What each promisable failure does, one after the other."""
    return tuple(after(reading, failure) for failure in reading.environment.failures)


def after(reading: Reading, failure: Failure) -> Aftermath:
    """What one failure does."""
    lost = reading.lost_pools[failure]
    hit = frozenset(group for group in reading.groups if _is_hit(reading, group, lost))
    centers = {
        group: _center_after(reading, group, failure)
        for group in sorted(hit)
        if any(_promised(reading, workload, failure) for workload in group)
    }
    replicas = {key_of(row): _replicas_after(reading, row, failure, centers) for row in reading.rows}
    return Aftermath(failure, lost, hit, centers, replicas)


def check_survival(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """Every hit group that was promised to survive has one center that takes all of it."""
    for aftermath in afters:
        for group, center in aftermath.centers.items():
            if center is None:
                promised = [name for name in group if _promised(reading, name, aftermath.failure)]
                yield Finding(
                    "takeover-none",
                    f"group {'+'.join(group)} after {aftermath.failure}",
                    Sentence(
                        "no remaining center has a whole side of every component of {names}",
                        names=", ".join(promised),
                    ),
                )


def check_takeovers(
    reading: Reading, takeovers: Sequence[Takeover], afters: Sequence[Aftermath]
) -> Iterator[Finding]:
    """The takeovers listed are those derived; one in which nothing moves may be left out."""
    derived = {
        (str(aftermath.failure), group): center
        for aftermath in afters
        for group, center in aftermath.centers.items()
        if center is not None
    }
    listed: set[tuple[str, Group]] = set()
    for takeover in takeovers:
        key = (takeover.failure, takeover.group)
        subject = f"group {'+'.join(takeover.group)} after {takeover.failure}"
        if key in listed:
            yield Finding("takeover", subject, "is listed more than once")
        elif key not in derived:
            yield Finding(
                "takeover",
                subject,
                Sentence(
                    "is listed as going to {center}; no such takeover is needed", center=takeover.center
                ),
            )
        elif takeover.center != derived[key]:
            yield Finding(
                "takeover",
                subject,
                Sentence(
                    "is listed as going to {center}; it goes to {derived}",
                    center=takeover.center,
                    derived=derived[key],
                ),
            )
        listed.add(key)
    for (failure, group), center in derived.items():
        if (failure, group) not in listed and center != reading.home_of(group):
            yield Finding(
                "takeover",
                f"group {'+'.join(group)} after {failure}",
                Sentence("goes to {center}; is not listed", center=center),
            )


def _is_hit(reading: Reading, group: Group, lost: frozenset[str]) -> bool:
    """True when a running row of the group stands in what is lost; members of a quorum do not count."""
    return any(
        row.role.runs and row.role is not Role.MEMBER and row.pool in lost
        for name in group
        for component in reading.environment.workload[name].components
        for row in reading.rows_of.get((name, component.id), ())
    )


def _promised(reading: Reading, workload: str, failure: Failure) -> bool:
    return failure in reading.environment.promised(reading.environment.workload[workload])


def _center_after(reading: Reading, group: Group, failure: Failure) -> str | None:
    """The first center, from home outwards, with a whole side of everything that was promised to survive."""
    home = reading.home_of(group)
    if home is None:
        return None

    def distance(center: str) -> tuple[bool, bool, str]:
        return center != home, reading.location_of(center) != reading.location_of(home), center

    for center in sorted(reading.environment.estate.center, key=distance):
        if all(
            _role_in(reading, workload, component, center, failure) is not None
            for workload, component, _ in reading.members_of(group)
            if _promised(reading, workload.id, failure)
        ):
            return center
    return None


def _role_in(
    reading: Reading, workload: Workload, component: Component, center: str, failure: Failure
) -> Role | None:
    """The first side of a component that stands wholly in a center, on pools that remain."""
    lost = reading.lost_pools[failure]
    for side in reading.sides_asked(workload, component):
        rows = reading.sides.get(((workload.id, component.id), side.role), ())
        whole = rows and all(reading.center_of(row) == center and row.pool not in lost for row in rows)
        if side.role.takes_over and whole:
            return side.role
    return None


def _replicas_after(
    reading: Reading, row: Placement, failure: Failure, centers: Mapping[Group, str | None]
) -> int:
    """How many replicas of a row run after a failure: y(row, f)."""
    if row.pool in reading.lost_pools[failure]:
        return 0
    group = reading.group_of[row.workload]
    center = centers.get(group)
    workload, component = reading.components[row.workload, row.component]
    if (
        center is None
        or row.role in {Role.MEMBER, Role.BACKUP}
        or not _promised(reading, workload.id, failure)
    ):
        return row.replicas
    if row.role is _role_in(reading, workload, component, center, failure):
        return row.replicas_on_takeover
    moved_away = row.role is Role.PRIMARY and center != reading.home_of(group)
    return 0 if moved_away else row.replicas
