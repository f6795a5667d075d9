"""After a move new addresses answer those who may reach them, and nobody loses anything undeclared."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from support.moving_network import Bench, a_migration_plan, some_hosts

from cmp.model.migration import MigrationPlan, Phase
from cmp.model.migration_journal import Direction, HostEntry, HostStanding, MigrationJournal
from cmp.model.network import HostService
from cmp.network.filters.terms import Policy, Ports, Term, Verdict, place
from cmp.network.measurement.reachability import Pair
from cmp.services.migrating.place import Place
from cmp.services.migrating.verifying import declared, retired_hosts, ways

NEAR, FAR = "near", "far"


def a_place(plan: MigrationPlan, policy: Policy | None = None) -> Place:
    return Place(
        "lab",
        Bench(plan).hosts,
        plan.witnesses,
        sources={NEAR: (), FAR: ()},
        standing={NEAR: [ip_address("198.51.100.7")], FAR: [ip_address("198.51.100.200")]},
        policy=policy,
    )


def a_plan() -> MigrationPlan:
    return a_migration_plan(some_hosts(1, services=(HostService(port=443),)))


def asked(plan: MigrationPlan, who_reaches_old: set[str]) -> tuple[dict[Pair, bool], dict[Pair, bool]]:
    """What answered before, and what is asked after."""
    place_ = a_place(plan)
    olds, news = ways(plan, place_, new=False), ways(plan, place_, new=True)
    before = {pair: pair.source in who_reaches_old for pair in olds} | dict.fromkeys(news, False)
    return before, before


def test_without_filters_whoever_reached_the_old_address_reaches_the_new_ones() -> None:
    plan = a_plan()
    before, after = asked(plan, {NEAR})

    found = set(declared(plan, a_place(plan), before, after))

    assert {(pair.source, pair.target) for pair in found} == {
        (NEAR, "203.0.113.11"),
        (NEAR, "2001:db8:a::b"),
    }


def test_where_the_edge_filters_its_policy_decides_and_not_the_past() -> None:
    plan = a_plan()
    near = place("near", [ip_network("198.51.100.0/25")])
    hosts = place("hosts", [plan.segment.ipv4])
    policy = Policy("desk-net", (Term(Verdict.ACCEPT, near, hosts, "tcp", (Ports(443, 443),)),))
    before, after = asked(plan, {NEAR, FAR})

    found = set(declared(plan, a_place(plan, policy), before, after))

    assert {(pair.source, pair.target) for pair in found} == {(NEAR, "203.0.113.11")}


def test_a_service_that_answered_nobody_is_not_expected_to_answer() -> None:
    plan = a_plan()
    before, after = asked(plan, set())

    assert set(declared(plan, a_place(plan), before, after)) == set()


def test_a_host_counts_as_retired_until_it_is_taken_back() -> None:
    def entry(host: str, direction: Direction) -> HostEntry:
        return HostEntry(
            phase=Phase.RETIRE, wave="rest", host=host, direction=direction, standing=HostStanding.CONFIRMED
        )

    entries = (
        entry("desk-1", Direction.FORWARD),
        entry("desk-2", Direction.FORWARD),
        entry("desk-2", Direction.BACK),
    )
    journal = MigrationJournal(
        id="m", environment="e", network="n", plan="p", began="b", place="lab", entries=entries
    )

    assert retired_hosts(journal) == {"desk-1"}
    assert retired_hosts(None) == frozenset()
