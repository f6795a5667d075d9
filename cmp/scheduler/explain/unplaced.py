"""Says for what found no place why each pool does not take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cmp.model.plan import Reason, Unplaced
from cmp.model.recovery import Role, Side
from cmp.model.workload import Component, Workload
from cmp.scheduler.constraints.profiles import judge
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from cmp.scheduler.explain.conditions import dynamic
from cmp.scheduler.explain.setting import Setting
from cmp.scheduler.explain.state import PlacedState
from cmp.scheduler.explain.wording import Sides, sentence
from cmp.scheduler.placement.refusals import Refusal
from cmp.scheduler.problem.groups import Group
from cmp.scheduler.problem.layouts import layouts_of


def unplaced(refused: Sequence[tuple[Group, Refusal]], state: PlacedState) -> tuple[Unplaced, ...]:
    """Every component of the groups that found no place, with a reason for every pool."""
    found = [each for group, refusal in refused for each in _group(group, state, refusal)]
    return tuple(sorted(found, key=lambda each: (each.workload, each.component)))


def _group(group: Group, state: PlacedState, refused: Refusal) -> Iterator[Unplaced]:
    """Why none of a group's components is placed: it is placed whole or not at all."""
    for workload in group.workloads:
        for component in workload.components:
            side = _scarcest(group, workload, component, state)
            yield _component(Setting.of(workload, component, side, state), state, refused)


def _scarcest(group: Group, workload: Workload, component: Component, state: PlacedState) -> Side | None:
    """The side that lacks a pool in most layouts, the primary where there is no pool; None for members."""
    if component.quorum is not None:
        return None
    environment = state.snapshot.environment
    need = state.snapshot.needs[workload.id, component.id]
    grade = environment.recovery.grade(workload.recovery.grade)
    sides = [side for side in grade.sides if side.role is not Role.BACKUP or component.data.gib]
    if not need.sides:
        return sides[0]
    lacking = Counter(
        place
        for layout in layouts_of(group, environment)
        for place, side in enumerate(sides)
        if not need.options(side.role, layout.center(grade.grade, side.role) or "")
    )
    return sides[max(range(len(sides)), key=lambda place: (lacking[place], place if lacking else -place))]


def _component(setting: Setting, state: PlacedState, refused: Refusal) -> Unplaced:
    named = f"{setting.workload.id}/{setting.component.id}"
    verdicts = {name: first_refusal(setting, seat, state) for name, seat in state.snapshot.seats.items()}
    fitting = sum(verdict.ok for verdict in verdicts.values())
    counted = Counter(verdict.reason for verdict in verdicts.values() if not verdict.ok)
    because = refused.sentence
    summary: str = sentence(Sides(named, setting.role, (), fitting, len(verdicts)), counted)
    summary += f"; {because}" if fitting else ""
    constraint = refused.constraint
    return Unplaced(
        workload=setting.workload.id,
        component=setting.component.id,
        role=setting.role,
        summary=summary,
        histogram=dict(sorted(counted.items())),
        group=constraint if fitting else "",
        reasons=tuple(
            Reason(pool=name, constraint=constraint, message=f"{name} would take {named}, but {because}")
            if verdict.ok
            else Reason(pool=name, constraint=verdict.name, message=verdict.sentence)
            for name, verdict in verdicts.items()
        ),
    )


def first_refusal(setting: Setting, seat: Seat, state: PlacedState) -> Verdict:
    """The first constraint by which a pool refuses every way to run a component; the last one if none does.

    Of several ways the one that gets furthest speaks.
    """
    estate = state.snapshot.environment.estate
    ways = setting.component.ways[:1] if setting.role is Role.BACKUP else setting.component.ways
    furthest: tuple[int, Verdict] | None = None
    for way in ways:
        ask = Ask.of(setting.workload, setting.component, way, setting.role, estate)
        passed, verdict = 0, Verdict("pool", "", "", ok=True)
        for verdict in _verdicts(setting, ask, seat, state):
            if not verdict.ok:
                break
            passed += 1
        if furthest is None or passed > furthest[0]:
            furthest = passed, verdict
    return furthest[1] if furthest else Verdict("pool", "", "", ok=True)


def _verdicts(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Iterator[Verdict]:
    yield from judge(ask, seat)
    yield from dynamic(setting, ask, seat, state)
