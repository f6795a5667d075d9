"""Tells what every cloud does with our resources; twins and real clouds are held to the same stories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cmp.clouds.base import Cloud, FoundResource, Mark, Resource
from cmp.clouds.ensuring import ensure
from cmp.clouds.labels import mark_of
from cmp.errors import Conflict, Invalid
from stacks.provider.table import type_of
from stacks.provider.types import ResourceType, check, compare_told

FLOWS = [
    {"direction": "ingress", "protocol": "tcp", "port": 443, "prefix": "0.0.0.0/0", "why": "web"},
    {"direction": "ingress", "protocol": "tcp", "port": 443, "prefix": "::/0", "why": "web"},
    {"direction": "egress", "protocol": "udp", "port": 53, "port_end": 54, "prefix": "2001:db8::/64"},
    {"direction": "egress", "protocol": "icmpv6", "prefix": "2001:db8::/64"},
    {"direction": "egress", "protocol": "any", "prefix": "192.0.2.0/24"},
]


@dataclass
class Site:
    """A cloud to tell stories on; what is made is remembered, so that it can be tidied up."""

    cloud: Cloud
    kind: str
    zone: str = "zone-1"
    chip: str | None = None
    environment: str = "story"
    made: list[tuple[str, str]] = field(default_factory=list)

    def ensure(self, type_name: str, label: str, /, **given: Any) -> FoundResource:
        """Make a resource as the provider would, or take over the one that is there."""
        type_ = type_of(f"tricenter:{self.kind}:{type_name}")
        noun = self.cloud.noun(type_.noun)
        found = ensure(noun, self.wish(type_, given), self.mark(type_, label), told(type_))
        if (type_.noun, found.id) not in self.made:
            self.made.append((type_.noun, found.id))
        return found

    def wish(self, type_: ResourceType, given: dict[str, Any]) -> dict[str, Any]:
        """The normal form of a wish."""
        checked = check(type_, given)
        assert not checked.problems
        return checked.inputs

    def mark(self, type_: ResourceType, name: str) -> Mark:
        """The mark of a resource of this story."""
        return mark_of(f"urn:pulumi:story.one::stories::{type_.token}::{name}", self.environment)

    def listed(self) -> dict[tuple[str, str], Resource]:
        """What the cloud lists of this story, by kind and id."""
        ours = (item for item in self.cloud.list() if item.tags.get("environment") == self.environment)
        return {(item.kind, item.id): item for item in ours}

    def tidy(self) -> None:
        """Remove everything of this story, the last first."""
        for noun, ref in reversed(self.made):
            self.cloud.noun(noun).delete(ref)


def told(type_: ResourceType) -> Callable[[Any, Any], Any]:
    """How the provider compares what a cloud tells with a wish."""
    return lambda state, wish: compare_told(type_, state, wish)


def a_whole_site(site: Site) -> None:
    """Everything can be made, read back without a difference, found again, listed, and removed twice."""
    build = _openstack_site if site.kind == "openstack" else _aws_site
    first = build(site)
    again = build(site)

    assert [found.id for _, _, found in first] == [found.id for _, _, found in again]
    for type_name, given, found in first:
        type_ = type_of(f"tricenter:{site.kind}:{type_name}")
        read = site.cloud.noun(type_.noun).read(found.id)
        assert read is not None
        change = compare_told(type_, read.state, site.wish(type_, given))
        assert not change.updating | change.replacing, (type_name, read.state)
    assert set(site.listed()) == set(site.made)
    assert all(item.managed and item.tags["stack"] == "story.one" for item in site.listed().values())
    for noun, ref in reversed(site.made):
        site.cloud.noun(noun).delete(ref)
        assert site.cloud.noun(noun).read(ref) is None
        site.cloud.noun(noun).delete(ref)
    assert not site.listed()


def a_machine_has_an_address_in_each_family(site: Site) -> None:
    """A machine runs, and the list tells where, from what image and under which addresses."""
    built = (_openstack_site if site.kind == "openstack" else _aws_site)(site)
    type_name = "Server" if site.kind == "openstack" else "Instance"

    machine = next(found for name, _, found in built if name == type_name)
    facts = site.listed()[type_name.lower(), machine.id].facts

    assert machine.state["status"] in {"ACTIVE", "running"}
    assert len(machine.state["ipv4"]) == len(machine.state["ipv6"]) == 1
    assert facts["ipv6"] == tuple(machine.state["ipv6"])
    assert (facts["image"], facts["isa"], facts["stand_in"]) == ("web:2.4", "amd64", True)
    site.tidy()


def rules_are_exactly_the_declared_ones(site: Site) -> None:
    """Rules come and go in place; the cloud's defaults are not among them."""
    given = _group_wish(site)
    group = site.ensure("SecurityGroup", "group", **given, rules=FLOWS)
    fewer = site.ensure("SecurityGroup", "group", **given, rules=FLOWS[1:2])
    listed = site.listed()["security_group", group.id]

    assert fewer.id == group.id
    assert len(group.state["rules"]) == len(FLOWS)
    assert fewer.state["rules"] == FLOWS[1:2]
    assert listed.facts["rules"] == tuple(FLOWS[1:2])
    site.tidy()


def tags_change_in_place(site: Site) -> None:
    """Another tag is no other resource; a tag that is no longer wished goes."""
    type_name, given = _network_wish(site)
    network = site.ensure(type_name, "net", **given, tags={"plan": "one", "zone": "private"})
    again = site.ensure(type_name, "net", **given, tags={"plan": "two"})
    listed = site.listed()[site.made[0]]

    assert again.id == network.id
    assert again.state["tags"] == {"plan": "two"}
    assert listed.tags["plan"] == "two"
    assert "zone" not in listed.tags
    site.tidy()


def what_only_a_new_one_can_have_makes_a_new_one(site: Site) -> None:
    """A leftover that differs in its prefix is removed and made anew."""
    type_name, given = _network_wish(site)
    network = site.ensure(type_name, "net", **given)
    owner = {"network": network.id} if site.kind == "openstack" else {"vpc": network.id}
    before = site.ensure("Subnet", "part", name="part", cidr="10.64.0.0/24", **owner)
    after = site.ensure("Subnet", "part", name="part", cidr="10.64.1.0/24", **owner)

    assert after.id != before.id
    assert site.cloud.noun("subnet").read(before.id) is None
    site.tidy()


def what_is_in_use_stays(site: Site) -> None:
    """A network with a subnet is not removed; the sentence names cloud and call."""
    type_name, given = _network_wish(site)
    network = site.ensure(type_name, "net", **given)
    owner = {"network": network.id} if site.kind == "openstack" else {"vpc": network.id}
    site.ensure("Subnet", "part", name="part", cidr="10.64.0.0/24", **owner)
    if site.kind == "openstack":
        _use_the_network(site, network.id)

    with pytest.raises(Conflict, match=f"cloud {site.cloud.id}: delete "):
        site.cloud.noun(site.made[0][0]).delete(network.id)
    site.tidy()


def what_refers_to_nothing_is_refused(site: Site) -> None:
    """A subnet of a network that is not there is refused in words."""
    lost = "00000000-0000-4000-8000-000000000000" if site.kind == "openstack" else "vpc-00000000000000000"
    owner = {"network": lost} if site.kind == "openstack" else {"vpc": lost}

    with pytest.raises(Invalid, match=f"cloud {site.cloud.id}: "):
        site.ensure("Subnet", "part", name="part", cidr="10.64.0.0/24", **owner)


STORIES: tuple[Callable[[Site], None], ...] = (
    a_whole_site,
    a_machine_has_an_address_in_each_family,
    rules_are_exactly_the_declared_ones,
    tags_change_in_place,
    what_only_a_new_one_can_have_makes_a_new_one,
    what_is_in_use_stays,
    what_refers_to_nothing_is_refused,
)

Built = list[tuple[str, dict[str, Any], FoundResource]]


def _openstack_site(site: Site) -> Built:
    built: Built = []

    def make(type_name: str, /, **given: Any) -> str:
        name = f"{type_name} {given.get('cidr', '')}"
        built.append((type_name, given, site.ensure(type_name, name, **given)))
        return built[-1][2].id

    network = make("Network", name="story-net", tags={"zone": "private"})
    part4 = make("Subnet", name="story-4", network=network, cidr="10.64.0.0/24")
    part6 = make(
        "Subnet", name="story-6", network=network, cidr="3fff:100:a::/64", dns_servers=["2001:db8::1"]
    )
    make("Router", name="story-router", external_network="extranet", subnets=[part4, part6])
    group = make("SecurityGroup", name="story-group", rules=FLOWS)
    apart = make("ServerGroup", name="story-apart", policy="anti-affinity", max_per_host=1)
    flavor = make("Flavor", name="story-size", vcpus=0.5, memory_mib=256, disk_gib=1, **_chip(site))
    server = make(
        "Server",
        name="story-server",
        image="web:2.4",
        isa="amd64",
        flavor=flavor,
        network=network,
        subnets=[part4, part6],
        availability_zone=site.zone,
        server_group=apart,
        security_groups=[group],
        user_data="#cloud-config\n",
        tags={"workload": "story", "grade": "5"},
    )
    make("FloatingAddress", external_network="extranet", server=server)
    return built


def _aws_site(site: Site) -> Built:
    built: Built = []

    def make(type_name: str, /, **given: Any) -> str:
        built.append((type_name, given, site.ensure(type_name, type_name, **given)))
        return built[-1][2].id

    vpc = make("Vpc", name="story-vpc", cidr="10.70.0.0/16", tags={"zone": "internet"})
    part = make("Subnet", name="story-part", vpc=vpc, cidr="10.70.0.0/20", ipv6_index=3)
    make("InternetGateway", name="story-way", vpc=vpc)
    group = make("SecurityGroup", name="story-group", vpc=vpc, rules=FLOWS)
    make(
        "Instance",
        name="story-instance",
        image="web:2.4",
        isa="amd64",
        vcpus=1.5,
        memory_mib=4096,
        subnet=part,
        security_groups=[group],
        user_data="#cloud-config\n",
        tags={"workload": "story"},
    )
    return built


def _chip(site: Site) -> dict[str, str]:
    return {"chip": site.chip} if site.chip else {}


def _network_wish(site: Site) -> tuple[str, dict[str, Any]]:
    if site.kind == "openstack":
        return "Network", {"name": "story-net"}
    return "Vpc", {"name": "story-vpc", "cidr": "10.64.0.0/16"}


def _group_wish(site: Site) -> dict[str, Any]:
    if site.kind == "openstack":
        return {"name": "story-group"}
    vpc = site.ensure("Vpc", "net", name="story-vpc", cidr="10.64.0.0/16")
    return {"name": "story-group", "vpc": vpc.id}


def _use_the_network(site: Site, network: str) -> None:
    """OpenStack removes an empty subnet together with its network: a router's interface holds both."""
    part = next(ref for noun, ref in site.made if noun == "subnet")
    assert network
    site.ensure("Router", "router", name="story-router", subnets=[part])
