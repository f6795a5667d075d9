"""Writes traffic classes as HTB for tc(8) and as a table of nftables that sorts packets into them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from cmp.model.network import TrafficClass
from cmp.network.classes.dscp import CODE_POINTS, DELAY_SENSITIVE, code_point

TABLE: Final = "tricenter_classes"
LINE: Final = "1:1"
"""The class of the whole line, which all others share."""

FIRST_MINOR: Final = 16
"""The minor number (0x10) of the first class; 1 is the line itself."""

UNMARKED: Final = 0xF000
"""The minor number of the class that takes what is not marked.

The kernel sets the default of an HTB root once and never again: were it a class's place in the list, a class
more or less would leave unmarked packets in another class, or in one that is gone.
"""

HZ: Final = 100
"""Ticks a second of the slowest usual kernels: a burst must hold what a tick lets through (tc-tbf(8))."""

LEAST_BURST: Final = 16_384
"""Bytes; ten full frames, so that no packet waits for a second tick."""

QUEUE_SECONDS: Final = 0.05
"""A leaf's queue holds what its ceiling carries in this time: longer queues only add delay."""

FRAME: Final = 1514
"""Bytes of a full Ethernet frame without its check sequence."""

MOST_QUANTUM: Final = 60_000
"""Bytes; the kernel warns of more than 200,000, and of less than a frame."""

LEAST_QUEUE: Final = 32
"""Packets."""

LEAST_MBPS: Final = 0.008
"""The least rate that HTB is given: it refuses zero."""

NOTHING_LEFT: Final = 1e-9
"""Mbit/s that come from rounding."""


@dataclass(frozen=True, slots=True)
class Shaping:
    """A line of so many Mbit/s that leaves by an interface, and the classes that share it."""

    interface: str
    line_mbps: float
    classes: tuple[TrafficClass, ...]

    @property
    def named(self) -> tuple[tuple[str, TrafficClass], ...]:
        """Each class with its number for tc, as `1:10`."""
        return tuple(
            (f"1:{UNMARKED if index == self._unmarked else FIRST_MINOR + index:x}", each)
            for index, each in enumerate(self.classes)
        )

    @property
    def default(self) -> str:
        """The number of the class of what is not marked: best effort, or the last one where there is none."""
        return self.named[self._unmarked][0]

    @property
    def _unmarked(self) -> int:
        points = [CODE_POINTS.get(each.dscp) for each in self.classes]
        return points.index(0) if 0 in points else len(points) - 1


def tc_lines(shaping: Shaping) -> tuple[str, ...]:
    """Lines for `tc -batch` that make the classes of an interface, its root first.

    Where the interface has this root already, the others alone change its classes where they are, and nothing
    that waits is lost; what `classes_of` does not name has to go after that. The kernel refuses to put HTB in
    the place of HTB.
    """
    interface = shaping.interface
    line = _rate(shaping.line_mbps)
    burst = _burst(shaping.line_mbps)
    whole = f"class replace dev {interface} parent 1: classid {LINE} htb rate {line} ceil {line}"
    leaves = (each for name, traffic in shaping.named for each in _leaf(shaping, name, traffic))
    return (
        f"qdisc replace dev {interface} root handle 1: htb default {UNMARKED:x}",
        f"{whole} burst {burst} cburst {burst} quantum {MOST_QUANTUM}",
        *leaves,
    )


def classes_of(shaping: Shaping) -> tuple[str, ...]:
    """The numbers of all classes that the interface has then, the line's own first."""
    return (LINE, *(name for name, _traffic in shaping.named))


def _leaf(shaping: Shaping, name: str, traffic: TrafficClass) -> Iterator[str]:
    ceiling = min(traffic.ceiling_mbps, shaping.line_mbps)
    words = (
        f"class replace dev {shaping.interface} parent {LINE} classid {name} htb",
        f"rate {_rate(traffic.guaranteed_mbps)} ceil {_rate(ceiling)}",
        f"burst {_burst(traffic.guaranteed_mbps)} cburst {_burst(ceiling)}",
        f"prio {_priority(traffic)} quantum {_quantum(shaping, traffic)}",
    )
    yield " ".join(words)
    minor = name.partition(":")[2]
    packets = max(LEAST_QUEUE, round(ceiling * 1e6 / 8 * QUEUE_SECONDS / FRAME))
    yield (f"qdisc replace dev {shaping.interface} parent {name} handle {minor}: pfifo limit {packets}")


def _rate(mbps: float) -> str:
    """A rate for tc in whole kbit/s."""
    return f"{round(max(LEAST_MBPS, mbps) * 1000)}kbit"


def _burst(mbps: float) -> int:
    """Bytes that may leave at once: two ticks' worth, and no less than ten frames."""
    return max(LEAST_BURST, round(mbps * 1e6 / 8 / HZ * 2))


def _quantum(shaping: Shaping, traffic: TrafficClass) -> int:
    """Bytes a class may send in its turn when it borrows: by its guarantee, and at least a frame."""
    most = max(each.guaranteed_mbps for each in shaping.classes)
    return max(FRAME, round(MOST_QUANTUM * traffic.guaranteed_mbps / most)) if most else FRAME


def _priority(traffic: TrafficClass) -> int:
    """Which class is served first of those that have not used up their guarantee; lower is sooner."""
    if traffic.dscp in DELAY_SENSITIVE:
        return 0
    return 2 if CODE_POINTS.get(traffic.dscp, 0) in {0, 1, 8} else 1


def nft_script(shaping: Shaping) -> str:
    """The script for `nft -f` that sorts what leaves by the interface into the classes, IPv4 and IPv6 alike.

    Each class is counted for each family, also where a packet is too late for its queue.
    """
    rules = [rule for name, traffic in shaping.named for rule in _rules(name, traffic)]
    counters = [
        f"  counter {_counter(traffic, family)} {{}}" for traffic in shaping.classes for family in (4, 6)
    ]
    return (
        "\n".join(
            (
                f"table inet {TABLE}",
                f"delete table inet {TABLE}",
                f"table inet {TABLE} {{",
                *counters,
                "  chain sort {",
                "    type filter hook postrouting priority mangle; policy accept;",
                f'    oifname != "{shaping.interface}" accept',
                *(f"    {rule}" for rule in rules),
                "  }",
                "}",
            )
        )
        + "\n"
    )


def _rules(name: str, traffic: TrafficClass) -> Iterator[str]:
    number = code_point(traffic.dscp)
    for family, keyword in ((4, "ip"), (6, "ip6")):
        counter = _counter(traffic, family)
        yield f"{keyword} dscp {number:#04x} counter name {counter} meta priority set {name}"


def _counter(traffic: TrafficClass, family: int) -> str:
    return f"class_{re.sub(r'[^a-z0-9]', '_', traffic.id)}_ipv{family}"


def shares(classes: Sequence[TrafficClass], line_mbps: float) -> dict[str, float]:
    """What each class gets in Mbit/s when all send as much as they can.

    Guarantees come first; what is left of the line goes, rank by rank of priority, to classes in
    proportion to their guarantees (each has a quantum by these), up to their ceilings.
    """
    given = {each.id: min(each.guaranteed_mbps, line_mbps) for each in classes}
    left = line_mbps - sum(given.values())
    for _, group in groupby(sorted(classes, key=_priority), key=_priority):
        left = _spread(given, list(group), left)
    return given


def _spread(given: dict[str, float], group: list[TrafficClass], left: float) -> float:
    """Give what is left to a group in proportion to guarantees, again where one reaches its ceiling."""
    hungry = [each for each in group if given[each.id] < each.ceiling_mbps]
    while hungry and left > NOTHING_LEFT:
        weight = sum(_weight(each) for each in hungry)
        portion = left
        for each in hungry:
            more = min(portion * _weight(each) / weight, each.ceiling_mbps - given[each.id])
            given[each.id] += more
            left -= more
        hungry = [each for each in hungry if each.ceiling_mbps - given[each.id] > NOTHING_LEFT]
    return left


def _weight(traffic: TrafficClass) -> float:
    """What counts where classes share what is left: guarantees, and a little where nothing is guaranteed."""
    return max(traffic.guaranteed_mbps, LEAST_MBPS)
