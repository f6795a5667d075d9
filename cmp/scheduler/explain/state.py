"""Holds what is placed so far and takes a group whole, or says which constraint forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.model.plan import Placement
from cmp.scheduler.constraints import links, quotas
from cmp.scheduler.constraints.links import Streams
from cmp.scheduler.constraints.packing import Witness, pack
from cmp.scheduler.explain.ledger import Ledger, empty_ledger
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.groups import Group
from cmp.scheduler.problem.preemption import floors
from cmp.scheduler.problem.rows import Row, by_group, rows_of
from cmp.scheduler.snapshot import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A group with its rows; `counts[i]` are those of `rows[i]` in normal time and after each failure."""

    group: Group
    rows: tuple[Row, ...]
    fates: tuple[Fate, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedState:
    """Everything placed so far. A change gives a new state; the old one stays as it was."""

    snapshot: Snapshot
    ledger: Ledger
    placed: Mapping[str, Placed]
    witnesses: Mapping[str, Witness]
    streams: tuple[Streams, ...]
    claims: tuple[Mapping[str, Sequence[int]], ...]

    def put(self, group: Group, rows: Sequence[Row]) -> PlacedState:
        """The state with one more group, right or not; its pools are not packed."""
        return self._with(follow(group, rows, self.snapshot))

    def _with(self, placed: Placed) -> PlacedState:
        ledger = self.ledger.copy()
        for row, counts in zip(placed.rows, placed.counts, strict=True):
            ledger.add(row.pool, row.size, counts)
        return replace(
            self,
            ledger=ledger,
            placed={**self.placed, placed.group.name: placed},
            streams=_added(self.streams, self._streams(placed)),
            claims=_claimed(self.claims, placed),
        )

    def packed(self, pools: set[str]) -> PlacedState | None:
        """The state with these pools packed anew; None where one of them cannot be."""
        witnesses = dict(self.witnesses)
        for pool in sorted(pools):
            rows, counts = self.on(pool)
            after = list(zip(*counts, strict=True))[1:]
            witness = pack(rows, after, self.snapshot.rooms[pool])
            if witness is None:
                return None
            witnesses[pool] = witness
        return replace(self, witnesses=witnesses)

    def on(self, pool: str) -> tuple[list[Row], list[tuple[int, ...]]]:
        """The rows on a pool in order, with their counts in each situation."""
        found = sorted(
            (
                (row, counts)
                for placed in self.placed.values()
                for row, counts in zip(placed.rows, placed.counts, strict=True)
                if row.pool == pool
            ),
            key=lambda each: each[0].key,
        )
        return [row for row, _ in found], [counts for _, counts in found]

    def _streams(self, placed: Placed) -> tuple[Streams, ...]:
        estate = self.snapshot.environment.estate
        if not any(row.component.carries for row in placed.rows):
            return tuple({} for _ in self.streams)
        home = Fate(False, placed.fates[0].home, placed.fates[0].home)
        normal = links.streams(placed.rows, None, home, frozenset(), estate)
        after = (
            links.streams(placed.rows, loss, fate, promised, estate)
            for loss, fate, promised in zip(
                self.snapshot.losses, placed.fates, self.snapshot.promised, strict=True
            )
        )
        return normal, *after


def empty(snapshot: Snapshot) -> PlacedState:
    """Nothing placed yet."""
    situations = 1 + len(snapshot.losses)
    return PlacedState(
        snapshot,
        empty_ledger(snapshot.rooms, situations),
        {},
        {},
        tuple({} for _ in range(situations)),
        tuple({} for _ in range(situations)),
    )


def follow(group: Group, rows: Sequence[Row], snapshot: Snapshot) -> Placed:
    """A group with what becomes of its rows after each failure; what may give way counts at its floor."""
    ordered = tuple(sorted(rows, key=lambda row: row.key))
    estate = snapshot.environment.estate
    kept = floors(ordered, snapshot.needed)
    fates, after = [], []
    for loss, promised in zip(snapshot.losses, snapshot.promised, strict=True):
        fate = failover.fate_of(ordered, loss, promised, estate)
        fates.append(fate)
        there = failover.counts(ordered, loss, fate, promised)
        after.append([min(count, kept[row.key]) for row, count in zip(ordered, there, strict=True)])
    counts = zip([row.running for row in ordered], *after, strict=True)
    return Placed(group, ordered, tuple(fates), tuple(counts))


def rebuilt(snapshot: Snapshot, placements: Iterable[Placement]) -> PlacedState:
    """The state in which everything stands as the placements say, right or not.

    Raises:
        Invalid: a placement names something that the environment does not have.
    """
    rows = by_group(rows_of(snapshot.environment, placements), snapshot.group_of)
    state = empty(snapshot)
    for group in snapshot.groups:
        if group.name in rows:
            state = state.put(group, rows[group.name])
    packed = state.packed({row.pool for each in rows.values() for row in each})
    return packed or replace(state, witnesses={})


def _added(before: tuple[Streams, ...], more: tuple[Streams, ...]) -> tuple[Streams, ...]:
    return tuple(_sum(old, new) if new else old for old, new in zip(before, more, strict=True))


def _sum(old: Streams, new: Streams) -> Streams:
    return {pair: old.get(pair, 0) + new.get(pair, 0) for pair in {**old, **new}}


def _claimed(
    before: tuple[Mapping[str, Sequence[int]], ...], placed: Placed
) -> tuple[Mapping[str, Sequence[int]], ...]:
    """Claims in each situation with those of a group."""
    found = []
    for situation, old in enumerate(before):
        new = quotas.claims(placed.rows, [counts[situation] for counts in placed.counts])
        merged = dict(old)
        for owner, amounts in new.items():
            base = merged.get(owner, [0] * len(amounts))
            merged[owner] = [one + other for one, other in zip(base, amounts, strict=True)]
        found.append(merged)
    return tuple(found)
