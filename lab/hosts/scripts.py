"""Writes the shell scripts that make a node's namespaces a machine, and that boot it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from lab.hosts import bind, contents, disk, names, routing, translating
from lab.hosts.nodes import Node, NodeRole
from lab.hosts.places import EDGE_NEW
from lab.hosts.site import Site

STAY = "exec env --ignore-signal=CHLD sleep infinity"
"""Goes on as the first process of a pid namespace: it keeps the namespaces and buries what dies in them."""

WHO_AM_I = 'read -r stat < /proc/self/stat; set -- $stat; me="$1 ${22}"'
"""Learns the number and start time of the shell (proc(5)); the machine's until /proc is the node's."""


def record(path: Path) -> str:
    """A shell line that leaves both in a file, whole or not at all."""
    new, final = shlex.quote(f"{path}.new"), shlex.quote(str(path))
    return f'echo "$me" > {new} && mv {new} {final}'


def first_process(node: Node, folder: Path) -> str:
    """What the first process of a node runs: its own mounts and name, then it stays."""
    lines = [
        "set -e",
        WHO_AM_I,
        f"hostname {node.name}",
        "mount -t proc proc /proc",
        "mount -t sysfs sysfs /sys",
        "mount -t tmpfs -o mode=755 tmpfs /run",
        "mount -t tmpfs -o mode=755 tmpfs /var/log",
        "mount -t tmpfs -o mode=1777 tmpfs /var/tmp",
        "[ ! -d /var/spool/cron ] || mount -t tmpfs -o mode=755 tmpfs /var/spool/cron",
        *disk.mounts(folder),
        "mkdir -p /run/network /run/sshd",
        record(folder / "process"),
        STAY,
    ]
    return "\n".join(lines) + "\n"


def boot(node: Node, site: Site) -> str:
    """What a node does when it boots, in a machine's order: settings, filters, network, hooks, services."""
    lines = [
        *_settings(node),
        "cat /etc/sysctl.conf /etc/sysctl.d/*.conf 2>/dev/null | grep '^net[./]' | sysctl -qe -p - || true",
        "[ ! -s /etc/nftables.conf ] || nft -f /etc/nftables.conf",
        "ifup -a",
        f"run-parts {contents.HOOKS}",
        *_services(node, site),
        *site.router_commands.get(node.name, ()),
    ]
    return "\n".join(lines) + "\n"


def _settings(node: Node) -> Iterator[str]:
    """Hosts forward nothing, or they would ignore router advertisements; nobody drops by the way back."""
    yield "set_all() { for each in /proc/sys/net/$1/conf/*/$2; do echo $3 > $each; done; }"
    yield "set_all ipv4 rp_filter 0"
    if not node.has_ipv6:
        yield "set_all ipv6 disable_ipv6 1"
    forwards = int(node.role.forwards)
    yield f"echo {forwards} > /proc/sys/net/ipv4/ip_forward"
    yield f"echo {forwards} > /proc/sys/net/ipv6/conf/all/forwarding"
    for nic in node.nics:
        yield f"ip link set {nic.name} mtu {nic.mtu}"


def _services(node: Node, site: Site) -> Iterator[str]:
    if node.user:
        yield f"mkdir -p {contents.HOME}"
        yield "/usr/sbin/sshd"
    if node.role is NodeRole.ROUTER:
        yield from routing.start(node)
    if node.role is NodeRole.STATION:
        yield f"{bind.NAMED} -c {bind.CONFIG}" if site.update_key else f"unbound -c {names.CONFIG}"
    if node.role is NodeRole.TRANSLATOR and site.translation:
        yield from translating.tayga_start(site.translation)
    if node.name == EDGE_NEW and site.advertises:
        yield f"radvd -C {translating.RADVD} -m logfile -l /var/log/radvd.log"
