"""Writes the lines for `ip -batch` that join nodes to bridges, all in one go, not a process a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lab.hosts.nodes import Topology


def bridges(topology: Topology) -> Iterator[str]:
    """Every bridge; without snooping, which would keep neighbour discovery (RFC 4861) from new hosts."""
    for name in topology.bridges:
        yield f"link add {name} type bridge mcast_snooping 0"
        yield f"link set {name} up"


def pairs(topology: Topology, pids: Mapping[str, int]) -> Iterator[str]:
    """The links of the nodes that `pids` names, whose namespaces those processes hold."""
    ports = topology.ports
    for name, pid in pids.items():
        for nic in topology.nodes[name].nics:
            port = ports[name, nic.name]
            yield f"link add {port} type veth peer name {nic.name} address {nic.mac} netns {pid}"
            yield f"link set {port} mtu {nic.mtu} master {nic.bridge} up"


def unplugged(topology: Topology, names: Sequence[str]) -> Iterator[str]:
    """Take the links of nodes away again."""
    ports = topology.ports
    for name in names:
        for nic in topology.nodes[name].nics:
            yield f"link del {ports[name, nic.name]}"
