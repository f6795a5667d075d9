"""Writes what the new edge of a network has to change, in the languages of several makers of routers."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv6Interface
from typing import Final

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.migration import Segment
from cmp.model.network import EdgeRouter
from cmp.model.references import EnvironmentRef
from cmp.model.router_texts import RouterText, RouterTexts
from cmp.network.routers import comware, frr, vrp
from cmp.network.routers.change import Advertisement, Port, Renderer, RouterChange
from cmp.sentences import Sentence
from cmp.services.migrating.planning import network_of

FRR: Final = "frr"
LANGUAGES: Final[Mapping[str, tuple[str, Renderer]]] = {
    FRR: ("FRR (vtysh)", frr),
    "vrp": ("Huawei VRP", vrp),
    "comware": ("H3C Comware 7", comware),
}

UNDECLARED: Final = (
    "how the extranet learns of the new prefixes is not declared: add the protocol that is spoken there",
    "the new prefix is advertised without the autonomous flag: hosts are given their addresses",
)


def router_texts(means: Means, ref: EnvironmentRef, network: str) -> RouterTexts:
    """What the new edge of a network adds, and the way back, in every language; no router is asked.

    Its interface to the hosts gets the gateways' new addresses beside those that it has, advertises the new
    prefix, and drops foreign sources where the network's edge is declared to (BCP 38).

    Raises:
        Invalid: the environment is wrong, has no such network, or names no router for its edge.
        NothingFits: the address plan has no room left.
    """
    found = network_of(ref, means.ports, network)
    router = found.private.edge.router
    if router is None:
        raise Invalid(
            Sentence("network.yaml names no router for the edge of {network}", network=network),
            hint="name it and the interface that leads to the hosts under `edge.router`",
        )
    change = edge_change(router, found.segment, filters_sources=found.private.edge.filters_sources)
    return RouterTexts(
        environment=found.environment.name,
        network=network,
        router=router.name,
        interface=router.interface,
        texts=tuple(_text(maker, change) for maker in LANGUAGES),
        notes=UNDECLARED,
    )


def edge_change(router: EdgeRouter, segment: Segment, *, filters_sources: bool) -> RouterChange:
    """What an edge adds for a segment, without a word of any maker's language."""
    gateways = (
        IPv4Interface((segment.ipv4_gateway, segment.ipv4.prefixlen)),
        IPv6Interface((segment.ipv6_gateway, segment.ipv6.prefixlen)),
    )
    sources = (segment.old, segment.ipv4, segment.ipv6) if filters_sources else ()
    port = Port(router.interface, gateways, advertisement=Advertisement(segment.ipv6), sources=sources)
    return RouterChange(router.name, ports=(port,))


def _text(maker: str, change: RouterChange) -> RouterText:
    title, language = LANGUAGES[maker]
    filtered = maker == FRR and any(port.sources for port in change.ports)
    return RouterText(
        maker=maker,
        title=title,
        tried=maker == FRR,
        forward=language.render(change),
        back=language.render_back(change),
        sources=frr.source_table(change) if filtered else "",
    )
