"""Says in one JSON document what the sender of probes is to measure: places, streams and connections.

A stream goes between an address of a host and `peer`, an address of the station. Where both have a place (a
network namespace that this machine can enter) it is UDP and seen at both ends: loss and delay are those of
one direction. Where hosts are out of reach it is `ping` (ICMP echo) or `connect` (a TCP connection each
time to `port`), sent from the station, and both ways count as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import ip_address
from typing import Any, Final, Literal

from cmp.errors import Invalid
from cmp.network.measurement.probing import Stream
from cmp.sentences import Sentence

Kind = Literal["udp", "ping", "connect"]
_KINDS: Final = ("udp", "ping", "connect")
_OWN: Final = ("peer", "kind", "port")


@dataclass(frozen=True, slots=True)
class Route:
    """A stream with what it needs to be sent: the station's address, the kind, and a port for `connect`."""

    stream: Stream
    peer: str
    kind: Kind = "udp"
    port: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A TCP connection from an address of a host to `peer`, an address of the station, that echoes."""

    host: str
    address: str
    peer: str


@dataclass(frozen=True, slots=True)
class Spec:
    """What to measure. `slow` and `fast` are seconds between probes of a stream, `grace` for late receipts.

    `places` gives hosts, and the station under the name in `station`, a process id or a path to a network
    namespace; who has none is where the sender runs. Both ends of UDP streams and connections use `port`;
    0 lets the system choose.
    """

    routes: tuple[Route, ...] = ()
    talks: tuple[Talk, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    station: str = "station"
    slow: float = 0.1
    fast: float = 0.01
    grace: float = 1.0
    port: int = 0
    fast_hosts: frozenset[str] = frozenset()

    def document(self) -> dict[str, Any]:
        """The form in which `parse` reads it."""
        return {
            "places": dict(self.places),
            "station": self.station,
            "streams": [
                {**asdict(route.stream), "peer": route.peer, "kind": route.kind, "port": route.port}
                for route in self.routes
            ],
            "connections": [asdict(talk) for talk in self.talks],
            "fast_hosts": sorted(self.fast_hosts),
            **{name: getattr(self, name) for name in ("slow", "fast", "grace", "port")},
        }


def parse(document: Mapping[str, Any]) -> Spec:
    """Read what to measure.

    Raises:
        Invalid: a field is missing, unknown or out of range.
    """
    try:
        spec = Spec(
            routes=routes(document.get("streams", ())),
            talks=talks(document.get("connections", ())),
            places={name: place(given) for name, given in document.get("places", {}).items()},
            fast_hosts=frozenset(document.get("fast_hosts", ())),
            station=document.get("station", "station"),
            port=int(document.get("port", 0)),
            **{name: float(document[name]) for name in ("slow", "fast", "grace") if name in document},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise Invalid(Sentence("what to measure cannot be read: {problem}", problem=problem)) from problem
    if not 0.001 <= spec.fast <= spec.slow <= 60:  # noqa: PLR2004 - one millisecond to one minute
        raise Invalid("probes go out every 1 ms to 60 s, fast ones at least as often as slow ones")
    return spec


def routes(given: Iterable[Mapping[str, Any]]) -> tuple[Route, ...]:
    """Read streams.

    Raises:
        ValueError: a direction, family or kind is none.
        TypeError: a field is missing or unknown.
    """
    return tuple(_route(dict(each)) for each in given)


def talks(given: Iterable[Mapping[str, Any]]) -> tuple[Talk, ...]:
    """Read connections; raises like `routes`."""
    return tuple(Talk(**each) for each in given)


def place(given: str | int) -> str:
    """The path of a namespace that is given by path or by the id of a process in it."""
    return f"/proc/{given}/ns/net" if isinstance(given, int) else str(given)


def _route(given: dict[str, Any]) -> Route:
    own = {name: given.pop(name) for name in _OWN if name in given}
    stream = Stream(**given)
    if ip_address(stream.address).version != stream.family:
        raise ValueError(f"{stream.name}: {stream.address} is not of IPv{stream.family}")
    if stream.direction not in {"out", "in"} or own.get("kind", "udp") not in _KINDS:
        raise ValueError(f"{stream.name}: a direction is out or in, a kind udp, ping or connect")
    return Route(stream, **own)
