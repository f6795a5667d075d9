"""Tells what hosts of every cloud do; the twin and real clouds are held to the same stories."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.cloud_stories import Site

from cmp.clouds.hosts import Host, Hosts, MigrationPhase
from cmp.errors import Conflict, Invalid

REASON = "tricenter story"


def a_server_goes_there_and_back(site: Site) -> None:
    """A server moves to the host that is named, moving it again changes nothing, and it comes back."""
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, site.zone)
    source, to = (first, second) if stands(hosts, server) == first else (second, first)
    told: list[str] = []

    hosts.move(server, to, tell=told.append)
    hosts.move(server, to)
    moved = hosts.migration(server)

    assert stands(hosts, server) == to
    assert [guest.id for guest in hosts.read(to).guests] == [server]
    assert hosts.read(source).guests == ()
    assert moved is not None
    assert (moved.source, moved.to, moved.phase) == (source, to, MigrationPhase.DONE)
    assert told
    hosts.move(server, source)
    assert stands(hosts, server) == source
    site.tidy()


def a_stopped_move_leads_there_too(site: Site) -> None:
    """A server that is not to run while it moves arrives as well."""
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, site.zone)
    source = stands(hosts, server)

    hosts.move(server, second if source == first else first, live=False)

    assert stands(hosts, server) != source
    site.tidy()


def a_host_that_is_off_takes_nothing(site: Site) -> None:
    """A host is switched off for a reason, twice; it takes no server until it is switched on, twice."""
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, site.zone)
    other = second if stands(hosts, server) == first else first

    for _ in range(2):
        hosts.switch(other, on=False, reason=REASON)
    off = hosts.read(other)
    with pytest.raises(Conflict, match=f"host {other} is switched off: {REASON}"):
        hosts.move(server, other)
    for _ in range(2):
        hosts.switch(other, on=True)

    assert (off.enabled, off.reason, off.up) == (False, REASON, True)
    assert host(hosts, other) == Host(other, site.zone)
    assert stands(hosts, server) != other
    site.tidy()


def the_list_tells_whose_a_server_is(site: Site) -> None:
    """Each host is listed with its pool and its guests, each guest with our tags."""
    hosts, server = hosts_of(site), a_server(site)
    listed = {each.name: each for each in hosts.list()}
    guest = next(guest for each in listed.values() for guest in each.guests if guest.id == server)

    assert guest == hosts.guest(server)
    assert (guest.name, guest.settled, guest.tags["workload"]) == ("story-v", True, "story")
    assert guest.tags["environment"] == site.environment
    assert listed[guest.host].zone == site.zone
    site.tidy()
    assert hosts.guest(server) is None


def what_is_not_there_is_refused(site: Site) -> None:
    """No such host, no such server: the sentence names cloud and call."""
    hosts, server = hosts_of(site), a_server(site)

    with pytest.raises(Invalid, match=f"cloud {site.cloud.id}: move server .* there is no host nowhere-1"):
        hosts.move(server, "nowhere-1")
    with pytest.raises(Invalid, match="there is no host nowhere-1"):
        hosts.switch("nowhere-1", on=False, reason=REASON)
    with pytest.raises(Invalid, match="is gone"):
        hosts.move("00000000-0000-4000-8000-000000000000", names_in(hosts, site.zone)[0])
    site.tidy()


HOST_STORIES: tuple[Callable[[Site], None], ...] = (
    a_server_goes_there_and_back,
    a_stopped_move_leads_there_too,
    a_host_that_is_off_takes_nothing,
    the_list_tells_whose_a_server_is,
    what_is_not_there_is_refused,
)


def hosts_of(site: Site) -> Hosts:
    """The hosts of the site's cloud."""
    assert site.cloud.hosts is not None
    return site.cloud.hosts


def names_in(hosts: Hosts, zone: str) -> tuple[str, str]:
    """The names of the first two hosts of a pool."""
    first, second, *_ = [each.name for each in hosts.list() if each.zone == zone]
    return first, second


def stands(hosts: Hosts, server: str) -> str:
    """The host that a server stands on; it is settled there."""
    guest = hosts.guest(server)
    assert guest is not None
    assert guest.settled
    return guest.host


def host(hosts: Hosts, name: str) -> Host:
    """One host as it is listed."""
    return next(each for each in hosts.list() if each.name == name)


def a_server(site: Site) -> str:
    """A small server in the site's pool."""
    network = site.ensure("Network", "n", name="story-n")
    part = site.ensure("Subnet", "s", name="story-s", network=network.id, cidr="10.64.9.0/24")
    group = site.ensure("SecurityGroup", "g", name="story-g")
    chip = {"chip": site.chip} if site.chip else {}
    flavor = site.ensure("Flavor", "f", name="story-f", vcpus=1, memory_mib=64, disk_gib=0, **chip)
    server = site.ensure(
        "Server",
        "v",
        name="story-v",
        image="web:2.4",
        isa="amd64",
        flavor=flavor.id,
        network=network.id,
        subnets=[part.id],
        availability_zone=site.zone,
        security_groups=[group.id],
        tags={"workload": "story"},
    )
    return server.id
