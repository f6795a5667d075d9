"""Writes the translator between the families (NAT64, RFC 6146) and the advertisements of a router (RFC 4861).

Tayga is stateless and of one thread: it is for labs. Production takes Jool or the edge's own NAT64.
"""

from __future__ import annotations

from cmp.model.network import Translation
from lab.hosts.site import Site

DEVICE = "nat64"
TAYGA = "/etc/tayga.conf"
PID = "/run/tayga.pid"
RADVD = "/etc/radvd.conf"
_OWN_IPV6 = "2001:db8:103::1"
"""Where tayga's own ICMPv6 messages come from; outside the prefix, as tayga wants it."""


def tayga(translation: Translation) -> str:
    """The configuration of tayga: IPv6 clients share the pool, the prefix stands for IPv4 (RFC 6052)."""
    own = next(translation.pool.hosts())
    return f"""\
tun-device {DEVICE}
ipv4-addr {own}
ipv6-addr {_OWN_IPV6}
prefix {translation.prefix}
dynamic-pool {translation.pool}
data-dir /run/tayga
"""


def tayga_start(translation: Translation) -> tuple[str, ...]:
    """Shell lines that start it; the core leads pool and prefix here, so no address hides another."""
    return (
        "mkdir -p /run/tayga",
        f"tayga --config {TAYGA} --mktun",
        f"ip link set {DEVICE} up",
        f"ip -4 route replace {translation.pool} dev {DEVICE}",
        f"ip -6 route replace {translation.prefix} dev {DEVICE}",
        f"tayga --config {TAYGA} --pidfile {PID}",
    )


def radvd(site: Site) -> str:
    """Advertisements of the new prefix on the LAN, by which hosts give themselves addresses (RFC 4862)."""
    return f"""\
interface {site.edge_ports.lan} {{
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    prefix {site.segment.ipv6} {{ AdvOnLink on; AdvAutonomous on; }};
}};
"""
