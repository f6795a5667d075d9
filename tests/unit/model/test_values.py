"""Values of the model refuse what cannot be, and are read from JSON as they were written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.builders import (
    a_center,
    a_chip,
    a_component,
    a_framework,
    a_link,
    a_network_host,
    a_plan,
    a_pool,
    a_workload,
    an_environment,
    an_exposure,
)

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import ChipKind, Power
from cmp.model.plan import Plan
from cmp.model.recovery import Failure, FailureKind, Role
from cmp.model.sealing import canonical, digest_of
from cmp.model.wishes import Expose
from cmp.model.workload import Quorum


def test_a_bare_number_is_an_assumed_fact() -> None:
    fact = Fact.model_validate_json("0.92")

    assert (fact.value, fact.provenance, fact.valid_until) == (0.92, Provenance.ASSUMED, None)


def test_a_fact_expires_after_its_last_day() -> None:
    fact = Fact.model_validate_json('{"value": 1, "provenance": "measured", "valid_until": "2027-06-30"}')

    assert fact.holds_at(date(2027, 6, 30))
    assert not fact.holds_at(date(2027, 7, 1))
    assert Fact(value=1.0).holds_at(date.max)


@pytest.mark.parametrize(
    "text",
    [
        '"0.9"',
        "-1",
        "1e10",
        "true",
        "null",
        "[1]",
        '{"value": 1, "valid_until": 5}',
        '{"provenance": "measured"}',
    ],
)
def test_what_is_no_fact_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Fact.model_validate_json(text)


@given(value=st.floats(min_value=0, max_value=1e9))
def test_a_fact_reads_as_it_was_written(value: float) -> None:
    fact = Fact(value=value, provenance=Provenance.DECLARED, valid_until=date(2030, 1, 1))

    assert Fact.model_validate_json(fact.model_dump_json()) == fact


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: a_chip(isa=None), "needs `isa`"),
        (lambda: a_chip(performance=0.0), "at least 0.001"),
        (lambda: a_chip(kind=ChipKind.NPU), "neither `isa`"),
        (lambda: a_center(pue=0.9), "below 1"),
        (lambda: a_link("bj-a", "bj-a"), "two different centers"),
        (lambda: a_link(rtt_ms=0.0), "above 0"),
        (lambda: Power(idle_watts=500.0, peak_watts=100.0), "below `idle_watts`"),
        (lambda: a_pool(hosts=2, spare_hosts=2), "all 2 hosts are spare"),
        (lambda: Quorum(members=5, per_center=2, needed=2), "more than half"),
        (lambda: a_component(min_replicas=3), "above `replicas`"),
        (lambda: a_component(quorum=Quorum(members=3, per_center=1, needed=2)), "must equal"),
        (lambda: a_component(performance={"kunpeng-920": 0.0}), "at least 0.001"),
        (lambda: a_workload(components=()), "at least 1"),
        (lambda: a_workload("Tax_API"), "pattern"),
        (lambda: a_network_host("Printer 1"), "pattern"),
    ],
)
def test_what_cannot_be_is_refused(build: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        build()


def test_values_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_pool().hosts = 5  # type: ignore[misc]


def test_a_field_is_written_as_files_have_it() -> None:
    written = an_exposure(443, "private").model_dump(mode="json")

    assert written == {"port": 443, "protocol": "tcp", "from": "private"}
    assert Expose.model_validate_json(json.dumps(written)) == an_exposure(443, "private")


def test_the_ways_to_run_a_component_begin_with_its_own() -> None:
    assert [way.id for way in a_component().ways] == [""]


def test_a_component_stands_in_its_own_zone_or_in_the_workloads() -> None:
    workload = a_workload(components=(a_component("front", zone="internet"), a_component("back")))

    assert [workload.zone_of(component) for component in workload.components] == ["internet", "public"]


def test_what_is_connected_has_a_round_trip_time() -> None:
    estate = an_environment().estate

    assert estate.rtt_ms("bj-a", "bj-a") == 0
    assert estate.rtt_ms("bj-b", "bj-a") == estate.rtt_ms("bj-a", "bj-b") == 1.2
    assert estate.rtt_ms("bj-a", "nowhere") is None


@pytest.mark.parametrize(
    ("grade", "kinds"),
    [
        (1, set()),
        (2, set()),
        (3, {FailureKind.CENTER, FailureKind.CLOUD}),
        (5, {FailureKind.CENTER, FailureKind.CLOUD}),
        (6, {FailureKind.CENTER, FailureKind.CLOUD, FailureKind.LOCATION}),
    ],
)
def test_a_grade_promises_its_failures(grade: int, kinds: set[FailureKind]) -> None:
    environment = an_environment(a_workload(grade=grade))

    promised = environment.promised(environment.workloads[0])

    assert {failure.kind for failure in promised} == kinds
    assert set(promised) <= set(environment.failures)


def test_every_grade_has_one_primary() -> None:
    for grade in a_framework().grades:
        assert [side.role for side in grade.sides].count(Role.PRIMARY) == 1


@given(kind=st.sampled_from(FailureKind), name=st.text("abc-:0", min_size=1, max_size=8))
def test_a_failure_reads_as_it_was_written(kind: FailureKind, name: str) -> None:
    assert Failure.parse(str(Failure(kind, name))) == Failure(kind, name)


@pytest.mark.parametrize("text", ["", "bj-a", "center:", "planet:earth"])
def test_what_names_no_failure_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no failure|not a valid"):
        Failure.parse(text)


def test_an_environment_and_a_plan_read_as_they_were_written() -> None:
    environment, plan = an_environment(), a_plan()

    assert Environment.model_validate_json(environment.model_dump_json()) == environment
    assert Plan.model_validate_json(plan.to_json()) == plan


def test_a_plans_hash_is_over_everything_but_itself_and_where_its_environment_lies() -> None:
    plan = a_plan()

    assert plan.hash == plan.digest() == plan.sealed().hash
    assert plan.model_copy(update={"inputs_hash": "elsewhere"}).digest() != plan.hash
    assert plan.model_copy(update={"source": "elsewhere"}).digest() == plan.hash


def test_a_plan_of_a_version_that_counted_in_where_its_environment_lies_is_sealed() -> None:
    plan = a_plan()
    older = plan.model_copy(update={"hash": digest_of(plan.model_dump(mode="json"))})

    assert older.hash != plan.hash
    assert older.is_sealed
    assert not older.model_copy(update={"source": "elsewhere"}).is_sealed


def test_equal_plans_are_equal_bytes() -> None:
    assert a_plan().to_json() == a_plan().to_json()
    assert a_plan().to_json().endswith(b"}\n")


@given(document=st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_canonical_bytes_do_not_depend_on_order(document: Mapping[str, Any]) -> None:
    backwards = dict(reversed(document.items()))

    assert canonical(document) == canonical(backwards)
    assert json.loads(canonical(document)) == document


def test_canonical_bytes_hold_no_number_that_json_cannot() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"value": float("nan")})
