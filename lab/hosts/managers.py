"""Writes what brings the network of a whole Debian up, in the words of each manager, and which one runs."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import NAMESPACE_DNS, uuid5

from cmp.model.network import Manager
from lab.hosts.interfaces import interfaces
from lab.hosts.nodes import Nic, Node

_LOOPBACK = "auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n"
_SERVICES = {
    Manager.IFUPDOWN: "networking.service",
    Manager.NETWORKD: "systemd-networkd.service",
    Manager.NETWORK_MANAGER: "NetworkManager.service",
    Manager.NETPLAN: "systemd-networkd.service",
    Manager.NETPLAN_OVER_NETWORK_MANAGER: "NetworkManager.service",
}
_WANTED = "/etc/systemd/system/multi-user.target.wants"
_UNITS = "/lib/systemd/system"
_NOT_HERE = (
    *("systemd-networkd-wait-online.service", "NetworkManager-wait-online.service"),
    *("console-getty.service", "apt-daily.timer", "apt-daily-upgrade.timer"),
    *("firewalld.service", "keepalived.service", "dnsmasq.service"),
)
"""What would only wait (a lab's second line is empty before a move), and what a host has when asked."""
_NO_CLOUD = {"/etc/cloud/cloud-init.disabled": "this host is no cloud's\n"}


def files(node: Node, manager: Manager) -> Mapping[str, str]:
    """The files of the manager at the node's first boot, by path."""
    if manager is Manager.IFUPDOWN:
        return _NO_CLOUD | {"/etc/network/interfaces": interfaces(node)}
    quiet = _NO_CLOUD | {"/etc/network/interfaces": _LOOPBACK}
    if manager is Manager.NETWORKD:
        return quiet | {f"/etc/systemd/network/10-{nic.name}.network": _unit(nic) for nic in node.nics}
    if manager is Manager.NETWORK_MANAGER:
        folder = "/etc/NetworkManager/system-connections"
        return quiet | {f"{folder}/{nic.name}.nmconnection": _profile(node, nic) for nic in node.nics}
    renderer = "networkd" if manager is Manager.NETPLAN else "NetworkManager"
    return quiet | {"/etc/netplan/50-lab.yaml": _netplan(node, renderer)}


def links(manager: Manager) -> Mapping[str, str]:
    """Symbolic links by path: the one manager is started, the others cannot be."""
    masked = (set(_SERVICES.values()) | set(_NOT_HERE)) - {_SERVICES[manager]}
    service = _SERVICES[manager]
    return {
        **{f"/etc/systemd/system/{unit}": "/dev/null" for unit in sorted(masked)},
        f"{_WANTED}/{service}": f"{_UNITS}/{service}",
    }


def _unit(nic: Nic) -> str:
    """systemd.network(5)."""
    lines = ["[Match]", f"Name={nic.name}", "", "[Network]", "DHCP=no", "IPv6AcceptRA=no"]
    lines += [f"Address={address}" for address in nic.addresses]
    lines += [f"Gateway={gateway}" for gateway in nic.gateways]
    return "\n".join(lines) + "\n"


def _profile(node: Node, nic: Nic) -> str:
    """nm-settings-keyfile(5)."""
    four = [each for each in nic.addresses if each.version == 4]  # noqa: PLR2004 - IPv4
    six = [each for each in nic.addresses if each.version == 6]  # noqa: PLR2004 - IPv6
    lines = ["[connection]", f"id={nic.name}", f"uuid={uuid5(NAMESPACE_DNS, f'{node.name}.{nic.name}')}"]
    lines += ["type=ethernet", f"interface-name={nic.name}", "", "[ipv4]"]
    lines += ["method=manual" if four else "method=disabled"]
    lines += [f"address{number}={each}" for number, each in enumerate(four, start=1)]
    lines += [f"gateway={each}" for each in nic.gateways if each.version == 4]  # noqa: PLR2004 - IPv4
    lines += ["", "[ipv6]", "method=manual" if six else "method=ignore"]
    lines += [f"address{number}={each}" for number, each in enumerate(six, start=1)]
    return "\n".join(lines) + "\n"


def _netplan(node: Node, renderer: str) -> str:
    """netplan(5), as an installer writes it."""
    lines = ["network:", "  version: 2", f"  renderer: {renderer}", "  ethernets:"]
    for nic in node.nics:
        lines += [f"    {nic.name}:", "      dhcp4: false"]
        if nic.addresses:
            lines += ["      addresses:", *(f"        - {address}" for address in nic.addresses)]
        if nic.gateways:
            lines.append("      routes:")
            lines += [f"        - to: default\n          via: {gateway}" for gateway in nic.gateways]
    return "\n".join(lines) + "\n"
