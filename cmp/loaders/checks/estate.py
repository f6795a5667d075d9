"""Checks the estate: ids, references between its parts, links and centers that can exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cmp.loaders.checks.chips import refer_accelerators, refer_cpu
from cmp.loaders.checks.names import Known, declared, unique
from cmp.model.codes import Code
from cmp.model.estate import Center, CenterRole, Estate, Link
from cmp.model.finding import Finding
from cmp.sentences import Sentence

ESTATE: Final = "estate"
SHORTEST_RTT_MS: Final = 0.1
"""Light in fibre takes this long for 10 km there and back: two locations are farther apart."""


def check_estate(estate: Estate) -> Iterator[Finding]:
    """Everything that the estate alone can have wrong."""
    yield from _ids(estate)
    yield from refer_cpu(estate, ESTATE, ("reference_chip",), estate.reference_chip)
    yield from _references(estate)
    yield from _links(estate)
    for index, center in enumerate(estate.centers):
        yield from _role(estate, index, center)


def _ids(estate: Estate) -> Iterator[Finding]:
    lists = {
        "chips": ("chip", estate.chips),
        "locations": ("location", estate.locations),
        "centers": ("center", estate.centers),
        "clouds": ("cloud", estate.clouds),
        "pools": ("pool", estate.pools),
    }
    for name, (what, things) in lists.items():
        yield from declared(ESTATE, name, things)
        yield from unique(ESTATE, (name,), things, what)


def _references(estate: Estate) -> Iterator[Finding]:
    locations, centers = Known("location", estate.location), Known("center", estate.center)
    clouds = Known("cloud", estate.cloud)
    for index, center in enumerate(estate.centers):
        yield from locations.refer(ESTATE, ("centers", index, "location"), center.location)
    for index, cloud in enumerate(estate.clouds):
        yield from centers.refer(ESTATE, ("clouds", index, "center"), cloud.center)
    for index, pool in enumerate(estate.pools):
        path = ("pools", index)
        yield from clouds.refer(ESTATE, (*path, "cloud"), pool.cloud)
        yield from refer_cpu(estate, ESTATE, (*path, "chip"), pool.chip)
        there = (*path, "per_host", "accelerators")
        yield from refer_accelerators(estate, ESTATE, there, pool.per_host.accelerators, sliced=False)


def _links(estate: Estate) -> Iterator[Finding]:
    centers = Known("center", estate.center)
    seen: set[frozenset[str]] = set()
    for index, link in enumerate(estate.links):
        for end, name in enumerate(link.between):
            yield from centers.refer(ESTATE, ("links", index, "between", end), name)
        ends = frozenset(link.between)
        if ends in seen:
            message = Sentence(
                "{between} and {between2} are linked twice", between=link.between[0], between2=link.between[1]
            )
            yield Finding(ESTATE, ("links", index, "between"), Code.DUPLICATE_LINK, message)
        seen.add(ends)
        yield from _fast(estate, index, link)


def _fast(estate: Estate, index: int, link: Link) -> Iterator[Finding]:
    there = [estate.center[name].location for name in link.between if name in estate.center]
    if len(set(there)) > 1 and link.rtt_ms.value < SHORTEST_RTT_MS:
        message = Sentence(
            "{value} ms between {there} and {there2} is faster than light in fibre",
            value=link.rtt_ms.value,
            there=there[0],
            there2=there[1],
        )
        hint = Sentence(
            "state the measured round-trip time, at least {SHORTEST_RTT_MS} ms",
            SHORTEST_RTT_MS=SHORTEST_RTT_MS,
        )
        yield Finding(ESTATE, ("links", index, "rtt_ms"), Code.IMPOSSIBLE_LINK, message, hint)


def _role(estate: Estate, index: int, center: Center) -> Iterator[Finding]:
    """A same-city center shares its location with a production center; a remote one with none."""
    production = {other.location for other in estate.centers if other.role is CenterRole.PRODUCTION}
    path = ("centers", index, "role")
    if not production:
        return
    if center.role is CenterRole.SAME_CITY and center.location not in production:
        message = Sentence(
            "`{id}` is called same-city, but no production center is in {location}",
            id=center.id,
            location=center.location,
        )
        yield Finding(ESTATE, path, Code.CENTER_ROLE, message, "name its true location, or call it remote")
    if center.role is CenterRole.REMOTE and center.location in production:
        message = Sentence(
            "`{id}` is called remote, but a production center is in {location} too",
            id=center.id,
            location=center.location,
        )
        yield Finding(ESTATE, path, Code.CENTER_ROLE, message, "name its true location, or call it same-city")
