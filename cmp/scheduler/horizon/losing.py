"""Follows a Plan's rows through a loss: what stays, which standby becomes what runs, what is not there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmp.errors import Invalid, Refused
from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import PROMISABLE, Failure, FailureKind, Role
from cmp.model.workload import Component, Workload
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.groups import Group, groups_of
from cmp.scheduler.problem.layouts import place_fits, synchronous_between
from cmp.scheduler.problem.losses import Loss, loss_of
from cmp.scheduler.problem.rows import by_group, rows_of

Side = tuple[str, str, Role]
Spot = tuple[str, str, str]
"""Workload, component and pool of a row."""
TAKING = (Role.PRIMARY, Role.ACTIVE, Role.WARM, Role.COLD)
"""Roles that can carry a component, in the order in which they are asked."""
TAKEN = (*PROMISABLE, FailureKind.HOST)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a Plan's rows after a loss.

    `rows` have the role and counts that they have then, `was` the role that each had. `moved` are workloads
    that run on another side than before. `broken` are sides of which only a part is there, or nothing,
    though the grade asks for them; `mute` are workloads of which a quorum has too few members.
    """

    rows: Mapping[Side, tuple[Placement, ...]]
    was: Mapping[Spot, Role] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    broken: tuple[Side, ...] = ()
    mute: frozenset[str] = frozenset()

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All rows, in a Plan's order."""
        every = (row for rows in self.rows.values() for row in rows)
        return tuple(sorted(every, key=lambda row: (row.workload, row.component, row.role, row.pool)))

    @property
    def stopped(self) -> frozenset[str]:
        """Workloads that do not run whole."""
        return self.mute | {workload for workload, _, role in self.broken if role is Role.PRIMARY}

    @property
    def fewer(self) -> frozenset[Side]:
        """Broken sides of which a part is there."""
        return frozenset(side for side in self.broken if side in self.rows)

    @property
    def gone(self) -> frozenset[Side]:
        """Broken sides of which nothing is there."""
        return frozenset(self.broken) - self.fewer

    def healed(self, anew: Mapping[Side, tuple[Placement, ...]]) -> Left:
        """The same with some sides made whole."""
        rows = {**self.rows, **{side: rows for side, rows in anew.items() if side in self.broken}}
        return replace(self, rows=rows, broken=tuple(side for side in self.broken if side not in anew))


def joint_loss(environment: Environment, failures: Sequence[Failure]) -> Loss:
    """What several failures take together.

    Raises:
        Invalid: one names nothing that is there, or nothing that a Plan can go on after.
        Refused: nothing is left.
    """
    estate = environment.estate
    for failure in failures:
        if failure.kind not in TAKEN:
            raise Invalid(
                f"there is no Plan for the time after {failure}",
                hint="name centers, locations, clouds or hosts; `tricenter prove --lose` says what others do",
            )
    losses = [loss_of(estate, failure) for failure in failures]
    pools = frozenset(pool for loss in losses for pool in loss.pools)
    if pools | environment.closed.keys() == estate.pool.keys():
        raise Refused("nothing is left to run on", hint="name less that is lost")
    centers = frozenset(center for loss in losses for center in loss.centers)
    return Loss(failures[0], pools, centers)


def left_after(
    environment: Environment, placements: Iterable[Placement], loss: Loss, down: Collection[str] = ()
) -> Left:
    """Follow every group; `environment` is as it is after the loss, with what is lost drained.

    Groups of the workloads `down` go nowhere: what ran of them is lost, and their standbys stay such.
    """
    groups = groups_of(environment)
    group_of = {name: group.name for group in groups for name in group.members}
    given = {(row.workload, row.component, row.role.value, row.pool): row for row in placements}
    rows = by_group(rows_of(environment, given.values()), group_of)
    found = Left({})
    for group in groups:
        mine = rows.get(group.name, [])
        bound = {row.workload.id for row in mine if row.role in TAKING[1:]}
        fate = failover.fate_of(mine, loss, bound, environment.estate)
        sides: dict[Side, list[Placement]] = {}
        for row in mine:
            sides.setdefault(row.side, []).append(given[row.key])
        goes = fate.center if fate.center and not set(down) & set(group.members) else fate.home
        found = _joined(found, _after(environment, group, sides, loss, goes))
    return found


def _joined(one: Left, other: Left) -> Left:
    return Left(
        {**one.rows, **other.rows},
        {**one.was, **other.was},
        one.moved | other.moved,
        (*one.broken, *other.broken),
        one.mute | other.mute,
    )


def _after(
    environment: Environment, group: Group, sides: Mapping[Side, Sequence[Placement]], loss: Loss, center: str
) -> Left:
    """One group that runs in a center afterwards, as far as it has a side there."""
    found = Left({})
    for workload in group.workloads:
        runs = {
            component.id: _running_role(workload, component, sides, loss, center)
            for component in _placed(workload, sides)
            if component.quorum is None
        }
        found = _joined(found, _workload(environment, workload, sides, loss, (center, runs)))
    return found


def _running_role(
    workload: Workload,
    component: Component,
    sides: Mapping[Side, Sequence[Placement]],
    loss: Loss,
    center: str,
) -> Role | None:
    """The first side that stands in the center as a whole."""
    for role in TAKING:
        rows = sides.get((workload.id, component.id, role), ())
        if rows and all(row.center == center and row.pool not in loss.pools for row in rows):
            return role
    return None


def _workload(
    environment: Environment,
    workload: Workload,
    sides: Mapping[Side, Sequence[Placement]],
    loss: Loss,
    then: tuple[str, Mapping[str, Role | None]],
) -> Left:
    center, runs = then
    mute = not _hears(workload, sides, loss)
    stopped = mute or any(role is None for role in runs.values())
    rows: dict[Side, tuple[Placement, ...]] = {}
    was: dict[Spot, Role] = {}
    broken: list[Side] = []
    for component in _placed(workload, sides):
        taken = None if stopped else runs.get(component.id)
        for role in asked_roles(environment, workload, component):
            side = workload.id, component.id, role
            source = taken if taken and role is Role.PRIMARY else role
            given = sides.get((workload.id, component.id, source), ())
            stays = [row for row in given if row.pool not in loss.pools]
            if role is taken and role is not Role.PRIMARY:
                stays = []
            elif role is Role.PRIMARY:
                stays = [row for row in stays if row.center == center]
            elif role is not Role.MEMBER:
                stays = [row for row in stays if _lies_right(environment, workload, role, center, row)]
            if role in TAKING[1:] and len(stays) != len(given):
                stays = []
            if stays:
                rows[side] = tuple(_as(row, role) for row in stays)
                was |= {(row.workload, row.component, row.pool): row.role for row in stays}
            if not stays or len(stays) != len(given):
                broken.append(side)
    moved = not stopped and any(role is not Role.PRIMARY for role in runs.values())
    return Left(
        rows,
        was,
        frozenset({workload.id} if moved else ()),
        tuple(broken),
        frozenset({workload.id} if mute else ()),
    )


def _placed(workload: Workload, sides: Mapping[Side, Sequence[Placement]]) -> Iterator[Component]:
    """The components of a workload that stood anywhere before the loss."""
    names = {component for name, component, _ in sides if name == workload.id}
    return (component for component in workload.components if component.id in names)


def _as(row: Placement, role: Role) -> Placement:
    """A row in another role; what runs as primary runs whole."""
    if row.role is role:
        return row
    return row.model_copy(update={"role": role, "replicas": row.replicas_on_takeover})


def _hears(workload: Workload, sides: Mapping[Side, Sequence[Placement]], loss: Loss) -> bool:
    """True while every quorum of a workload that stood has enough members."""
    for component in workload.components:
        rows = sides.get((workload.id, component.id, Role.MEMBER), ())
        left = sum(row.replicas for row in rows if row.pool not in loss.pools)
        if component.quorum is not None and rows and left < component.quorum.needed:
            return False
    return True


def asked_roles(environment: Environment, workload: Workload, component: Component) -> tuple[Role, ...]:
    """The roles that a component's grade asks for, primary first."""
    if component.quorum is not None:
        return (Role.MEMBER,)
    sides = environment.recovery.grade(workload.recovery.grade).sides
    return tuple(side.role for side in sides if side.role is not Role.BACKUP or component.data.gib)


def _lies_right(
    environment: Environment, workload: Workload, role: Role, center: str, row: Placement
) -> bool:
    """True where a further side still lies where its grade puts it, seen from where the workload runs now."""
    return center in environment.estate.center and fits_around(
        environment, workload, role, center, row.center
    )


def fits_around(environment: Environment, workload: Workload, role: Role, home: str, center: str) -> bool:
    """True where a side of that role may lie in a center while the workload runs in `home`."""
    estate = environment.estate
    side = next(
        each for each in environment.recovery.grade(workload.recovery.grade).sides if each.role is role
    )
    return (
        place_fits(side.where, estate.center[home], estate.center[center])
        and (not side.synchronous or synchronous_between(estate, home, center))
        and (not role.takes_over or estate.connects(home, center))
    )


def replaceable(left: Left, environment: Environment) -> Iterator[Side]:
    """The broken sides that may be made whole anew: all but the only copy of data, and members of quorums."""
    for workload, component, role in left.broken:
        part = environment.workload[workload].component[component]
        if role is Role.MEMBER:
            continue
        if role is Role.PRIMARY and (part.stateful or part.data.gib) and not _has_data(left, workload, part):
            continue
        yield workload, component, role


def _has_data(left: Left, workload: str, component: Component) -> bool:
    """True where some whole copy of a component's data is left."""
    roles: Collection[Role] = (*TAKING[1:], Role.BACKUP)
    return any((workload, component.id, role) in left.rows for role in roles)
