"""Says which layouts cannot meet an RTO or RPO whatever pools are chosen, so that nobody plans with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from cmp.model.environment import Environment
from cmp.model.recovery import FailureKind, Grade, Role, Where
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Component, Workload
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.dependencies import dependencies_among, dependencies_of
from cmp.scheduler.problem.groups import Group
from cmp.scheduler.problem.layouts import Layout, synchronous_between
from cmp.scheduler.problem.preemption import floor
from cmp.scheduler.recovery.lateness import minutes
from cmp.scheduler.recovery.patience import late_at_most, most_seconds
from cmp.scheduler.recovery.takeover import (
    MINUTE,
    least_steps,
    ready_steps,
    rpo_seconds,
    total,
    turns_of,
)

KINDS = (FailureKind.CENTER, FailureKind.LOCATION)
"""The losses of home that make a group move; a lost cloud asks for no more than its center."""


def unmet(environment: Environment, group: Group, layout: Layout) -> Iterator[str]:
    """A sentence for each workload that would be back too late, or lose too much, in this layout.

    Counted is the least that a takeover takes there: the fastest chip of the center on hosts that are on, all
    of its clouds at once, and nobody of another group waited for. An asynchronous copy counts as it is on a
    full link: what it lacks is promised then too.
    """
    times = environment.takeover
    if times is None:
        return
    for kind in KINDS:
        bound = [each for each in group.workloads if _is_promised(environment, each, kind)]
        center = _target(environment, bound, layout, kind)
        if center is None:
            continue
        roles = {each.id: _role_in(environment, each, layout, center) for each in bound}
        own = {
            each.id: total(least_steps(environment, times, center, _least(environment, each, role, center)))
            for each in bound
            for role in (roles[each.id],)
            if role is not None
        }
        ready = {each.id: total(ready_steps(times, each.recovery.grade)) for each in bound if each.id in own}
        turns = turns_of(dependencies_among(bound), ready, own)
        for each in bound:
            rto = environment.rto_seconds(each)
            if each.id in turns and rto is not None and turns[each.id].seconds > rto:
                took = minutes(turns[each.id].seconds)
                yield f"{each.id}: {_named(roles[each.id])} in {center} takes {took}, RTO {minutes(rto)}"
            yield from _lost(environment, times, each, (layout.home, center), kind)


class Recoverable:
    """Which layouts keep a group's objectives; most groups cannot miss them and are told at a glance."""

    def __init__(self, environment: Environment) -> None:
        """Look once at what is the same for all groups."""
        self._environment = environment
        times = environment.takeover
        self._lag = 0 if times is None else -(-2 * times.ship_seconds.milli // sizes.MILLI)
        self._synchronous = {grade.grade: _is_synchronous(grade) for grade in environment.recovery.grades}

    def layouts(self, group: Group, layouts: Sequence[Layout]) -> tuple[Layout, ...]:
        """Those of a group's layouts in which nobody would be back too late or lose too much."""
        if self._environment.takeover is None or not any(
            self._may_miss(each, group.members) for each in group.workloads
        ):
            return tuple(layouts)
        return tuple(each for each in layouts if next(unmet(self._environment, group, each), None) is None)

    def why_not(self, group: Group, layouts: Sequence[Layout]) -> str:
        """Why no layout keeps a group's objectives; empty where one does."""
        if not layouts or self.layouts(group, layouts):
            return ""
        told = (sentence for layout in layouts for sentence in unmet(self._environment, group, layout))
        return min(told, default="")

    def at_risk(self) -> frozenset[str]:
        """Workloads that might be late if they and all they need had the slowest takeover there could be.

        Waits for hosts make nobody late (`patience_of`).
        """
        environment = self._environment
        if environment.takeover is None:
            return frozenset()
        return frozenset(late_at_most(environment, dependencies_of(environment), 0))

    def _may_miss(self, workload: Workload, members: Collection[str]) -> bool:
        """False when even the slowest takeover is in time, and nobody of its group is waited for."""
        environment, times = self._environment, self._environment.takeover
        if times is None or not _promises(environment, workload):
            return False
        grade = environment.recovery.grade(workload.recovery.grade)
        own = workload.recovery.rpo_minutes
        stated = grade.rpo_minutes if own is None and not self._synchronous[grade.grade] else own
        if stated is not None and stated * MINUTE < self._lag:
            return True
        worst = total(ready_steps(times, grade.grade)) + most_seconds(environment, times, workload)
        return self._exceeds(workload, worst) or (
            len(members) > 1
            and environment.rto_seconds(workload) is not None
            and any(each.workload in members for each in workload.depends_on)
        )

    def _exceeds(self, workload: Workload, seconds: int) -> bool:
        rto = self._environment.rto_seconds(workload)
        return rto is not None and seconds > rto


def _is_synchronous(grade: Grade) -> bool:
    """True when a grade's own sides in the city have all changes at once."""
    near = [side for side in grade.sides if side.role.takes_over and side.where is Where.SAME_CITY]
    others = [side for side in grade.sides if side.role.takes_over and side.where is Where.OTHER_CENTER]
    return bool(near) and not others and all(side.synchronous for side in near)


def _lowest_milli(component: Component) -> int:
    """The lowest demand factor in thousandths, at most 1."""
    return min([sizes.MILLI, *(each.factor_milli for each in component.demand)])


def _promises(environment: Environment, workload: Workload) -> bool:
    return bool(environment.recovery.grade(workload.recovery.grade).promises)


def _is_promised(environment: Environment, workload: Workload, kind: FailureKind) -> bool:
    grade = environment.recovery.grade(workload.recovery.grade)
    parts = any(component.quorum is None for component in workload.components)
    return parts and kind in grade.promises


def _target(
    environment: Environment, bound: Sequence[Workload], layout: Layout, kind: FailureKind
) -> str | None:
    """The center that takes over when home is lost: the same city first, then names decide."""
    centers = environment.estate.center
    city = centers[layout.home].location
    found = [
        center
        for center in sorted(centers, key=lambda name: (centers[name].location != city, name))
        if center != layout.home and (kind is FailureKind.CENTER or centers[center].location != city)
        if all(_role_in(environment, each, layout, center) is not None for each in bound)
    ]
    return found[0] if bound and found else None


def _role_in(environment: Environment, workload: Workload, layout: Layout, center: str) -> Role | None:
    """The side of a workload that lies in a center and can take over."""
    grade = environment.recovery.grade(workload.recovery.grade)
    return next(
        (
            side.role
            for side in grade.sides
            if side.role.takes_over and layout.center(grade.grade, side.role) == center
        ),
        None,
    )


def _least(
    environment: Environment, workload: Workload, role: Role, center: str
) -> list[tuple[Component, Role, int]]:
    """Components with the fewest new replicas that a takeover there starts."""
    return [
        (component, role, _new(environment, component, role, center))
        for component in workload.components
        if component.quorum is None
    ]


def _new(environment: Environment, component: Component, role: Role, center: str) -> int:
    """New replicas on the center's fastest chip, as few as giving way leaves."""
    estate = environment.estate
    chips = {pool.chip for pool in estate.pools if estate.center_of(pool).id == center}
    worth = max((sizes.worth(component, estate.chip[chip]) for chip in chips), default=1)
    sized_on = estate.chip[component.sized_on or estate.reference_chip]
    take = sizes.work(component, sized_on, _lowest_milli(component)).alone(worth)
    runs = sizes.running(role, take, stateful=component.stateful)
    return max(0, min(take, floor(component, role, take, needed=False)) - runs)


def _lost(
    environment: Environment,
    times: TakeoverTimes,
    workload: Workload,
    way: tuple[str, str],
    kind: FailureKind,
) -> Iterator[str]:
    rpo = rpo_seconds(environment, workload, kind)
    changing = any(
        component.quorum is None and component.data.change_mbps_peak for component in workload.components
    )
    if rpo is None or not changing or synchronous_between(environment.estate, *way):
        return
    point = -(-2 * times.ship_seconds.milli // sizes.MILLI)
    if point > rpo:
        yield (
            f"{workload.id}: its copy in {way[1]} is asynchronous and may lack {minutes(point)} of changes, "
            f"RPO {minutes(rpo)}"
        )


def _named(role: Role | None) -> str:
    return role.value if role else "nothing"
