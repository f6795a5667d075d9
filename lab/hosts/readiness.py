"""Waits until a lab can be used: until its routes lead from the controller to everything and back."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.hosts import places
from lab.hosts.site import Site
from lab.processes import environment

_PATIENCE_SECONDS = 90
_WHOLE = 96
"""The prefix length behind which an IPv4 address stands whole (RFC 6052 section 2.2)."""

_CLOCK = """\
now() { cut -d. -f1 /proc/uptime; }
end=$(( $(now) + $1 ))
ask() {
  until ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1; do [ "$(now)" -lt "$end" ] || exit; sleep 0.1; done
  echo "$1"
}"""


def landmarks(site: Site) -> Iterator[IPv4Address | IPv6Address]:
    """Addresses that answer only when routing, both families, and translation work."""
    yield site.segment.old_gateway
    yield site.segment.ipv4_gateway
    yield site.segment.ipv6_gateway
    yield places.STATION_IPV4
    yield places.STATION_IPV6
    for addresses in site.stand_ins.values():
        yield from addresses
    for zone in site.zones:
        leaf = places.zone_leaf(site, zone)
        yield leaf.ipv4.ip
        yield leaf.ipv6.ip
    if site.translation and site.translation.prefix.prefixlen == _WHOLE:
        yield site.translation.prefix[int(places.STATION_IPV4)]
        # the edges learn later than the core how answers get back to the translator
        yield site.translation.prefix[int(site.segment.old_gateway)]
        yield site.translation.prefix[int(site.segment.ipv4_gateway)]


def await_routes(site: Site, door: Sequence[str], log: Path) -> None:
    """Ask every landmark from the controller until it answers.

    Raises:
        TryLater: one did not answer in time.
    """
    script = "\n".join([_CLOCK, *(f"ask {address} &" for address in landmarks(site)), "wait"])
    done = subprocess.run(
        [*door, "sh", "-c", script, "ask", str(_PATIENCE_SECONDS)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    silent = set(map(str, landmarks(site))) - set(done.stdout.split())
    if silent:
        raise TryLater(
            Sentence(
                "the host lab is up, but {names} did not answer in {PATIENCE_SECONDS} s",
                names=", ".join(sorted(silent)),
                PATIENCE_SECONDS=_PATIENCE_SECONDS,
            ),
            hint=Sentence("{quote} holds the logs of its nodes", quote=shlex.quote(str(log))),
        )
