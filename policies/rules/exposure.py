"""Keeps ports that administer systems or hold data from being open to the whole world, in either family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from policies.rules.openness import open_families
from policies.rules.ports import DATA, MANAGEMENT
from policies.rules.values import Opening, Prefix


def management_stays_inside(openings: Iterable[Opening]) -> Iterator[str]:
    """SSH, RDP and their kin are never open to the whole world."""
    return _world_open(openings, MANAGEMENT, "administers it")


def data_stays_inside(openings: Iterable[Opening]) -> Iterator[str]:
    """Ports of databases, caches and queues are never open to the whole world."""
    return _world_open(openings, DATA, "holds data")


def _world_open(openings: Iterable[Opening], ports: Mapping[int, str], why: str) -> Iterator[str]:
    """One sentence per resource, port and family, whether one prefix or several together open it."""
    let_in: dict[tuple[str, int], list[Prefix]] = defaultdict(list)
    for opening in openings:
        for port in ports:
            if opening.first <= port <= opening.last:
                let_in[opening.resource, port].extend(opening.sources())
    for (resource, port), prefixes in sorted(let_in.items(), key=lambda item: item[0]):
        for family in open_families(prefixes):
            yield (
                f"{resource}: port {port} ({ports[port]}) {why} and is open to the whole world "
                f"over IPv{family}: name the prefixes that need it"
            )
