"""Tries what the host lab asks of the kernel, for real, in namespaces that are gone afterwards."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.hosts.gaps import GAPS
from lab.processes import environment

PROBES: Mapping[str, str] = {
    "veth": "ip link add ve1 type veth peer name ve2 && ip link set ve1 up && ip link set ve2 up",
    "bridge": "ip link add br1 type bridge mcast_snooping 0"
    " && ip link set ve1 master br1 && ip link set br1 up",
    "ipv6": "ip -6 addr add 2001:db8::1/64 dev ve2 nodad",
    "policy routing": "ip -4 rule add pref 100 from 192.0.2.0/24 lookup 100"
    " && ip -6 rule add pref 100 from 2001:db8::/64 lookup 100",
    "nft inet": "nft add table inet t"
    " && nft add chain inet t f '{ type filter hook prerouting priority 0; }'"
    " && nft add rule inet t f fib saddr . iif oif missing drop",
    "nft nat": "nft add chain inet t n '{ type nat hook postrouting priority 100; }'"
    " && nft add rule inet t n masquerade",
    "conntrack": "nft add rule inet t f ct status dnat accept",
    "htb": "tc qdisc add dev ve1 root handle 1: htb default 10"
    " && tc class add dev ve1 parent 1: classid 1:10 htb rate 1mbit",
    "tun": "ip tuntap add dev tun9 mode tun",
    "overlay": "mkdir -p $1/l $1/u $1/w $1/m"
    " && mount -t overlay -o lowerdir=$1/l,upperdir=$1/u,workdir=$1/w overlay $1/m && umount $1/m",
    "tmpfs": "mkdir -p $1/t && mount -t tmpfs tmpfs $1/t && umount $1/t",
    "vlan": "ip link add v9 link ve1 type vlan id 9",
    "vrf": "ip link add v8 type vrf table 8",
    "netem": "tc qdisc add dev ve2 root netem loss 1%",
    "dummy": "ip link add v7 type dummy",
    "tunnels": "ip link add v6 type ip6tnl local 2001:db8::1 remote 2001:db8::2"
    " && ip link add v5 type sit local 192.0.2.1 remote 192.0.2.2",
    "wireguard": "ip link add v4 type wireguard",
    "mpls": "test -d /proc/sys/net/mpls",
    "fair queues": "tc qdisc replace dev ve2 root fq_codel",
}
"""A shell line for everything that is asked; `$1` is a folder where the lab keeps its disks."""


def check(folder: Path) -> tuple[str, ...]:
    """Name the gaps that this machine has; needs root.

    Raises:
        TryLater: the machine lacks something that no stand-in is known for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        missing = _missing(Path(place))
    refuse_unknown(missing)
    return missing


def refuse_unknown(missing: Iterable[str]) -> None:
    """Refuse gaps that lab/hosts/gaps.py does not know.

    Raises:
        TryLater: there is such a gap.
    """
    unknown = [name for name in missing if name not in GAPS]
    if unknown:
        raise TryLater(
            Sentence(
                "the host lab cannot run here: the kernel or its container lacks {names}",
                names=", ".join(unknown),
            ),
            hint="run on a machine of your own, with its state on a disk (--state) rather than an overlay",
        )


def _missing(place: Path) -> tuple[str, ...]:
    lines = [f"( {probe} ) >/dev/null 2>&1 || echo '{name}'" for name, probe in PROBES.items()]
    command = ["unshare", "--fork", "--pid", "--net", "--mount", "--propagation", "private"]
    done = subprocess.run(
        [*command, "sh", "-c", "\n".join(lines), "probes", str(place)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    if done.returncode and not done.stdout:
        return ("namespaces",)
    return tuple(done.stdout.splitlines())
