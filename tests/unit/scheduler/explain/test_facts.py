"""Facts are told with where they come from; what has expired is unknown, what is missing never zero."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.builders import (
    a_center,
    a_chip,
    a_component,
    a_link,
    a_placement,
    a_pool,
    a_workload,
    amounts,
    an_environment,
    centers,
)

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Isa, Power, Price
from cmp.model.facts import aged, expired, facts_of, unknown
from cmp.model.recovery import Role
from cmp.model.workload import Scaling
from cmp.scheduler.explain.facts import account

DAY = date(2027, 6, 30)


def measured(value: float, until: date | None = DAY, **changes: Any) -> Fact:
    return Fact(value=value, provenance=Provenance.MEASURED, valid_until=until, **changes)


def an_aging_environment(*workloads: Any) -> Environment:
    chips = (
        a_chip(performance=measured(1.0, None, source="SPEC run of March")),
        a_chip("kunpeng-920", vendor="Huawei", isa=Isa.ARM64, performance=measured(0.8)),
    )
    others = centers()[1:]
    power = Power(idle_watts=measured(180.0, date(2027, 1, 31)), peak_watts=520, boot_minutes=10)
    price = Price(vcpu_hour=0.08, memory_gib_hour=0.02)
    pools = (a_pool("bj-a-hygon", power=power, price_cny=price), a_pool("bj-a-kunpeng"), a_pool("bj-b-hygon"))
    return an_environment(
        *workloads,
        chips=chips,
        centers=(a_center(pue=measured(1.35, date(2028, 1, 1))), *others),
        links=(a_link(synchronous=True, rtt_ms=measured(1.2)),),
        pools=pools,
    )


def test_a_fact_that_decided_something_is_told_with_its_origin() -> None:
    found = account(an_aging_environment(), (a_placement(), a_placement("bj-b-hygon", role=Role.COLD)), ())

    told = {fact.name: fact for fact in found.facts}
    assert set(told) == {
        "chip:hygon-7390.performance",
        "center:bj-a.pue",
        "pool:bj-a-hygon.idle_watts",
        "link:bj-a/bj-b.rtt_ms",
    }
    assert told["chip:hygon-7390.performance"].source == "SPEC run of March"
    assert (told["pool:bj-a-hygon.idle_watts"].unit, told["link:bj-a/bj-b.rtt_ms"].unit) == ("W", "ms")
    assert told["pool:bj-a-hygon.idle_watts"].valid_until == date(2027, 1, 31)


def test_bare_assumed_facts_are_counted_and_not_listed() -> None:
    found = account(an_aging_environment(), (a_placement(), a_placement("bj-b-hygon", role=Role.COLD)), ())

    assert found.counts == {"assumed": 6, "measured": 4}


def test_a_component_s_own_figure_goes_before_the_chip_s() -> None:
    component = a_component(performance={"kunpeng-920": measured(0.9)})
    environment = an_aging_environment(a_workload(components=(component,)))

    found = account(environment, (a_placement("bj-a-kunpeng"),), ())

    names = {fact.name for fact in found.facts}
    assert "component:tax-api/web.performance.kunpeng-920" in names
    assert "chip:kunpeng-920.performance" not in names
    assert "chip:hygon-7390.performance" in names


def test_a_fixed_size_rests_on_no_performance() -> None:
    environment = an_aging_environment(a_workload(components=(a_component(scaling=Scaling.FIXED),)))

    found = account(environment, (a_placement("bj-a-kunpeng"),), ())

    assert not [fact.name for fact in found.facts if "performance" in fact.name]


def test_a_pool_without_power_or_price_is_no_data_and_named() -> None:
    rows = (a_placement(), a_placement("bj-a-kunpeng"), a_placement("bj-b-hygon", role=Role.BACKUP))

    gaps = {gap.what: gap for gap in account(an_aging_environment(), rows, ()).gaps}

    assert gaps["power"].of == ("bj-a-kunpeng",)
    assert gaps["price_cny"].of == ("bj-a-kunpeng",)
    assert all(gap.why == "missing" and gap.consequence.startswith("no data") for gap in gaps.values())


def test_an_accelerator_without_a_price_is_named() -> None:
    card = a_placement(size=amounts(accelerators={"ascend-910b": 1}))

    gaps = {gap.what: gap.of for gap in account(an_aging_environment(), (card,), ()).gaps}

    assert gaps["price_cny.accelerator_hour"] == ("bj-a-hygon",)


def test_facts_are_unknown_from_the_day_after_their_last() -> None:
    environment = an_aging_environment()

    assert expired(environment, date(2027, 1, 31)) == ()
    assert expired(environment, date(2027, 2, 1)) == ("pool:bj-a-hygon.idle_watts",)
    assert expired(environment, date(2027, 7, 1)) == (
        "chip:kunpeng-920.performance",
        "link:bj-a/bj-b.rtt_ms",
        "pool:bj-a-hygon.idle_watts",
    )


def test_nothing_changes_while_nothing_expires() -> None:
    environment = an_aging_environment()

    assert aged(environment, DAY.replace(year=2026)) is environment


@given(day=st.dates(date(2026, 1, 1), date(2029, 1, 1)))
def test_what_is_unknown_is_what_has_expired_and_nothing_else_changes(day: date) -> None:
    environment = an_aging_environment()

    later = aged(environment, day)

    assert unknown(later) == expired(environment, day)
    pairs = list(zip(facts_of(environment), facts_of(later), strict=True))
    assert all(one.name == other.name and one.fact.value == other.fact.value for one, other in pairs)
    assert Environment.model_validate_json(later.model_dump_json()) == later


def test_workloads_of_strict_grades_ask_for_fresh_facts_once_something_has_expired() -> None:
    environment = an_aging_environment(*(a_workload(f"w{grade}", grade=grade) for grade in range(1, 7)))

    asking = [each.id for each in aged(environment, date(2027, 2, 1)).workloads if each.recovery.fresh_facts]

    assert asking == ["w5", "w6"]


def test_an_expired_fact_is_told_as_unknown() -> None:
    environment = aged(an_aging_environment(), date(2027, 2, 1))

    found = account(environment, (a_placement(),), ())

    told = {fact.name: fact.provenance for fact in found.facts}
    assert told["pool:bj-a-hygon.idle_watts"] is Provenance.UNKNOWN
    (gap,) = [gap for gap in found.gaps if gap.why == "expired"]
    assert gap.of == ("pool:bj-a-hygon.idle_watts",)
