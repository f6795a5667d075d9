"""Says what the host lab builds for a network: its hosts before the move, its edges, its zones."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from cmp.model.environment import Environment
from cmp.model.lab_host import LabHost
from cmp.model.migration import Segment
from cmp.model.network import NetworkHost, PrivateNetwork
from cmp.services.migrating.surroundings import administered, around
from cmp.settings import Workshop
from lab.hosts.lab import HostLab
from lab.hosts.site import SSH, HostSpec, Site
from lab.hosts.standing_in import refuse_unlike

INTERFACE = "eth0"


def site_of(
    environment: Environment, private: PrivateNetwork, hosts: tuple[NetworkHost, ...], segment: Segment
) -> Site:
    """The site of one private network, with what the lab's nodes stand in for around it.

    Raises:
        Invalid: the lab cannot imitate something that the network names.
    """
    site = Site(
        name=private.id,
        hosts=tuple(_host(host, segment, private.lab_host) for host in hosts),
        segment=segment,
        mtu=private.edge.mtu,
        filters_sources=private.edge.filters_sources,
        zones=_zones(environment, private),
        translation=environment.network.translation,
        **around(private),
    )
    site = administered(site, private.administered_from)
    refuse_unlike(site)
    return site


def folder_of(workshop: Workshop, environment: Environment, name: str) -> Path:
    """Where the lab of a network lives."""
    return workshop.root / "lab" / HostLab.name / environment.name / name


def _host(host: NetworkHost, segment: Segment, lab_host: LabHost) -> HostSpec:
    return HostSpec(
        name=host.name,
        addresses=host.addresses,
        gateway=segment.old_gateway,
        interface=host.interface or INTERFACE,
        manager=host.manager,
        user=host.ssh.user if host.ssh else "netops",
        services=tuple((service.port, service.protocol) for service in host.services),
        ipv6_capable=host.ipv6_capable,
        kind=host.kind,
        new_interface=host.new_interface,
        ssh_port=host.ssh.port if host.ssh else SSH,
        system=lab_host is LabHost.SYSTEM and host.kind.is_managed,
    )


def _zones(environment: Environment, private: PrivateNetwork) -> dict[str, tuple[IPv4Network, IPv6Network]]:
    """The block of each zone in the center that the network moves to."""
    return {
        allocation.zone: (allocation.ipv4, allocation.ipv6)
        for allocation in environment.network.allocations
        if allocation.center == private.target.center
    }
