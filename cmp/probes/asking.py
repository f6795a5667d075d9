"""Asks the reachability matrix from the places where it is seen: a program in each place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from cmp.network.measurement.reachability import Pair
from cmp.probes.doors import ask
from cmp.probes.reach import TriedWay

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Patience:
    """How a matrix is asked: seconds and attempts for each pair, pairs of a place that are in flight at once.

    Silence takes `timeout` times `attempts`: a matrix with many pairs that must stay silent wants them short.
    """

    timeout: float = 1.0
    attempts: int = 2
    flight: int = 256


def matrix(
    pairs: Iterable[Pair],
    doors: Mapping[str, Sequence[str]],
    binds: Mapping[Pair, str] | None = None,
    patience: Patience | None = None,
) -> dict[Pair, bool]:
    """Which pairs answer, each over a fresh socket made behind the door of its source.

    `doors` holds a door for every source (an empty one: from here), `binds` the address that a pair is to go
    from where that matters.

    Raises:
        KeyError: a source has no door.
        TryLater: a door does not open: that is no finding about the network.
    """
    asked: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        asked[pair.source].append(pair)
    rooms = [(doors[source], asked[source]) for source in sorted(asked)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        parts = threads.map(lambda room: _ask(room[0], room[1], binds or {}, patience or Patience()), rooms)
        return {pair: answered for part in parts for pair, answered in part}


def _ask(
    door: Sequence[str], pairs: Sequence[Pair], binds: Mapping[Pair, str], patience: Patience
) -> list[tuple[Pair, bool]]:
    """Ask all pairs of one source."""
    ways = [
        TriedWay(pair.target, pair.family, pair.protocol, pair.port, binds.get(pair, "")) for pair in pairs
    ]
    document: dict[str, Any] = {"ways": [asdict(way) for way in ways], **asdict(patience)}
    rounds = len(pairs) / patience.flight + 1
    seconds = 30 + rounds * patience.timeout * patience.attempts
    found = ask(door, "cmp.probes.reach", document, seconds=seconds)["answers"]
    return [(pair, bool(answer["answered"])) for pair, answer in zip(pairs, found, strict=True)]
