"""Probes the hosts of a lab all the time while they move: one sender, both directions, both families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from cmp.model.migration import HostMove, MigrationPlan
from cmp.network.measurement.measures import Report
from cmp.network.measurement.probing import Direction, Stream
from cmp.probes.client import Probes
from cmp.probes.spec import Route, Spec, Talk
from cmp.services.migrating.place import Address, Watching

AFTER = 4
"""How many hosts that have just switched go on being probed often."""

DIRECTIONS: tuple[Direction, ...] = ("out", "in")


@dataclass
class Watcher:
    """Gives orders to the sender, and keeps its report once it has stopped."""

    probes: Probes
    report: Report | None = field(default=None)

    def fast(self, hosts: Sequence[str]) -> None:
        """Probe these hosts every 10 ms, all others every 100 ms."""
        self.probes.fast(hosts)

    def mark(self, name: str) -> None:
        """Begin an interval of this name in the records."""
        self.probes.mark(name)


class Pace:
    """Has a host probed often from before it switches until a moment after, and all others seldom.

    Only as many hosts switch at once as Ansible has forks: probing a whole wave often would cost more than
    the move itself, and a sender that comes late sees less.
    """

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._switching: dict[str, None] = {}
        self._after: list[str] = []

    def begin(self, host: str) -> None:
        """A host begins to switch."""
        self._switching[host] = None
        self._tell()

    def end(self, host: str) -> None:
        """A host has switched; it stays among those probed often while the next ones switch."""
        self._switching.pop(host, None)
        self._after = [*self._after, host][-AFTER:]
        self._tell()

    def __enter__(self) -> Self:
        """Begin a play."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End a play: everybody is probed seldom."""
        self._switching.clear()
        self._after.clear()
        self._tell()

    def _tell(self) -> None:
        self._watching.fast(sorted({*self._switching, *self._after}))


@contextmanager
def watched(
    plan: MigrationPlan, namespaces: Mapping[str, int], station: str, old: bool = True
) -> Iterator[Watcher]:
    """Probe every host that plays change, until the block ends; then the report is there.

    Args:
        plan: whose hosts.
        namespaces: a process in each host's network namespace and in the station's.
        station: the name of the station in it.
        old: whether the old addresses are there when it begins.

    Raises:
        TryLater: the sender did not start.
    """
    moves = [move for move in plan.moves if move.addresses and move.phases and move.host in namespaces]
    spec = Spec(
        routes=tuple(route for move in moves for route in _routes(move, plan.witnesses, old=old)),
        talks=tuple(_talk(move, plan.witnesses) for move in moves) if old else (),
        places={name: f"/proc/{pid}/ns/net" for name, pid in namespaces.items()},
        station=station,
    )
    with Probes(spec) as probes:
        watcher = Watcher(probes)
        yield watcher
        watcher.report = probes.stop()


def figures(report: Report) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Interruption by kind of stream in ms, the worst stream of each, and the other figures by name."""
    worst: dict[str, float] = {}
    for each in report.streams:
        way = "host to extranet" if each.stream.direction == "out" else "extranet to host"
        kind = f"IPv{each.stream.family} {each.stream.era}, {way}"
        worst[kind] = max(worst.get(kind, 0.0), each.whole.interruption)
    measured = {
        "probes": float(report.sent),
        "lost_probes": float(report.lost),
        "tcp_stall_ms": round(report.longest_stall, 1),
        "tcp_alive": float(sum(each.alive for each in report.connections)),
        "tcp_sessions": float(len(report.connections)),
        "seconds": round(report.seconds, 1),
        "sender_late_ms": round(report.sender.late, 1),
    }
    return {kind: round(value, 1) for kind, value in worst.items()}, measured


def _routes(move: HostMove, witnesses: Sequence[Address], *, old: bool) -> Iterator[Route]:
    for each in move.addresses:
        held: list[tuple[str, Address]] = [("old", each.old)] if old else []
        held.append(("new", each.ipv4.ip))
        if each.ipv6:
            held.append(("new", each.ipv6.ip))
        for era, address in held:
            peer = next(witness for witness in witnesses if witness.version == address.version)
            for direction in DIRECTIONS:
                stream = Stream(
                    name=f"{move.host} {address} {direction}",
                    host=move.host,
                    direction=direction,
                    family=address.version,
                    address=str(address),
                    era=era,
                    settles=era == "new",
                )
                yield Route(stream, str(peer))


def _talk(move: HostMove, witnesses: Sequence[Address]) -> Talk:
    peer = next(witness for witness in witnesses if witness.version == move.old.version)
    return Talk(move.host, str(move.old), str(peer))
