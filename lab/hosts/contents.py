"""Says what stands on a node's disk before its first boot: the files below /etc that make it that machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.hosts import bind, managers, names, routing, sources, translating
from lab.hosts.interfaces import interfaces
from lab.hosts.nodes import Node, NodeRole
from lab.hosts.places import EDGE_NEW
from lab.hosts.site import Site

HOOKS = "/etc/tricenter/boot.d"
"""Executables that a node runs at every boot, once its network is up."""

HOME = "/var/lib/operator"
"""The home of whoever logs in; it lasts, and it is the node's own."""

NO_IPV6 = "/etc/sysctl.d/10-no-ipv6.conf"
ROOT = "root"
AUTHORIZED = "/etc/ssh/operators"
_SSHD = f"""\
HostKey /etc/ssh/node_key
PidFile /run/sshd.pid
AuthorizedKeysFile {AUTHORIZED}
AuthenticationMethods publickey
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 100:30:200
MaxSessions 50
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a lab's nodes share: the operator's public key, their private host key, the routers' secret."""

    operator: str
    host: str
    routing: str
    names: str = ""


def contents(node: Node, site: Site, keys: Keys, users: str) -> Mapping[str, str]:
    """Files by path; `users` is the /etc/passwd below the node's disk, which the operator is added to."""
    files = {
        "/etc/hostname": f"{node.name}\n",
        "/etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {node.name}\n::1 localhost\n",
        "/etc/resolv.conf": names.resolver(site),
        "/etc/nftables.conf": sources.filtered(node, site),
        f"{HOOKS}/.keep": "",
    }
    if node.system:
        files |= managers.files(node, node.system)
        files |= {} if node.has_ipv6 else {NO_IPV6: "net.ipv6.conf.all.disable_ipv6 = 1\n"}
    else:
        files["/etc/network/interfaces"] = interfaces(node)
    if node.user:
        files |= _login(node, node.user, keys, users)
        # switched off IPv6 still lets a server listen for it
        files["/etc/ssh/sshd_config"] += "" if node.has_ipv6 else "AddressFamily inet\n"
    if node.role is NodeRole.ROUTER:
        files["/etc/frr/frr.conf"] = routing.frr(node, site, keys.routing)
        files["/etc/frr/vtysh.conf"] = "service integrated-vtysh-config\n"
    if node.role is NodeRole.STATION:
        files |= {names.zone_file(site): names.zone(site)}
        files |= {names.reverse_file(site, zone): names.reverse_zone(site, zone) for zone in site.reverse}
        if site.update_key:
            files[bind.CONFIG] = bind.named(site, keys.names)
        else:
            files[names.CONFIG] = names.unbound(site)
    if node.role is NodeRole.TRANSLATOR and site.translation:
        files[translating.TAYGA] = translating.tayga(site.translation)
    if node.name == EDGE_NEW and site.advertises:
        files[translating.RADVD] = translating.radvd(site)
    return files


def _login(node: Node, user: str, keys: Keys, users: str) -> dict[str, str]:
    """Whoever administers the node is root there, whoever has that name on this machine."""
    others = [line for line in users.splitlines() if line.partition(":")[0] != user or user == ROOT]
    entry = [] if user == ROOT else [f"{user}:x:0:0:Operator of the network:{HOME}:/bin/bash"]
    known = len(others) < len(users.splitlines())
    return {
        "/etc/passwd": "\n".join((*others, *entry)) + "\n",
        **({"/etc/shadow": ""} if known else {}),  # a password that is locked there would lock the key out
        "/etc/ssh/sshd_config": f"Port {node.ssh_port}\n{_SSHD}",
        "/etc/ssh/node_key": keys.host,
        AUTHORIZED: keys.operator,
    }
