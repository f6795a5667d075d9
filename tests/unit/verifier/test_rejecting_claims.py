"""A Plan whose rows are right but that claims something else about them is rejected, with that code alone."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from support.builders import a_zone_network

from cmp.model.plan import (
    Bound,
    HostPacking,
    ObjectiveValue,
    Packed,
    Packing,
    Plan,
    Reason,
    SecurityRule,
    Takeover,
    Unplaced,
)
from cmp.model.recovery import Role
from cmp.model.wishes import Protocol
from cmp.verifier.checking import check

Change = Callable[[Plan], dict[str, Any]]


def changed(field: str, place: int, **values: Any) -> Change:
    """One entry of a list with other values."""

    def change(plan: Plan) -> dict[str, Any]:
        entries = list(getattr(plan, field))
        entries[place] = entries[place].model_copy(update=values)
        return {field: tuple(entries)}

    return change


def dropped(field: str, place: int) -> Change:
    """One entry of a list left out."""
    return lambda plan: {field: getattr(plan, field)[:place] + getattr(plan, field)[place + 1 :]}


def added(field: str, *entries: Any) -> Change:
    """More entries in a list."""
    return lambda plan: {field: getattr(plan, field) + entries}


def repeated(field: str, place: int) -> Change:
    """One entry of a list twice."""
    return lambda plan: {field: (*getattr(plan, field), getattr(plan, field)[place])}


def of_packing(failure: str, change: Callable[[Packing], dict[str, Any]]) -> Change:
    """The first packing for a failure, changed; normal time for an empty one."""

    def apply(plan: Plan) -> dict[str, Any]:
        place = next(i for i, packing in enumerate(plan.packings) if packing.failure == failure)
        return changed("packings", place, **change(plan.packings[place]))(plan)

    return apply


def of_first_host(**values: Any) -> Callable[[Packing], dict[str, Any]]:
    return lambda packing: {
        "hosts": (packing.hosts[0].model_copy(update=values), *packing.hosts[1:]),
    }


def one_more(packing: Packing) -> dict[str, Any]:
    first = packing.hosts[0].rows[0]
    more = first.model_copy(update={"count": first.count + 1})
    return of_first_host(rows=(more, *packing.hosts[0].rows[1:]))(packing)


def row_twice(packing: Packing) -> dict[str, Any]:
    """A replica of the first host's first row, listed there a second time and taken from the second host."""
    first, second = packing.hosts[0], packing.hosts[1]
    doubled = first.rows[0]
    rest = tuple(row for row in second.rows if (row.component, row.role) != (doubled.component, doubled.role))
    return {
        "hosts": (
            HostPacking(host=first.host, rows=(*first.rows, doubled)),
            HostPacking(host=second.host, rows=rest),
            *packing.hosts[2:],
        )
    }


def moved_to_first_host(packing: Packing) -> dict[str, Any]:
    """As above, but as one entry: the count is right, the spread is not."""
    twice = row_twice(packing)["hosts"]
    first = twice[0].rows[0].model_copy(update={"count": 2})
    return {"hosts": (HostPacking(host=twice[0].host, rows=(first, *twice[0].rows[1:-1])), *twice[1:])}


def host_twice(packing: Packing) -> dict[str, Any]:
    first = packing.hosts[0]
    halves = (
        HostPacking(host=first.host, rows=first.rows[:1]),
        HostPacking(host=first.host, rows=first.rows[1:]),
    )
    return {"hosts": (*halves, *packing.hosts[1:])}


def unplaced(workload: str, plan: Plan, **changes: Any) -> Unplaced:
    reasons = tuple(
        Reason(pool=pool.id, constraint="capacity", message="full") for pool in plan.environment.estate.pools
    )
    usual = {
        "workload": workload,
        "component": "store",
        "role": Role.PRIMARY,
        "summary": "no room",
        "reasons": reasons,
    }
    return Unplaced(**usual | changes)


def without_store(plan: Plan, **changes: Any) -> dict[str, Any]:
    """archive/store neither placed nor packed nor given a security group, but listed as unplaced."""
    packings = []
    for packing in plan.packings:
        hosts = []
        for host in packing.hosts:
            rows = tuple(row for row in host.rows if row.workload != "archive")
            hosts += [HostPacking(host=host.host, rows=rows)] if rows else []
        packings.append(packing.model_copy(update={"hosts": tuple(hosts)}))
    return {
        "placements": tuple(row for row in plan.placements if row.workload != "archive"),
        "security_groups": tuple(group for group in plan.security_groups if group.workload != "archive"),
        "packings": tuple(packings),
        "unplaced": (unplaced("archive", plan, **changes),),
    }


def a_rule(**changes: Any) -> SecurityRule:
    usual = {
        "direction": "ingress",
        "protocol": Protocol.TCP,
        "port": 443,
        "prefix": ip_network("0.0.0.0/0"),
        "why": "nobody asked",
    }
    return SecurityRule(**usual | changes)


def of_web_rules(change: Callable[[tuple[SecurityRule, ...]], tuple[SecurityRule, ...]]) -> Change:
    """The rules of the first security group of tax-api/web, changed."""

    def apply(plan: Plan) -> dict[str, Any]:
        groups = plan.security_groups
        place = next(i for i, group in enumerate(groups) if group.component == "web")
        return changed("security_groups", place, rules=change(groups[place].rules))(plan)

    return apply


def rules_but(family: int, port: int, direction: str) -> Change:
    return of_web_rules(
        lambda rules: tuple(
            rule
            for rule in rules
            if (rule.prefix.version, rule.port, rule.direction) != (family, port, direction)
        )
    )


def a_ghost(**changes: Any) -> Packed:
    return Packed(**{"workload": "ghost", "component": "web", "role": Role.PRIMARY, "count": 1} | changes)


CASES: dict[str, tuple[Change, str]] = {
    "a schema version from the future": (lambda plan: {"schema_version": 2}, "schema"),
    "a total above its parts": (
        lambda plan: {"objective": ObjectiveValue(total=3.0, parts={"cost": 1.0})},
        "objective",
    ),
    "a lower bound above the objective": (
        lambda plan: {"bound": Bound(value=1.0, gap=0.0, method="none")},
        "objective",
    ),
    "a takeover left out": (dropped("takeovers", 0), "takeover"),
    "a takeover listed twice": (repeated("takeovers", 0), "takeover"),
    "a takeover to another center": (changed("takeovers", 0, center="gy-c"), "takeover"),
    "a takeover of half a group": (changed("takeovers", -1, group=("portal",)), "takeover"),
    "a takeover that nothing asks for": (
        added("takeovers", Takeover(failure="center:gy-c", group=("archive",), center="bj-a")),
        "takeover",
    ),
    "a takeover after a failure that is not there": (
        added("takeovers", Takeover(failure="center:ghost", group=("archive",), center="bj-a")),
        "takeover",
    ),
    "a reservation left out": (dropped("reservations", 0), "reservation"),
    "a reservation listed twice": (repeated("reservations", 0), "reservation"),
    "a reservation a thousandth too small": (
        lambda plan: changed("reservations", 0, vcpus=plan.reservations[0].vcpus - 0.001)(plan),
        "reservation",
    ),
    "a reservation half a thousandth too large": (
        lambda plan: changed("reservations", 0, vcpus=plan.reservations[0].vcpus + 0.0005)(plan),
        "reservation",
    ),
    "a reservation a MiB too large": (
        lambda plan: changed("reservations", 0, memory_gib=plan.reservations[0].memory_gib + 1 / 1024)(plan),
        "reservation",
    ),
    "a reservation without its disk": (changed("reservations", 0, disk_gib=0), "reservation"),
    "a reservation of accelerators nobody needs": (
        changed("reservations", 0, accelerators={"ascend-910b": 1}),
        "reservation",
    ),
    "a reservation in another center": (changed("reservations", 0, center="gy-c"), "reservation"),
    "a reservation on a pool that is not there": (
        lambda plan: {
            "reservations": (
                *plan.reservations,
                plan.reservations[0].model_copy(update={"pool": "bj-a-ghost"}),
            )
        },
        "reservation",
    ),
    "a packing left out": (
        lambda plan: {"packings": tuple(packing for packing in plan.packings if not packing.failure)},
        "witness-count",
    ),
    "a packing for one pool twice": (repeated("packings", 0), "witness-row"),
    "a packing for a pool that is not there": (
        added("packings", Packing(pool="bj-a-ghost", hosts=(), any_order=True)),
        "witness-row",
    ),
    "a packing for a failure that is not there": (
        added("packings", Packing(pool="bj-a-hygon", failure="host:1", hosts=(), any_order=True)),
        "witness-row",
    ),
    "a row that is not there, packed": (
        of_packing("", lambda packing: of_first_host(rows=(*packing.hosts[0].rows, a_ghost()))(packing)),
        "witness-row",
    ),
    "a row packed twice on a host": (
        of_packing("", row_twice),
        "witness-row witness-spread",
    ),
    "one replica too many packed after a failure": (
        of_packing("center:bj-a", one_more),
        "witness-count witness-spread",
    ),
    "two replicas on a host where one is allowed": (of_packing("", moved_to_first_host), "witness-spread"),
    "a host that is not there": (of_packing("center:bj-a", of_first_host(host=5)), "witness-host"),
    "a host listed twice": (of_packing("", host_twice), "witness-host"),
    "a host listed twice after a failure": (
        of_packing(
            "center:bj-a",
            lambda packing: {"hosts": (*packing.hosts, HostPacking(host=packing.hosts[0].host, rows=()))},
        ),
        "witness-host",
    ),
    "a lie about the order of packing": (
        of_packing("", lambda packing: {"any_order": not packing.any_order}),
        "witness-order",
    ),
    "a network left out": (
        lambda plan: {
            "networks": tuple(
                network
                for network in plan.networks
                if (network.cloud, network.zone) != ("gy-c-gov", "public")
            )
        },
        "network-missing rules-undeclared",
    ),
    "a network of a cloud that is not there": (
        added(
            "networks",
            a_zone_network(
                "gy-c-ghost", ipv4=ip_network("10.79.0.0/20"), ipv6=ip_network("3fff:100:ffff::/64")
            ),
        ),
        "network-unknown",
    ),
    "a network in another center": (changed("networks", 0, center="gy-c"), "network-unknown"),
    "a network outside the IPv4 plan": (
        changed("networks", 0, ipv4=ip_network("198.51.100.0/24")),
        "network-range rules-missing rules-undeclared",
    ),
    "a network outside the IPv6 plan": (
        changed("networks", 0, ipv6=ip_network("2001:db8::/64")),
        "network-range rules-missing rules-undeclared",
    ),
    "a network that overlaps another": (
        lambda plan: changed("networks", 2, ipv4=plan.networks[5].ipv4)(plan),
        "network-overlap",
    ),
    "a security group left out": (dropped("security_groups", 0), "rules-missing"),
    "a security group listed twice": (repeated("security_groups", 0), "rules-undeclared"),
    "a security group of nobody": (
        lambda plan: {
            "security_groups": (
                *plan.security_groups,
                plan.security_groups[0].model_copy(update={"workload": "ghost"}),
            )
        },
        "rules-undeclared",
    ),
    "an exposed port closed to IPv6": (rules_but(6, 443, "ingress"), "rules-missing"),
    "an exposed port closed to a zone": (rules_but(4, 9100, "ingress"), "rules-missing"),
    "a talk without its way out": (rules_but(4, 5432, "egress"), "rules-missing"),
    "a port open that nobody declared": (
        of_web_rules(lambda rules: (*rules, a_rule(port=22))),
        "rules-undeclared",
    ),
    "a declared port opened too wide": (
        of_web_rules(lambda rules: (*rules, a_rule(port=9100))),
        "rules-undeclared",
    ),
    "a declared port of another protocol": (
        of_web_rules(lambda rules: (*rules, a_rule(protocol=Protocol.UDP))),
        "rules-undeclared",
    ),
    "a component both placed and unplaced": (
        lambda plan: {"unplaced": (unplaced("archive", plan),)},
        "placed-and-unplaced",
    ),
    "an unplaced component without a reason for some pool": (
        lambda plan: without_store(plan, reasons=unplaced("archive", plan).reasons[1:]),
        "unplaced-unexplained",
    ),
    "an unplaced component without a summary": (
        lambda plan: without_store(plan, summary=""),
        "unplaced-unexplained",
    ),
    "an unplaced component that is not there": (
        lambda plan: {"unplaced": (unplaced("ghost", plan),)},
        "unplaced-unknown",
    ),
    "a reason for a pool that is not there": (
        lambda plan: without_store(
            plan,
            reasons=(
                *unplaced("archive", plan).reasons,
                Reason(pool="ghost", constraint="isa", message="no image"),
            ),
        ),
        "unplaced-unknown",
    ),
    "a component silently dropped": (lambda plan: without_store(plan) | {"unplaced": ()}, "missing"),
}


@pytest.mark.parametrize(("change", "codes"), CASES.values(), ids=CASES)
def test_a_false_claim_is_found(accepted: Plan, change: Change, codes: str) -> None:
    plan = accepted.model_copy(update=change(accepted)).sealed()

    found = {finding.code for finding in check(plan)}

    assert found == set(codes.split())


def test_a_plan_changed_after_it_was_sealed_is_found(accepted: Plan) -> None:
    plan = accepted.model_copy(update={"inputs_hash": "f" * 64})

    assert [finding.code for finding in check(plan)] == ["hash"]


def test_a_plan_that_was_never_sealed_is_found(accepted: Plan) -> None:
    plan = accepted.model_copy(update={"hash": ""})

    assert [finding.code for finding in check(plan)] == ["hash"]


def test_an_unplaced_component_with_every_reason_is_accepted(accepted: Plan) -> None:
    plan = accepted.model_copy(update=without_store(accepted)).sealed()

    assert check(plan) == ()
