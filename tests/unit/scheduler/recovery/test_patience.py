"""Who may wait for hosts that are off is in time; more time never asks for more, slow hosts never help."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import a_component, a_dependency, a_plan, a_workload, an_environment, pools

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.plan import Plan
from cmp.model.workload import Data, Recovery, Require, Workload
from cmp.scheduler.engine import PLACED_ONLY, schedule
from cmp.scheduler.recovery.patience import patience_of
from cmp.scheduler.survival.proving import prove
from cmp.verifier.checking import check
from cmp.verifier.patience import waits_for

CENTERS = Require(centers=("bj-a", "gy-c"))


def a_system(name: str, rto: float | None, *needs: str, gib: int = 0, replicas: int = 2) -> Workload:
    part = a_component(replicas=replicas, require=CENTERS, data=Data(gib=gib))
    return a_workload(
        name,
        components=(part,),
        recovery=Recovery(grade=3, rto_minutes=rto),
        depends_on=tuple(a_dependency(each) for each in needs),
    )


def environment(*workloads: Workload, boot: float = 10) -> Environment:
    power = Power(idle_watts=100, peak_watts=300, boot_minutes=Fact(value=boot))
    return an_environment(
        *workloads, pools=tuple(pool.model_copy(update={"power": power}) for pool in pools())
    )


def planned(given: Environment) -> Plan:
    return schedule(given, limits=PLACED_ONLY).to_prove(given, a_plan().origin).sealed()


def placed(given: Environment) -> frozenset[str]:
    """The workloads that stand; whoever does is proved and verified to be in time."""
    plan = planned(given)
    left_out = {each.workload for each in plan.unplaced}
    assert {each.code for each in check(plan)} <= {"network-missing", "rules-missing", "rules-undeclared"}
    late = [each for proof in prove(plan, given.failures).failures for each in proof.order if not each.ok]
    assert [each.workload for each in late if each.workload not in left_out] == []
    return frozenset({each.id for each in given.workloads} - left_out)


SHAPES: dict[str, tuple[Workload, ...]] = {
    "one": (a_system("a", None),),
    "with data": (a_system("a", None, gib=100),),
    "many replicas": (a_system("a", None, replicas=12),),
    "who needs one without an objective": (a_system("a", None, "b"), a_system("b", None)),
    "who needs one with its own": (a_system("a", None, "b"), a_system("b", 30)),
    "a chain": (a_system("a", None, "b"), a_system("b", None, "c"), a_system("c", None)),
    "a circle": (a_system("a", None, "b"), a_system("b", None, "a")),
}


def with_rto(workloads: tuple[Workload, ...], minutes: float) -> tuple[Workload, ...]:
    """The first workload with another objective."""
    first, *rest = workloads
    return (first.model_copy(update={"recovery": Recovery(grade=3, rto_minutes=minutes)}), *rest)


@pytest.mark.parametrize("workloads", SHAPES.values(), ids=SHAPES)
def test_what_is_met_in_some_time_is_met_in_more(workloads: tuple[Workload, ...]) -> None:
    stand = [
        placed(environment(*with_rto(workloads, minutes))) for minutes in (9, 15, 17, 20, 24, 28, 45, 90)
    ]

    assert all(sooner <= later for sooner, later in pairwise(stand))
    assert "a" in stand[-1]


@pytest.mark.parametrize("minutes", [18, 26, 40])
@pytest.mark.parametrize("workloads", SHAPES.values(), ids=SHAPES)
def test_hosts_that_start_slower_never_help(workloads: tuple[Workload, ...], minutes: float) -> None:
    stand = [placed(environment(*with_rto(workloads, minutes), boot=boot)) for boot in (0, 3, 8, 15, 25, 60)]

    assert all(slower <= faster for faster, slower in pairwise(stand))


def test_a_host_is_on_where_the_objective_less_all_other_steps_is_shorter_than_its_start() -> None:
    """Other steps take 60 s to detect, 600 to release, 30 to fence, 141 to start, 60 to switch: 891 s."""
    waits = {
        seconds: patience_of(environment(a_system("a", seconds / 60)))["a"] for seconds in (1490, 1491, 900)
    }

    assert waits == {1490: 0, 1491: 600, 900: 0}


def test_who_is_needed_waits_no_longer_than_who_needs_it_can() -> None:
    given = environment(a_system("a", 25, "b"), a_system("b", 60), a_system("c", 60))

    assert patience_of(given) == {"a": 0, "b": 0, "c": 600}


minutes = st.one_of(st.none(), st.integers(5, 120))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rtos=st.lists(minutes, min_size=4, max_size=4),
    edges=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6),
    gib=st.integers(0, 900),
    boot=st.integers(0, 40),
)
def test_engine_and_verifier_agree_on_who_may_wait(
    rtos: list[float | None], edges: set[tuple[int, int]], gib: int, boot: int
) -> None:
    names = "abcd"
    given = environment(
        *(
            a_system(
                names[number],
                rto,
                *(names[other] for one, other in sorted(edges) if one == number != other),
                gib=gib if number % 2 else 0,
            )
            for number, rto in enumerate(rtos)
        ),
        boot=boot,
    )
    needs = {each.id: [other.workload for other in each.depends_on] for each in given.workloads}

    assert given.takeover is not None
    allowed = waits_for(given, given.takeover, needs, 60 * boot)

    assert {name: 60 * boot if name in allowed else 0 for name in names} == patience_of(given)


def test_hosts_of_which_nobody_says_how_long_they_start_are_kept_on() -> None:
    given = environment(a_system("a", None))
    untold = tuple(
        pool if pool.id.startswith("bj-b") else pool.model_copy(update={"power": None})
        for pool in given.estate.pools
    )

    told, kept_on = planned(given), planned(given.changed(estate=given.estate.changed(pools=untold)))

    watts = [plan.objective.quantities["facility_watts"] for plan in (told, kept_on)]
    assert watts[1] > watts[0] + 99
    assert "power" not in {each.code for plan in (told, kept_on) for each in check(plan)}
