"""Plays a takeover event by event: clocks tick, replicas wait for a free start, workloads for each other."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Party:
    """One workload to be played.

    `before` is what it does alone before replicas start, `after` what follows; `starts` are, by cloud, the
    seconds of each replica's start in the order in which they are asked for, in batches of which each waits
    for the one before.
    """

    name: str
    ready: int
    before: int = 0
    after: int = 0
    starts: Mapping[str, Sequence[Sequence[int]]] = field(default_factory=dict)
    at_once: int = 1
    needs: frozenset[str] = frozenset()


def play(parties: Iterable[Party]) -> dict[str, int]:
    """The second in which each workload is back.

    Whoever is ready and whose dependencies are back begins; those that need each other begin together, and
    are back together.
    """
    party = {each.name: each for each in parties}
    waiting = set(_cycles(party).values())
    clock = [each.ready for each in party.values()]
    heapq.heapify(clock)
    back: dict[str, int] = {}
    while clock:
        now = heapq.heappop(clock)
        for members in sorted(waiting, key=sorted):
            outside = {need for name in members for need in party[name].needs if need in party} - members
            ready = all(party[name].ready <= now for name in members)
            if ready and all(back.get(need, now + 1) <= now for need in outside):
                end = now + max(_alone(party[name]) for name in members)
                back |= dict.fromkeys(members, end)
                waiting.remove(members)
                heapq.heappush(clock, end)
    return back


def _alone(party: Party) -> int:
    """Seconds of a workload's own steps; replicas of one cloud share its starts."""
    slowest = max((_cloud(batches, party.at_once) for batches in party.starts.values()), default=0)
    return party.before + slowest + party.after


def _cloud(batches: Sequence[Sequence[int]], at_once: int) -> int:
    """Play the starts of one cloud: each replica takes the first start that is free."""
    now = 0
    for batch in batches:
        free = [now] * at_once
        for seconds in batch:
            heapq.heapreplace(free, free[0] + seconds)
        now = max(free) if batch else now
    return now


def _cycles(parties: Mapping[str, Party]) -> dict[str, frozenset[str]]:
    """Who waits for whom in a circle, each with itself."""
    far: dict[str, set[str]] = {}
    for name in parties:
        found, left = set(), [name]
        while left:
            each = left.pop()
            if each not in found:
                found.add(each)
                left += [need for need in parties[each].needs if need in parties]
        far[name] = found
    return {name: frozenset(other for other in far[name] if name in far[other]) for name in parties}
