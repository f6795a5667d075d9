"""Workloads are ordered by what they cannot do without; those of a cycle stand together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_dependency, a_workload, an_environment

from cmp.model.workload import Mode
from cmp.scheduler.problem.dependencies import dependencies_of, strongly_connected

NAMES = [f"w{number}" for number in range(7)]
graphs = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES})


def reached(needs: dict[str, list[str]], name: str) -> set[str]:
    """Everything that a name needs, directly or not, and itself."""
    found, waiting = set(), [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += needs[each]
    return found


@given(needs=graphs)
def test_components_are_those_that_need_each_other(needs: dict[str, list[str]]) -> None:
    far = {name: reached(needs, name) for name in NAMES}

    components = strongly_connected(needs)

    together = {tuple(sorted(other for other in far[name] if name in far[other])) for name in NAMES}
    assert set(components) == together
    assert len(components) == len(together)


@given(needs=graphs)
def test_what_is_needed_comes_first(needs: dict[str, list[str]]) -> None:
    place = {name: number for number, each in enumerate(strongly_connected(needs)) for name in each}

    assert all(place[other] <= place[name] for name in NAMES for other in needs[name])


def test_a_long_chain_is_no_deeper_than_memory() -> None:
    chain = {f"w{number}": [f"w{number - 1}"] if number else [] for number in range(5000)}

    assert len(strongly_connected(chain)) == 5000


def test_only_hard_dependencies_keep_anybody_waiting() -> None:
    soft = a_dependency("mail", mode=Mode.DEGRADED)
    environment = an_environment(
        a_workload("identity"),
        a_workload("mail"),
        a_workload("tax-api", depends_on=(a_dependency("identity"), soft)),
    )

    found = dependencies_of(environment)

    assert found.needs == {"identity": (), "mail": (), "tax-api": ("identity",)}
    assert found.touched_by(["identity"]) == {"identity", "tax-api"}
    assert found.touched_by(["mail"]) == {"mail"}
