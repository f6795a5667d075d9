"""Plays the horizons of scenarios: from a Plan made now, the phases, steps and purchases until a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cmp.model.environment import Environment
from cmp.model.horizon import Horizon
from cmp.model.plan import Plan
from cmp.network.addresses.allocation import allocate, remember
from cmp.ports.loaded import Loaded
from cmp.scheduler.horizon.phases import horizon_end
from cmp.services.planning.assembling import assemble
from cmp.services.planning.horizon import foresee
from cmp.services.planning.sources import Sources


def sources_of(environment: Environment) -> Sources:
    """An environment that was never a file, as if it had been read."""
    loaded = Loaded(environment, (), (), {})
    networks = allocate(environment, remember(()))
    return Sources(Path("inventories/test"), loaded, networks, environment)


def foreseen(environment: Environment, start: str, length: str) -> tuple[Plan, Horizon]:
    """The base Plan with factor 1, and what a horizon from a moment on brings."""
    sources = sources_of(environment)
    base = assemble(sources, None, 0, None)
    first = datetime.fromisoformat(start)
    return base, foresee(sources, base, (first, horizon_end(first, length)), _nobody, _nobody)


def _nobody(_: object) -> None:
    """Take progress, and do nothing with it."""


def expect_phases(found: Horizon, expected: list[dict[str, Any]]) -> None:
    """These phases are there: start, days on which it holds, factors, whether it fits or is closed …"""
    shown = [
        {
            "start": f"{phase.start:%Y-%m-%d %H:%M}",
            "end": f"{phase.end:%Y-%m-%d %H:%M}",
            "times": len(phase.spans),
            "factors": {f"{each.workload}/{each.component}": each.factor for each in phase.factors},
            "fits": phase.fits,
            "closed": phase.closed,
            "proved": phase.covered_by is None,
            "moves": phase.moves,
            "gives_way": {f"{each.workload}/{each.component}": each.replicas for each in phase.gives_way},
            "unscheduled": {peak.name: peak.fits for peak in phase.unscheduled},
        }
        for phase in found.phases
    ]
    for row in expected:
        assert any(row.items() <= there.items() for there in shown), f"{row} is not among {shown}"


def expect_count_of_phases(found: Horizon, expected: int) -> None:
    assert len(found.phases) == expected


def expect_steps(found: Horizon, expected: list[dict[str, Any]]) -> None:
    """Exactly these steps, in order, as far as written."""
    shown = [
        {
            "of": f"{step.workload}/{step.component}",
            "role": step.role.value,
            "pool": step.pool,
            "from": step.from_,
            "to": step.to,
            "when": f"{step.when:%Y-%m-%d %H:%M}",
            "until": f"{step.until:%Y-%m-%d %H:%M}",
            "times": step.times,
        }
        for step in found.steps
    ]
    assert len(shown) == len(expected), shown
    for there, row in zip(shown, expected, strict=True):
        assert row.items() <= there.items(), f"{row} is not {there}"


def expect_purchases(found: Horizon, expected: list[dict[str, Any]]) -> None:
    """Exactly these purchases, in order, as far as written."""
    shown = [each.model_dump(mode="json") for each in found.purchases]
    assert len(shown) == len(expected), shown
    for there, row in zip(shown, expected, strict=True):
        assert row.items() <= there.items(), f"{row} is not {there}"


def expect_unknown_calendars(found: Horizon, expected: dict[str, str | None]) -> None:
    """The calendars that do not reach over the horizon, with the last day they are known for."""
    shown = {each.calendar: str(each.until) if each.until else None for each in found.unknown_calendars}
    assert shown == expected


EXPECTATIONS: dict[str, Callable[[Horizon, Any], None]] = {
    "phases": expect_phases,
    "count_of_phases": expect_count_of_phases,
    "steps": expect_steps,
    "purchases": expect_purchases,
    "unknown_calendars": expect_unknown_calendars,
}
