"""Compares what a Plan wants to be there with what the clouds list, and says what each difference breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from cmp.clouds.base import Resource
from cmp.clouds.labels import chip_trait
from cmp.model.estate import CloudKind, Isa
from cmp.model.plan import Plan
from cmp.services.verifying.differences import Consequence, Difference
from cmp.services.verifying.expectation import (
    Expectation,
    ExpectedGroup,
    ExpectedNetwork,
    ExpectedServer,
    Flow,
    expectation,
)
from cmp.services.verifying.objects import compare_objects, row_path
from cmp.services.verifying.unplanned import SERVERS, unplanned
from stacks.objects.cluster_rows import rows_of
from stacks.programs.rows import NOTHING, clusters_of

PROMISES = 3
"""From this recovery grade on a missing server breaks a promise."""

ARCHITECTURE = {Isa.AMD64: "x86_64", Isa.ARM64: "arm64"}
"""The names AWS-compatible clouds have for instruction sets."""

HIDDEN = "not visible to this account"


@dataclass(frozen=True, slots=True)
class Listing:
    """What the clouds list, ready to be looked up by cloud, kind and name."""

    plan: Plan
    resources: Sequence[Resource]

    def ours(self, cloud: str, kinds: Iterable[str]) -> Mapping[str, list[Resource]]:
        """The environment's own resources of these kinds in a cloud, by name."""
        wanted, found = set(kinds), dict[str, list[Resource]]()
        for resource in self.resources:
            if resource.cloud == cloud and resource.kind in wanted and self.is_ours(resource):
                found.setdefault(resource.name, []).append(resource)
        return found

    def is_ours(self, resource: Resource) -> bool:
        """True for a resource that carries the marks of this environment."""
        return resource.managed and resource.tags.get("environment") == self.plan.environment.name

    @property
    def everything_of_ours(self) -> Sequence[Resource]:
        """What carries the marks of this environment, in all clouds."""
        return [resource for resource in self.resources if self.is_ours(resource)]

    def by_id(self, cloud: str) -> Mapping[str, Resource]:
        """All resources of a cloud by id."""
        return {resource.id: resource for resource in self.resources if resource.cloud == cloud}


def compare(
    plan: Plan,
    resources: Sequence[Resource],
    known: frozenset[str],
    left_out: frozenset[CloudKind] = NOTHING,
) -> tuple[Difference, ...]:
    """List every difference between a Plan and what the clouds list, in a fixed order: two writers first.

    `known` are the keys (tag `urn`) of all resources the stacks hold: what carries our marks and is neither
    expected nor known is unplanned, and so is what runs without being expected. Clouds of kinds that are
    `left_out` are not judged.
    """
    listing = Listing(plan, resources)
    wanted = expectation(plan)
    differences = [
        *_compare_servers(listing, wanted.servers),
        *_compare_groups(listing, wanted.groups),
        *_compare_networks(listing, wanted.networks),
        *compare_objects(plan, tuple(resources), left_out),
        *unplanned(plan, listing.everything_of_ours, _running(plan, wanted), known, left_out),
    ]
    return tuple(sorted(differences, key=_order))


def _running(plan: Plan, wanted: Expectation) -> frozenset[tuple[str, str]]:
    """The servers and sets that a Plan runs, by cloud and name."""
    servers = {(each.cloud, each.name) for each in wanted.servers}
    sets = {(cloud, row_path(row)) for cloud in clusters_of(plan) for row in rows_of(plan, cloud)}
    return frozenset(servers | sets)


def _order(each: Difference) -> tuple[bool, str, str, str, str]:
    """Data that two write first, since every minute makes it worse."""
    return each.consequence is not Consequence.DATA, each.cloud, each.kind, each.resource, each.field


def unowned_servers(plan: Plan, resources: Sequence[Resource]) -> tuple[Difference, ...]:
    """List servers that carry nobody's marks: somebody made them by hand."""
    clouds = {cloud.id for cloud in plan.environment.estate.clouds}
    return tuple(
        Difference(r.cloud, r.kind, r.name, "owner", "-", "no marks of ours", Consequence.SECURITY)
        for r in resources
        if r.cloud in clouds and r.kind in SERVERS and not r.managed
    )


def _compare_servers(listing: Listing, servers: Sequence[ExpectedServer]) -> Iterator[Difference]:
    for cloud in sorted({server.cloud for server in servers}):
        found, everything = listing.ours(cloud, SERVERS), listing.by_id(cloud)
        for server in (server for server in servers if server.cloud == cloud):
            real = found.get(server.name, [])
            yield from _one_server(server, real, everything, listing.plan.hash)


def _one_server(
    server: ExpectedServer, real: Sequence[Resource], everything: Mapping[str, Resource], plan_hash: str
) -> Iterator[Difference]:
    breaks = Consequence.RECOVERY if server.grade >= PROMISES else Consequence.SERVICE
    if not real:
        yield Difference(server.cloud, "server", server.name, "presence", "there", "missing", breaks)
        return
    if len(real) > 1:
        yield Difference(
            server.cloud, real[0].kind, server.name, "count", "1", str(len(real)), Consequence.COST
        )
    for name, declared, observed in _server_facts(server, real[0], everything, plan_hash):
        harm = {"plan": Consequence.HARMLESS, "security group": Consequence.SECURITY}.get(name, breaks)
        if declared != observed:
            yield Difference(server.cloud, real[0].kind, server.name, name, declared, observed, harm)


def _server_facts(
    server: ExpectedServer, real: Resource, everything: Mapping[str, Resource], plan_hash: str
) -> Iterator[tuple[str, str, str]]:
    """Yield (field, declared, observed) for everything a server's own cloud tells about it."""
    facts, row = real.facts, server.placement
    if real.kind == "server":
        trait = chip_trait(row.chip)
        traits = facts.get("traits")
        yield "status", "ACTIVE", _told(facts, "status")
        yield "availability zone", row.pool, _told(facts, "zone")
        yield (
            "chip trait",
            trait,
            HIDDEN if traits is None else trait if trait in traits else "not on its host",
        )
        prefix6 = server.network.ipv6
    else:
        yield "status", "running", _told(facts, "status")
        yield "architecture", ARCHITECTURE.get(row.isa, row.isa.value), _told(facts, "architecture")
        prefix6 = _provided_prefix(facts, everything) or server.network.ipv6
    yield "IPv4 address", f"in {server.network.ipv4}", _inside(facts.get("ipv4", ()), server.network.ipv4)
    yield "IPv6 address", f"in {prefix6}", _inside(facts.get("ipv6", ()), prefix6)
    groups = sorted(
        everything[group].name for group in facts.get("security_groups", ()) if group in everything
    )
    yield "security group", server.group, ", ".join(groups)
    yield "plan", plan_hash, real.tags.get("plan", "-")


def _provided_prefix(facts: Mapping[str, Any], everything: Mapping[str, Resource]) -> IPv6Network | None:
    """The IPv6 prefix that the cloud itself gave to the subnet of an instance."""
    subnet = everything.get(str(facts.get("subnet", "")))
    text = subnet.facts.get("ipv6_cidr") if subnet else None
    return IPv6Network(text) if text else None


def _told(facts: Mapping[str, Any], name: str) -> str:
    return str(facts.get(name, HIDDEN))


def _inside(addresses: Iterable[str], prefix: Any) -> str:
    """Say `in <prefix>` when one of the addresses lies in it, else what there is."""
    parsed: list[IPv4Address | IPv6Address] = [ip_address(text) for text in addresses]
    if any(address.version == prefix.version and address in prefix for address in parsed):
        return f"in {prefix}"
    return ", ".join(map(str, parsed)) or "none"


def _compare_groups(listing: Listing, groups: Sequence[ExpectedGroup]) -> Iterator[Difference]:
    for group in groups:
        real = listing.ours(group.cloud, {"security_group"}).get(group.name, [])
        if not real:
            yield Difference(
                group.cloud, "security_group", group.name, "presence", "there", "missing", Consequence.SERVICE
            )
            continue
        observed = _flows(real[0])
        for flow in sorted(group.flows - observed):
            yield Difference(
                group.cloud,
                "security_group",
                group.name,
                "rule",
                _spoken(flow),
                "missing",
                Consequence.SERVICE,
            )
        for flow in sorted(observed - group.flows):
            yield Difference(
                group.cloud, "security_group", group.name, "rule", "-", _spoken(flow), Consequence.SECURITY
            )


def _flows(group: Resource) -> frozenset[Flow]:
    return frozenset(
        (rule["direction"], rule["protocol"], rule.get("port") or 0, str(ip_network(rule["prefix"])))
        for rule in group.facts.get("rules", ())
    )


def _spoken(flow: Flow) -> str:
    direction, protocol, port, prefix = flow
    return f"{direction} {protocol}/{port} {'from' if direction == 'ingress' else 'to'} {prefix}"


def _compare_networks(listing: Listing, networks: Sequence[ExpectedNetwork]) -> Iterator[Difference]:
    for network in networks:
        everything = listing.by_id(network.cloud)
        real = listing.ours(network.cloud, {"network", "subnet"}).get(network.name, [])
        if not real:
            yield Difference(
                network.cloud, "network", network.name, "presence", "there", "missing", Consequence.SERVICE
            )
            continue
        found = _prefixes(real[0], everything)
        wanted = {str(network.ipv4)} if real[0].kind == "subnet" else {str(network.ipv4), str(network.ipv6)}
        for prefix in sorted(wanted - found):
            yield Difference(
                network.cloud, "subnet", network.name, "prefix", prefix, "missing", Consequence.SERVICE
            )


def _prefixes(network: Resource, everything: Mapping[str, Resource]) -> set[str]:
    """The prefixes of a network's subnets; a cloud without networks lists subnets themselves."""
    if network.kind == "subnet":
        return {str(network.facts.get("cidr", ""))}
    return {
        str(everything[subnet].facts.get("cidr", ""))
        for subnet in network.facts.get("subnets", ())
        if subnet in everything
    }
