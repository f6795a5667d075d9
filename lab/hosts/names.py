"""Writes a site's name server: its zone, and answers about IPv4-only names to clients with IPv6 (DNS64).

Sources: RFC 1035 (zone file), RFC 6147 (DNS64).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from lab.hosts import places
from lab.hosts.site import Site

ZONES = "/etc/unbound/zones"
CONFIG = "/etc/unbound/unbound.conf"
CONTROL = "/run/unbound.ctl"
"""The socket for `unbound-control -s`, for instance `auth_zone_reload` after a change of the zone file."""

_TTL_SECONDS = 5
"""Short, as the checklist asks for while addresses change (RFC 4192 section 2.2.1)."""


def zone_of(site: Site) -> str:
    """The name of the zone that the hosts' names are in."""
    return site.domain or f"{site.name}.example"


def zone_file(site: Site) -> str:
    """Where the station keeps the zone."""
    return site.zone_file or f"{ZONES}/{zone_of(site)}"


def zone(site: Site) -> str:
    """The zone as it stands before anything moves: old addresses, and the station in both families."""
    origin = f"{zone_of(site)}."
    people = f"{places.STATION}.{origin} operator.{origin}"
    head = f"{origin} {_TTL_SECONDS} IN SOA {people} 1 60 30 600 {_TTL_SECONDS}"
    return "\n".join([head, *(f"{line}" for line in _records(site, origin))]) + "\n"


def reverse_file(site: Site, zone: str) -> str:
    """Where the station keeps a reverse zone."""
    return site.reverse[zone] or f"{ZONES}/{zone}"


def reverse_zone(site: Site, zone: str) -> str:
    """A reverse zone as it stands before anything moves: every old address in it has its host's name."""
    people = f"{places.STATION}.{zone_of(site)}. operator.{zone_of(site)}."
    lines = [
        f"{zone}. {_TTL_SECONDS} IN SOA {people} 1 60 30 600 {_TTL_SECONDS}",
        f"{zone}. {_TTL_SECONDS} IN NS {places.STATION}.{zone_of(site)}.",
    ]
    lines += [
        f"{name}. {_TTL_SECONDS} IN PTR {host.name}.{zone_of(site)}."
        for host in site.hosts
        for name in (address.ip.reverse_pointer for address in host.addresses)
        if name.endswith(f".{zone}")
    ]
    return "\n".join(lines) + "\n"


def unbound(site: Site) -> str:
    """The configuration of unbound; names outside the zone do not exist: nothing lies behind the lab."""
    modules = "dns64 iterator" if site.translation else "iterator"
    kept = {zone_of(site): zone_file(site)} | {zone: reverse_file(site, zone) for zone in site.reverse}
    transparent = "\n".join(f'    local-zone: "{zone}." transparent' for zone in kept)
    synthesis = f"    dns64-prefix: {site.translation.prefix}\n" if site.translation else ""
    return f"""\
server:
    interface: 0.0.0.0
    interface: ::0
    interface-automatic: yes
    access-control: 0.0.0.0/0 allow
    access-control: ::0/0 allow
    username: ""
    chroot: ""
    directory: "/etc/unbound"
    pidfile: "/run/unbound.pid"
    use-syslog: no
    logfile: "/var/log/unbound.log"
    num-threads: 1
    module-config: "{modules}"
{synthesis}    local-zone: "." static
{transparent}
remote-control:
    control-enable: yes
    control-interface: "{CONTROL}"
    control-use-cert: no
{"".join(_auth_zone(zone, file) for zone, file in kept.items())}"""


def _auth_zone(zone: str, file: str) -> str:
    return f"""\
auth-zone:
    name: "{zone}"
    zonefile: "{file}"
    for-upstream: yes
    for-downstream: no
    fallback-enabled: no
"""


def resolver(site: Site) -> str:
    """The resolv.conf of every node; one quick attempt, so that a lab without names does not stall."""
    return f"nameserver {places.station_ipv4(site)}\nsearch {zone_of(site)}\noptions timeout:1 attempts:1\n"


def _records(site: Site, origin: str) -> Iterator[str]:
    prefix = f"{_TTL_SECONDS} IN"
    yield f"{origin} {prefix} NS {places.STATION}.{origin}"
    yield f"{places.STATION}.{origin} {prefix} A {places.station_ipv4(site)}"
    yield f"{places.STATION}.{origin} {prefix} AAAA {places.station_ipv6(site)}"
    for host in site.hosts:
        for address in host.addresses:
            kind = "A" if isinstance(address, IPv4Interface) else "AAAA"
            yield f"{host.name}.{origin} {prefix} {kind} {address.ip}"
