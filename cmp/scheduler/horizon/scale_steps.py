"""Derives scale steps: which row runs how many replicas from when until when, against the base Plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from cmp.model.environment import Environment
from cmp.model.horizon import ScaleStep
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.model.workload import Component
from cmp.scheduler.horizon.phases import Factors, Name, Span
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.sizes import Work

Key = tuple[str, str, Role, str]
"""Workload, component, role and pool."""
Counts = Mapping[Key, int]
"""Replicas that run in normal time, by row; nothing runs where no row is listed."""
Spread = Mapping[str, int]
"""Replicas on takeover, by pool."""


def counts(rows: Iterable[Placement]) -> dict[Key, int]:
    """What runs where."""
    return {
        (row.workload, row.component, row.role, row.pool): row.replicas for row in rows if row.role.takes_over
    }


def scaled_back(
    environment: Environment,
    rows: Sequence[Placement],
    base: Sequence[Placement],
    factors: Mapping[Name, int],
) -> dict[Key, int]:
    """What runs where in a phase that asks for no more than the one whose rows are given.

    Each side gives up replicas that it does not need, first where it has grown most over the base Plan.

    Args:
        environment: that of the rows.
        rows: the rows of the larger phase.
        base: the rows of the base Plan.
        factors: the smaller phase's demand, in thousandths; components that are not named stay as they are.
    """
    before = {(row.workload, row.component, row.role, row.pool): row.replicas_on_takeover for row in base}
    found: dict[Key, int] = {}
    sided = sorted((row for row in rows if row.role.takes_over), key=_side)
    for (workload, component, role), each in groupby(sided, key=_side):
        spread = {row.pool: row.replicas_on_takeover for row in each}
        _, part = environment.find(workload, component)
        factor = factors.get((workload, component))
        if factor is not None:
            was = {pool: before.get((workload, component, role, pool), 0) for pool in spread}
            spread = dict(_back(environment, part, spread, was, factor))
        for pool, count in running_on(part, role, spread).items():
            found[workload, component, role, pool] = count
    return found


def steps(
    base: Counts, phases: Sequence[tuple[Counts, Sequence[Span]]], scaled: Collection[Name]
) -> tuple[ScaleStep, ...]:
    """Every time that a row runs another number of replicas than in the base Plan.

    Of components that are not `scaled` a step is a move. Spans that follow each other and ask for the same
    are one step; equal steps are counted, not repeated.
    """
    dated = sorted((span, number) for number, (_, spans) in enumerate(phases) for span in spans)
    changed = sorted({key for there, _ in phases for key in _differing(base, there)})
    found = []
    for key in changed:
        was = base.get(key, 0)
        spells: dict[int, list[Span]] = {}
        for span, number in dated:
            runs = phases[number][0].get(key, 0)
            if runs != was:
                _add(spells.setdefault(runs, []), span)
        kind: Literal["scale", "move"] = "scale" if key[:2] in scaled else "move"
        found += [_step(key, (was, runs), spans, kind) for runs, spans in spells.items()]
    return tuple(
        sorted(found, key=lambda step: (step.when, step.workload, step.component, step.role, step.pool))
    )


def moved(base: Counts, there: Counts, lowered: Iterable[Name]) -> int:
    """Replicas that run elsewhere than in the base Plan, components aside that are asked for fewer."""
    names = set(lowered)
    return sum(
        max(0, count - there.get(key, 0)) for key, count in base.items() if (key[0], key[1]) not in names
    )


def lowered(components: Sequence[Name], base: Factors, phase: Factors) -> tuple[Name, ...]:
    """The components that a phase asks for fewer replicas than the base."""
    pairs = zip(components, base, phase, strict=True)
    return tuple(name for name, before, factor in pairs if factor < before)


def _side(row: Placement) -> tuple[str, str, Role]:
    return row.workload, row.component, row.role


def needed(work: Work, spread: Spread, worth: Spread, before: Spread) -> dict[str, int]:
    """A side without the replicas that it can do without, first where it has grown most over `before`."""
    left = dict(spread)
    while True:
        total, amount = sum(left.values()), sum(left[pool] * worth[pool] for pool in left)
        spare = [
            pool
            for pool in left
            if left[pool] and amount - worth[pool] >= work.amount and total - 1 >= work.least
        ]
        if not spare:
            return left
        most = min(spare, key=lambda pool: (before.get(pool, 0) - left[pool], pool))
        left[most] -= 1


def running_on(component: Component, role: Role, spread: Spread) -> dict[str, int]:
    """What runs of a side in normal time, given to its rows in order of pool."""
    left = sizes.running(role, sum(spread.values()), stateful=component.stateful)
    found = {}
    for pool in sorted(spread):
        found[pool] = min(left, spread[pool])
        left -= found[pool]
    return found


def _back(
    environment: Environment, component: Component, spread: Spread, before: Spread, factor: int
) -> Spread:
    """A side scaled back to a factor."""
    estate = environment.estate
    sized_on = estate.chip[component.sized_on or estate.reference_chip]
    worth = {pool: sizes.worth(component, estate.chip[estate.pool[pool].chip]) for pool in spread}
    return needed(sizes.work(component, sized_on, factor), spread, worth, before)


def _differing(base: Counts, there: Counts) -> Iterable[Key]:
    return (key for key in {*base, *there} if base.get(key, 0) != there.get(key, 0))


def _add(spans: list[Span], span: Span) -> None:
    if spans and spans[-1].end == span.start:
        spans[-1] = Span(spans[-1].start, span.end)
    else:
        spans.append(span)


def _order(step: ScaleStep) -> tuple[datetime, str, str, str, str]:
    return step.when, step.workload, step.component, step.role.value, step.pool


def _step(
    key: Key, change: tuple[int, int], spans: Sequence[Span], kind: Literal["scale", "move"]
) -> ScaleStep:
    workload, component, role, pool = key
    return ScaleStep(
        workload=workload,
        component=component,
        role=role,
        pool=pool,
        from_=change[0],
        to=change[1],
        kind=kind,
        when=spans[0].start,
        until=spans[0].end,
        times=len(spans),
        last=spans[-1].end,
    )
