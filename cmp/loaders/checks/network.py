"""Checks network.yaml against the estate: zones that are served, targets of moves, traffic classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cmp.loaders.checks.names import Known, declared, unique
from cmp.loaders.hints import did_you_mean
from cmp.model.codes import Code
from cmp.model.estate import Estate
from cmp.model.finding import Finding
from cmp.model.network import Network, PrivateNetwork, Secrecy
from cmp.network.classes.checking import check_code_points
from cmp.network.classes.dscp import CODE_POINTS
from cmp.sentences import Sentence

NETWORK: Final = "network"


def check_network(network: Network) -> Iterator[Finding]:
    """Everything that network.yaml alone can have wrong, addresses aside."""
    yield from declared(NETWORK, "zones", network.zones)
    yield from unique(NETWORK, ("zones",), network.zones, "zone")
    yield from unique(NETWORK, ("private_networks",), network.private_networks, "private network")
    yield from unique(NETWORK, ("traffic_classes",), network.traffic_classes, "traffic class")
    zones = Known("zone", [zone.id for zone in network.zones])
    for index, allocation in enumerate(network.allocations):
        yield from zones.refer(NETWORK, ("allocations", index, "zone"), allocation.zone)
    for index, private in enumerate(network.private_networks):
        yield from zones.refer(NETWORK, ("private_networks", index, "target", "zone"), private.target.zone)
        yield from _secrecy(index, private)
    yield from _traffic(network)
    yield from check_code_points(network.traffic_classes)


def _secrecy(index: int, private: PrivateNetwork) -> Iterator[Finding]:
    if private.secrecy is Secrecy.STATE_SECRET:
        message = Sentence(
            "`{id}` is a classified network: it is never connected to the extranet", id=private.id
        )
        hint = "take it out: this product manages non-classified systems only"
        path = ("private_networks", index, "secrecy")
        yield Finding(NETWORK, path, Code.STATE_SECRET, message, hint)


def _traffic(network: Network) -> Iterator[Finding]:
    for index, traffic in enumerate(network.traffic_classes):
        path = ("traffic_classes", index)
        if traffic.dscp not in CODE_POINTS:
            message = Sentence("`{dscp}` is no DSCP name", dscp=traffic.dscp)
            hint = did_you_mean(traffic.dscp, CODE_POINTS) or "such as ef, af41, cs6 or be"
            yield Finding(NETWORK, (*path, "dscp"), Code.UNKNOWN_DSCP, message, hint)
        if traffic.ceiling_mbps < traffic.guaranteed_mbps:
            message = Sentence("`ceiling_mbps` is below `guaranteed_mbps`")
            yield Finding(NETWORK, (*path, "ceiling_mbps"), Code.IMPOSSIBLE, message)


def check_served(network: Network, estate: Estate) -> Iterator[Finding]:
    """Clouds serve zones that exist; allocations and targets name centers, targets a zone served there."""
    zones = Known("zone", [zone.id for zone in network.zones])
    for index, cloud in enumerate(estate.clouds):
        yield from zones.refer_all("estate", ("clouds", index, "zones"), cloud.zones)
    centers = Known("center", estate.center)
    for index, allocation in enumerate(network.allocations):
        yield from centers.refer(NETWORK, ("allocations", index, "center"), allocation.center)
    served = {(cloud.center, zone) for cloud in estate.clouds for zone in cloud.zones}
    for index, private in enumerate(network.private_networks):
        path = ("private_networks", index, "target")
        target = private.target
        yield from centers.refer(NETWORK, (*path, "center"), target.center)
        known = target.center in centers.names and target.zone in zones.names
        if known and (target.center, target.zone) not in served:
            there = sorted(zone for center, zone in served if center == target.center)
            message = Sentence(
                "no cloud in {center} serves the zone `{zone}`", center=target.center, zone=target.zone
            )
            hint = (
                Sentence("served there: {names}", names=", ".join(there))
                if there
                else "no cloud is there at all"
            )
            yield Finding(NETWORK, (*path, "zone"), Code.ZONE_NOT_SERVED, message, hint)
