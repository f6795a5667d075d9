"""The address plan is linted in both families, and families are never mixed up."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from support.builders import a_network, a_private_network, an_address_plan, an_estate

from cmp.model.codes import Code
from cmp.model.finding import Severity
from cmp.model.network import Allocation, Network, Translation
from cmp.network.addresses.lint import lint_plan, lint_room
from cmp.network.addresses.space import inside, overlap


def codes(network: Network) -> list[Code]:
    return [finding.code for finding in lint_plan(network)]


def allocation(ipv4: str, ipv6: str, center: str = "bj-a", zone: str = "public") -> Allocation:
    return Allocation(center=center, zone=zone, ipv4=IPv4Network(ipv4), ipv6=IPv6Network(ipv6))


def test_the_usual_plan_is_clean() -> None:
    assert codes(a_network()) == []


@pytest.mark.parametrize(
    "supernet", ["127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/8", "0.0.0.0/0"]
)
def test_an_ipv4_range_without_hosts_is_refused(supernet: str) -> None:
    assert Code.ADDRESS_RANGE in codes(a_network(address_plan=an_address_plan(supernet=supernet)))


@pytest.mark.parametrize("prefix", ["ff00::/16", "fe80::/32", "::/32", "::ffff:0:0/96", "64:ff9b::/96"])
def test_an_ipv6_range_without_hosts_is_refused(prefix: str) -> None:
    assert Code.ADDRESS_RANGE in codes(a_network(address_plan=an_address_plan(prefix=prefix)))


@pytest.mark.parametrize("supernet", ["10.0.0.0/12", "100.64.0.0/12", "198.51.100.0/12", "192.0.2.0/24"])
def test_private_shared_and_documentation_ranges_are_usable(supernet: str) -> None:
    plan = an_address_plan(
        supernet=str(ip_network(supernet, strict=False)), v4={"site_length": 28, "subnet_length": 30}
    )

    assert codes(a_network(address_plan=plan)) == []


def test_allocations_that_overlap_in_one_family_only_are_found_in_that_one() -> None:
    network = a_network(
        allocations=(
            allocation("10.64.0.0/16", "3fff:100:1::/48"),
            allocation("10.64.0.0/16", "3fff:100:2::/48", zone="private"),
        )
    )

    [finding] = lint_plan(network)

    assert finding.code is Code.OVERLAP
    assert finding.path == ("allocations", 1, "ipv4")


def test_an_allocation_outside_the_plan_is_found_in_each_family() -> None:
    network = a_network(allocations=(allocation("192.168.0.0/16", "2001:db8::/48"),))

    assert [finding.path[-1] for finding in lint_plan(network)] == ["ipv4", "ipv6"]


def test_old_networks_that_overlap_are_a_note() -> None:
    rescue = a_private_network("rescue-net", ipv4=ip_network("192.168.40.0/22"))
    office = a_private_network("office-net", ipv4=ip_network("192.168.42.0/23"))
    inner = a_private_network("inner-net", ipv4=ip_network("10.70.0.0/24"))

    findings = list(lint_plan(a_network(private_networks=(rescue, office, inner))))

    assert [finding.severity for finding in findings] == [Severity.NOTE, Severity.NOTE]
    assert "`rescue-net`" in findings[0].message
    assert "the address plan" in findings[1].message


def test_a_plan_must_have_room_for_every_center_and_zone() -> None:
    tight = a_network(address_plan=an_address_plan(supernet="10.64.0.0/13"))

    [finding] = lint_room(tight, an_estate())

    assert finding.code is Code.PLAN_TOO_SMALL
    assert "9 pairs" in finding.message
    assert list(lint_room(a_network(), an_estate())) == []


def test_families_share_no_addresses() -> None:
    everything = ip_network("0.0.0.0/0"), ip_network("::/0")

    assert not overlap(*everything)
    assert not inside(*everything)
    assert not inside(*reversed(everything))


def test_a_translator_stands_for_nobodys_site() -> None:
    network = a_network(
        allocations=(allocation("10.64.0.0/16", "3fff:100:1::/48"),),
        translation=Translation(prefix=IPv6Network("3fff:100:1:64::/96"), pool=IPv4Network("10.64.9.0/24")),
    )

    findings = list(lint_plan(network))

    assert [finding.path[-1] for finding in findings] == ["pool", "prefix"]
    assert {finding.code for finding in findings} == {Code.OVERLAP}
