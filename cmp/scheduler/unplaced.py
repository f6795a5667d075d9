"""Says for what found no place why each pool does not take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cmp.model.plan import Reason, Unplaced
from cmp.model.recovery import Role
from cmp.model.workload import Component, Workload
from cmp.scheduler.groups import Group
from cmp.scheduler.ledger import FULL
from cmp.scheduler.options import Need, size_on
from cmp.scheduler.profiles import judge
from cmp.scheduler.search import place
from cmp.scheduler.state import Refusal, State, empty
from cmp.scheduler.verdicts import Ask, Seat, Verdict


def unplaced(groups: Sequence[Group], state: State) -> tuple[Unplaced, ...]:
    """Every component of the groups that found no place, with a reason for every pool."""
    found = [each for group in groups for each in _group(group, state)]
    return tuple(sorted(found, key=lambda each: (each.workload, each.component)))


def _group(group: Group, state: State) -> Iterator[Unplaced]:
    """Why none of a group's components is placed: it is placed whole or not at all."""
    alone = place(group, empty(state.snapshot), {})
    now = place(group, state, {})
    refusal = alone if isinstance(alone, Refusal) else now
    for workload in group.workloads:
        for component in workload.components:
            role = _worst_role(workload, component, state)
            yield _component(workload, component, role, state, refusal)


def _worst_role(workload: Workload, component: Component, state: State) -> Role:
    """The role that has the fewest centers to lie in: the one to explain."""
    if component.quorum is not None:
        return Role.MEMBER
    grade = state.snapshot.environment.recovery.grade(workload.recovery.grade)
    need = state.snapshot.needs[workload.id, component.id]
    roles = [side.role for side in grade.sides if side.role is not Role.BACKUP]
    if not need.sides:
        return roles[0]
    if component.data.gib and not need.copies and Role.BACKUP in {side.role for side in grade.sides}:
        return Role.BACKUP
    return roles[-1] if len(need.sides) < len(roles) else roles[0]


def _component(
    workload: Workload, component: Component, role: Role, state: State, refusal: State | Refusal
) -> Unplaced:
    named = f"{workload.id}/{component.id}"
    verdicts = {
        name: refusal_of(workload, component, role, seat, state)
        for name, seat in state.snapshot.seats.items()
    }
    fitting = [name for name, verdict in verdicts.items() if verdict.ok]
    counted = Counter(verdict.reason for verdict in verdicts.values() if not verdict.ok)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(counted.items(), key=_most_first))
    because = refusal.sentence if isinstance(refusal, Refusal) else "its group has no room as a whole"
    summary = f"{named}: {len(fitting)}/{len(verdicts)} pools fit for {role.value}"
    summary += f" ({told})" if told else ""
    summary += f"; {because}" if fitting else ""
    return Unplaced(
        workload=workload.id,
        component=component.id,
        role=role,
        summary=summary,
        reasons=tuple(
            Reason(
                pool=name,
                constraint=verdict.name if not verdict.ok else _constraint(refusal),
                message=verdict.sentence if not verdict.ok else f"{name} would take {named}, but {because}",
            )
            for name, verdict in verdicts.items()
        ),
    )


def _constraint(refusal: State | Refusal) -> str:
    return refusal.constraint if isinstance(refusal, Refusal) else "group"


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def refusal_of(workload: Workload, component: Component, role: Role, seat: Seat, state: State) -> Verdict:
    """The first constraint by which a pool refuses every way to run a component, or that it would take one.

    Of several ways the one that gets furthest speaks.
    """
    estate = state.snapshot.environment.estate
    ways = component.ways[:1] if role is Role.BACKUP else component.ways
    best: tuple[int, Verdict] | None = None
    for way in ways:
        ask = Ask.of(workload, component, way, role, estate)
        verdicts = (*judge(ask, seat), room(ask, seat, state))
        passed = next((place for place, verdict in enumerate(verdicts) if not verdict.ok), len(verdicts))
        if best is None or passed > best[0]:
            best = passed, verdicts[min(passed, len(verdicts) - 1)]
    if best is None:
        raise AssertionError(f"{component.id} has no way to run")
    return best[1]


def room(ask: Ask, seat: Seat, state: State) -> Verdict:
    """Whether one side of a component finds room on a pool, as full as it gets after any failure."""
    need: Need = state.snapshot.needs[ask.workload.id, ask.component.id]
    options = need.options(ask.role, seat.center)
    option = next((each for each in options if (each.pool, each.way) == (seat.pool.id, ask.way.id)), None)
    count = 1 if ask.role in {Role.BACKUP, Role.MEMBER} or option is None else need.work.alone(option.worth)
    size = size_on(ask, seat, state.snapshot.accelerators)
    situations = 1 + len(state.snapshot.losses)
    now = state.ledger.peaks[seat.pool.id]
    then = state.ledger.peak_with(seat.pool.id, size, (count,) * situations)
    required, observed = f"{count} replicas", f"{now / 10:g} % used after the worst failure"
    if then <= FULL:
        return Verdict("capacity", required, observed, True, round(1 - then / FULL, 3))
    sentence = (
        f"{seat.pool.id} is full: {count} replicas of {ask.tenant.name} would take it from {now / 10:g} % "
        f"to {then / 10:g} % after the worst failure"
    )
    return Verdict("capacity", required, observed, False, round(1 - then / FULL, 3), "full", sentence)
