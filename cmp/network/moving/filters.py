"""Says what the new edge lets through: the policy of the zone, and what the move itself needs.

The edge loads it before any host has a new address (RFC 4192 section 2.3): what no term names is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network

from cmp.model.migration import HostMove, MigrationPlan, Strategy
from cmp.model.network import EdgeRouter, Network, Prefix, PrivateNetwork
from cmp.network.filters.atlas import Pair
from cmp.network.filters.icmp import echoes
from cmp.network.filters.nftables import Border
from cmp.network.filters.terms import Endpoint, Policy, Ports, Term, Verdict, place
from cmp.network.filters.twins import compare_families
from cmp.network.filters.zones import Surroundings, behind_edge, host_place, own_place, pairs, zone_policy

IPV4, IPV6 = 4, 6


def edge_policy(plan: MigrationPlan, private: PrivateNetwork, around: Surroundings) -> Policy:
    """What passes the new edge: the policy of the zone, the witnesses, administration, and NAT64's pool."""
    own = own_place(plan)
    administration = place("administration", private.administered_from)
    zone = zone_policy(plan, replace(around, administration=private.administered_from))
    terms = (
        *_witnessed(plan, own),
        *zone.terms,
        *(echoes(administration, own, "administration looks who answers") if administration.prefixes else ()),
    )
    return Policy(plan.network, terms)


def with_pool(policy: Policy, plan: MigrationPlan) -> Policy:
    """The policy that lets in what a translator which keeps zones apart sends to hosts without IPv6."""
    return replace(policy, terms=(*policy.terms, *_translated(plan)))


def grouped(policy: Policy) -> Policy:
    """The same policy with one term for all hosts that offer a service alike: an edge tries rules in turn.

    Where every term accepts and the rest is dropped, their order decides nothing.
    """
    if any(term.verdict is not Verdict.ACCEPT for term in policy.terms):
        return policy
    found: dict[object, list[Term]] = defaultdict(list)
    sources = _numbered(term.source for term in policy.terms)
    for index, term in enumerate(policy.terms):
        alike = (sources[id(term.source)], term.protocol, term.ports, term.owner) if term.ports else index
        found[alike].append(term)
    return replace(policy, terms=tuple(_joined(terms) for terms in found.values()))


def without_twin(plan: MigrationPlan, private: PrivateNetwork, around: Surroundings) -> list[str]:
    """A sentence for each term whose flows get another verdict in the other family.

    One host of each type is tried: the terms of the others differ in the address alone.
    """
    typical = _typical(plan)
    known = (*pairs(typical, around), *_paired(_prefixes(plan)), *_paired(private.administered_from))
    found = compare_families(edge_policy(typical, private, around), known)
    return [f"{each.term}: {each.why} {each.flow}".strip() for each in found.missing]


def border(plan: MigrationPlan, router: EdgeRouter) -> Border:
    """The two sides of the new edge."""
    owners: dict[str, list[Prefix]] = defaultdict(list)
    for move in plan.moves:
        if move.owner:
            owners[move.owner] += host_place(move, plan.translation).prefixes
    return Border(
        lan=router.interface,
        uplink=router.uplink,
        own=(plan.segment.ipv4, plan.segment.ipv6),
        owners={owner: tuple(prefixes) for owner, prefixes in owners.items()},
        behind=behind_edge(plan),
    )


def notes(plan: MigrationPlan, private: PrivateNetwork, network: Network) -> Iterator[str]:
    """What the filters leave to people."""
    zone = network.zone(private.target.zone)
    if private.edge.router is None:
        if zone is None or zone.isolated:
            yield "no edge is named: the zone's filters have to be loaded by hand"
        return
    lacking = [move.host for move in plan.moves if move.strategy is not Strategy.DUAL_STACK]
    if lacking and plan.translation and not plan.translation.keeps_zones:
        yield (
            f"{', '.join(lacking)} are not reached by NAT64 until the translator keeps zones apart"
            f" (`translation.keeps_zones`): the edge drops what comes from {plan.translation.pool}"
        )


def _numbered(places: Iterable[Endpoint]) -> Mapping[int, int]:
    """A number for each place by its id(), the same for equal ones.

    A place may hold every host of a network, and thousands of terms share it: it is compared once.
    """
    numbers: dict[Endpoint, int] = {}
    shared = {id(each): each for each in places}
    return {key: numbers.setdefault(each, len(numbers)) for key, each in shared.items()}


def _joined(terms: Sequence[Term]) -> Term:
    first, *others = terms
    if not others:
        return first
    targets = place(f"{len(terms)} hosts", [prefix for term in terms for prefix in term.target.prefixes])
    return replace(first, target=targets, purpose=f"{first.purpose}, and {len(others)} more")


def _typical(plan: MigrationPlan) -> MigrationPlan:
    """The plan with the first host of each strategy, services and port of administration."""
    found: dict[object, HostMove] = {}
    for move in plan.moves:
        port = move.ssh.port if move.ssh else None
        found.setdefault((move.strategy, move.kind.is_managed, move.services, port), move)
    return plan.model_copy(update={"moves": tuple(found.values())})


def _witnessed(plan: MigrationPlan, own: Endpoint) -> Iterator[Term]:
    witnesses = place("the witnesses of the move", _prefixes(plan))
    for source, target in ((witnesses, own), (own, witnesses)):
        yield Term(Verdict.ACCEPT, source, target, purpose="the witnesses of the move")


def _prefixes(plan: MigrationPlan) -> tuple[Prefix, ...]:
    return tuple(ip_network(witness) for witness in plan.witnesses)


def _translated(plan: MigrationPlan) -> Iterator[Term]:
    if plan.translation is None or not plan.translation.keeps_zones:
        return
    pool = Endpoint("the pool of NAT64", (plan.translation.pool,))
    for move in plan.moves:
        for service in move.services if move.strategy is not Strategy.DUAL_STACK else ():
            yield Term(
                Verdict.ACCEPT,
                pool,
                host_place(move, plan.translation),
                service.protocol,
                (Ports(service.port, service.port),),
                purpose=f"{move.host} offers {service.name or service.port} by NAT64",
                owner=move.owner,
            )


def _paired(prefixes: Iterable[Prefix]) -> Iterator[Pair]:
    """The prefixes of both families in order; where one has more, the other's last stands for the rest."""
    kept = list(prefixes)
    ipv4 = [prefix for prefix in kept if prefix.version == IPV4]
    ipv6 = [prefix for prefix in kept if prefix.version == IPV6]
    for index in range(max(len(ipv4), len(ipv6)) if ipv4 and ipv6 else 0):
        yield Pair(_at(ipv4, index), _at(ipv6, index))


def _at(prefixes: Sequence[Prefix], index: int) -> Prefix:
    return prefixes[min(index, len(prefixes) - 1)]
