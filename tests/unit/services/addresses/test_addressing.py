"""What clouds are given is kept in address management, once, and everybody keeps clear of it."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from pathlib import Path

import pytest
from support.address_stores import a_holding
from support.builders import (
    a_host_list,
    a_network,
    a_network_host,
    a_plan,
    a_private_network,
    a_zone_network,
    an_environment,
)

from cmp.model.addresses import HoldingKind, Labels, Region, Request
from cmp.model.network import Target
from cmp.model.plan import Plan, ZoneNetwork
from cmp.model.sealing import canonical
from cmp.network.addresses.allocation import allocate
from cmp.network.addresses.renumbering import renumber, segments_of
from cmp.ports.addresses import AddressChange
from cmp.services.addresses import addressing
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.file_ports import file_ports


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def a_given_plan(*networks: ZoneNetwork) -> Plan:
    environment = an_environment()
    return a_plan(environment=environment, networks=networks or allocate(environment, {}))


def test_nothing_was_given_at_first_and_no_database_is_made(layout: Layout) -> None:
    assert addressing.given("test", file_ports(layout)) == addressing.Given()
    assert not layout.ipam.exists()


def test_what_a_plan_gives_is_what_the_next_one_finds(layout: Layout) -> None:
    plan = a_given_plan()

    addressing.keep(plan, file_ports(layout))

    known = addressing.given(plan.environment.name, file_ports(layout))
    assert sorted(known.networks, key=str) == sorted(plan.networks, key=str)
    assert known.others == ()
    assert addressing.allocated(plan.environment, file_ports(layout)) == plan.networks


def test_keeping_the_same_plan_again_writes_nothing(layout: Layout) -> None:
    plan = a_given_plan()
    addressing.keep(plan, file_ports(layout))
    with file_ports(layout).addresses.opened() as store:
        before = store.holdings()

    addressing.keep(plan, file_ports(layout))

    with file_ports(layout).addresses.opened() as store:
        assert store.holdings() == before


def test_what_a_plan_drops_is_free_again_unless_somebody_lives_there(layout: Layout) -> None:
    plan = a_given_plan()
    first, second, *rest = plan.networks
    addressing.keep(plan, file_ports(layout))
    name = plan.environment.name
    with file_ports(layout).addresses.opened() as store:
        store.allocate(Request(region=name, name="mail-1", within=first.ipv4))

    addressing.keep(a_given_plan(*rest), file_ports(layout))

    known = addressing.given(name, file_ports(layout))
    held = {network.ipv4 for network in known.networks}
    assert second.ipv4 not in held
    assert first.ipv4 in known.others


def test_allocations_of_an_older_version_are_taken_over_once(layout: Layout) -> None:
    plan = a_given_plan()
    name = plan.environment.name
    moved = a_zone_network(plan.networks[0].cloud, plan.networks[0].zone)
    file = layout.allocation(name)
    file.parent.mkdir()
    file.write_bytes(canonical([network.model_dump(mode="json") for network in (moved,)]))

    assert addressing.given(name, file_ports(layout)).networks == (moved,)
    assert plans.remembered_networks(file) == (moved,)
    addressing.keep(a_given_plan(), file_ports(layout))

    assert moved not in addressing.given(name, file_ports(layout)).networks or moved in plan.networks


def test_who_only_looks_writes_nothing_and_a_region_of_people_hides_nothing(layout: Layout) -> None:
    old = a_given_plan().networks[0]
    name = an_environment().name
    file = layout.allocation(name)
    file.parent.mkdir()
    file.write_bytes(canonical([old.model_dump(mode="json")]))
    ports = file_ports(layout)

    assert addressing.given(name, ports).networks == (old,)
    assert ports.addresses.is_empty()
    with ports.addresses.opened() as store:
        store.change(AddressChange(regions=(Region(name=name),)))
        seen = store.holdings()

    assert addressing.given(name, ports).networks == (old,)
    with ports.addresses.opened() as store:
        assert store.holdings() == seen
    addressing.keep(a_given_plan(), ports)
    assert old in addressing.given(name, ports).networks


def test_new_subnets_keep_clear_of_what_others_hold(layout: Layout) -> None:
    plan = a_given_plan()
    name = plan.environment.name
    addressing.keep(a_given_plan(*plan.networks[1:]), file_ports(layout))
    theirs = a_holding("theirs", str(plan.networks[0].ipv4), region=name)
    with file_ports(layout).addresses.opened() as store:
        store.change(AddressChange(added=(theirs,)))

    again = addressing.allocated(plan.environment, file_ports(layout))

    assert plan.networks[1:] == again[1:]
    assert not again[0].ipv4.overlaps(IPv4Network(str(theirs.prefix)))


def test_a_subnet_that_is_a_whole_site_is_kept_too(layout: Layout) -> None:
    network = a_zone_network(ipv4=ip_network("10.64.0.0/16"), ipv6=ip_network("3fff:100::/48"))

    addressing.keep(a_given_plan(network), file_ports(layout))

    assert addressing.given(an_environment().name, file_ports(layout)).networks == (network,)


def test_a_moved_network_is_written_down_with_its_hosts(layout: Layout) -> None:
    plan = a_given_plan()
    addressing.keep(plan, file_ports(layout))
    private = a_private_network("office-net", target=Target(zone="public", center="bj-a"))
    hosts = (a_network_host("mail-1", "192.0.2.10/24"),)
    network = a_network(private_networks=(private,))
    environment = an_environment(network=network, hosts={"office-net": a_host_list(*hosts)})
    taken = [prefix for each in plan.networks for prefix in (each.ipv4, each.ipv6)]
    segment = segments_of(environment, taken, until=private.id)[private.id]

    addressing.keep_moved(
        plan.environment.name, "office-net", segment, renumber(segment, hosts), file_ports(layout)
    )

    with file_ports(layout).addresses.opened() as store:
        held = [each for each in store.holdings() if each.labels.purpose == addressing.MOVED]
    assert {each.kind for each in held} == {HoldingKind.PREFIX, HoldingKind.ADDRESS}
    assert {each.labels for each in held} == {Labels(purpose=addressing.MOVED, owner="office-net")}
    assert segment.ipv4 not in addressing.given(plan.environment.name, file_ports(layout)).others
