"""Looking ahead: phases are plans like any other, and what is known so far is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from support.builders import a_component, a_pool, a_workload, an_environment, needs
from support.scenario_horizons import foreseen, sources_of

from cmp.model.environment import Environment
from cmp.model.horizon import Horizon
from cmp.model.when import SHANGHAI
from cmp.model.workload import Demand, Spread
from cmp.scheduler.horizon.phases import horizon_end
from cmp.services.planning.assembling import assemble
from cmp.services.planning.horizon import foresee
from cmp.verifier.checking import check

START = datetime(2027, 1, 1, tzinfo=SHANGHAI)


def two_peaks(**changes: Any) -> Environment:
    one = a_component("web", demand=(Demand(when="05-20", factor=4.0),), **changes)
    other = a_component("api", demand=(Demand(when="03-01..05-31", factor=3.0),), spread=Spread.NONE)
    pools = (a_pool("bj-a-hygon"), a_pool("bj-b-hygon"))
    return an_environment(
        a_workload("marriage", components=(one,)), a_workload("reports", components=(other,)), pools=pools
    )


def test_a_phase_is_the_plan_that_planning_for_its_moment_gives() -> None:
    environment = two_peaks()
    base, found = foreseen(environment, "2027-01-01", "1y")

    again = [
        assemble(sources_of(environment), phase.start, 0, base)
        for phase in found.phases
        if phase.covered_by is None
    ]

    assert [plan.hash for plan in again] == [phase.plan for phase in found.phases if phase.covered_by is None]
    assert all(plan.origin.previous == base.hash for plan in again)
    assert {finding.code for plan in again for finding in check(plan)} == set()


def test_a_smaller_state_is_covered_by_the_proof_of_a_larger_one() -> None:
    _, found = foreseen(two_peaks(), "2027-01-01", "1y")

    peak = [number for number, phase in enumerate(found.phases) if len(phase.factors) == 2]
    others = [phase for phase in found.phases if len(phase.factors) < 2]
    assert len(peak) == 1
    assert others
    assert all(phase.covered_by == peak[0] and phase.fits and phase.plan is None for phase in others)


def test_a_stop_leaves_what_was_proved_so_far() -> None:
    class Stopped(Exception):
        pass

    kept: list[Horizon] = []

    def keep(known: Horizon) -> None:
        kept.append(known)
        raise Stopped

    sources = sources_of(two_peaks())
    base = assemble(sources, None, 0, None)
    with pytest.raises(Stopped):
        foresee(sources, base, (START, horizon_end(START, "1y")), lambda _: None, keep)

    (known,) = kept
    assert not known.complete
    assert len(known.phases) >= 1
    assert Horizon.model_validate_json(known.to_json()) == known


def test_the_same_question_has_the_same_answer() -> None:
    environment = two_peaks()

    one, other = (foreseen(environment, "2027-01-01", "1y")[1].to_json() for _ in range(2))

    assert one == other


def test_hosts_bought_for_one_peak_serve_the_next() -> None:
    dates = {"03-31": 6.0, "06-30": 8.0, "09-30": 12.0}
    demand = tuple(Demand(when=when, factor=factor) for when, factor in dates.items())
    component = a_component(replicas=3, demand=demand, needs=needs(8), spread=Spread.NONE)
    environment = an_environment(
        a_workload(grade=1, components=(component,)),
        pools=(a_pool("bj-a-hygon", hosts=1), a_pool("bj-b-hygon", hosts=1)),
    )

    _, found = foreseen(environment, "2027-01-01", "1y")

    assert [(str(each.needed), each.hosts) for each in found.purchases] == [
        ("2027-03-31", 1),
        ("2027-09-30", 1),
    ]
    assert [phase.closed for phase in found.phases if not phase.fits] == [True] * 3
    assert found.open == ()


def test_the_base_plan_may_be_one_for_a_peak() -> None:
    sources = sources_of(two_peaks())
    moment = datetime(2027, 5, 20, tzinfo=SHANGHAI)
    base = assemble(sources, moment, 0, None)

    found = foresee(sources, base, (moment, horizon_end(moment, "30d")), lambda _: None, lambda _: None)

    assert found.plan == base.hash
    first = found.phases[0]
    assert (first.plan, first.moves) == (base.hash, 0)
    assert {(step.from_, step.to) for step in found.steps if step.workload == "marriage"} == {(8, 2)}
