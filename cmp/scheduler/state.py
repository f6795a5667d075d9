"""Holds what is placed so far and takes a group whole, or says which constraint forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.scheduler import links, quotas, survive
from cmp.scheduler.groups import Group
from cmp.scheduler.latency import Situation, breaches
from cmp.scheduler.ledger import FULL, Ledger, empty_ledger
from cmp.scheduler.links import Streams
from cmp.scheduler.packing import Witness, pack
from cmp.scheduler.rows import Row
from cmp.scheduler.snapshot import Snapshot
from cmp.scheduler.survive import Fate


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a group cannot be taken so; `pool` where it is one pool's fault."""

    constraint: str
    sentence: str
    pool: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A group with its rows; `counts[i]` are those of `rows[i]` in normal time and after each failure."""

    group: Group
    rows: tuple[Row, ...]
    fates: tuple[Fate, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything placed so far. A change gives a new state; the old one stays as it was."""

    snapshot: Snapshot
    ledger: Ledger
    placed: Mapping[str, Placed]
    witnesses: Mapping[str, Witness]
    streams: tuple[Streams, ...]
    claims: tuple[Mapping[str, Sequence[int]], ...]

    def take(self, group: Group, rows: Sequence[Row]) -> State | Refusal:
        """The state with one more group, or the first constraint that forbids it."""
        placed = follow(group, rows, self.snapshot)
        refusal = next(unsurvived(placed, self.snapshot), None)
        if refusal:
            return refusal
        together = self._with(placed)
        refusal = next(together.refusals(placed), None)
        return refusal or together.packed({row.pool for row in placed.rows})

    def put(self, group: Group, rows: Sequence[Row]) -> State:
        """The state with one more group, right or not; its pools are not packed."""
        return self._with(follow(group, rows, self.snapshot))

    def _with(self, placed: Placed) -> State:
        ledger = self.ledger.copy()
        for row, counts in zip(placed.rows, placed.counts, strict=True):
            ledger.add(row.pool, row.size, counts)
        return replace(
            self,
            ledger=ledger,
            placed={**self.placed, placed.group.name: placed},
            streams=_added(self.streams, self._streams(placed)),
            claims=_claimed(self.claims, placed, 1),
        )

    def without(self, name: str) -> State:
        """The state without one group."""
        placed = self.placed[name]
        ledger = self.ledger.copy()
        for row, counts in zip(placed.rows, placed.counts, strict=True):
            ledger.remove(row.pool, row.size, counts)
        rest = replace(
            self,
            ledger=ledger,
            placed={other: each for other, each in self.placed.items() if other != name},
            streams=_subtracted(self.streams, self._streams(placed)),
            claims=_claimed(self.claims, placed, -1),
        )
        packed = rest.packed({row.pool for row in placed.rows})
        return packed if isinstance(packed, State) else rest

    def refusals(self, placed: Placed) -> Iterator[Refusal]:
        """What a group just taken breaks: capacity, links, quotas, round trips."""
        for pool in sorted({row.pool for row in placed.rows}):
            if self.ledger.peaks[pool] > FULL:
                yield Refusal("capacity", f"{pool} would be oversold", pool)
        estate = self.snapshot.environment.estate
        for streams in self.streams:
            for pair, kbps in sorted(streams.items()):
                if kbps > links.usable_kbps(estate, pair):
                    between = " and ".join(pair)
                    yield Refusal("link", f"too much would be replicated between {between}")
        policy = self.snapshot.environment.policy
        for claimed in self.claims:
            for sentence in quotas.exceeded(policy.quotas, claimed, self.snapshot.accelerators):
                yield Refusal("quota", sentence)
        yield from self._round_trips(placed)

    def packed(self, pools: set[str]) -> State | Refusal:
        """The state with these pools packed anew, or the first of them that cannot be."""
        witnesses = dict(self.witnesses)
        for pool in sorted(pools):
            rows, counts = self.on(pool)
            after = list(zip(*counts, strict=True))[1:]
            witness = pack(rows, after, self.snapshot.rooms[pool])
            if witness is None:
                return Refusal("packing", f"{pool} has room enough, but not on its hosts", pool)
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
        if not any(row.component.data.change_mbps_peak for row in placed.rows):
            return tuple({} for _ in self.streams)
        home = Fate(False, placed.fates[0].home, placed.fates[0].home)
        normal = links.streams(placed.rows, None, home, frozenset())
        after = (
            links.streams(placed.rows, loss, fate, promised)
            for loss, fate, promised in zip(
                self.snapshot.losses, placed.fates, self.snapshot.promised, strict=True
            )
        )
        return normal, *after

    def _round_trips(self, placed: Placed) -> Iterator[Refusal]:
        touched = set(placed.group.members)
        bounds = [each for each in self.snapshot.bounds if each.workload in touched or each.asked in touched]
        if not bounds:
            return
        rows: dict[str, list[Row]] = {}
        for each in self.placed.values():
            for row in each.rows:
                rows.setdefault(row.workload.id, []).append(row)
        for situation in self.situations():
            for bound in bounds:
                for breach in breaches(bound, rows, situation, self.snapshot.environment.estate):
                    yield Refusal("rtt", str(breach))

    def situations(self) -> Iterator[Situation]:
        """Normal time, then every failure with what it does to the groups placed."""
        members = [(placed, name) for placed in self.placed.values() for name in placed.group.members]
        homes = {name: Fate(False, placed.fates[0].home, placed.fates[0].home) for placed, name in members}
        yield Situation(None, frozenset(), homes)
        for number, (loss, promised) in enumerate(
            zip(self.snapshot.losses, self.snapshot.promised, strict=True)
        ):
            yield Situation(loss, promised, {name: placed.fates[number] for placed, name in members})


def empty(snapshot: Snapshot) -> State:
    """Nothing placed yet."""
    situations = 1 + len(snapshot.losses)
    return State(
        snapshot,
        empty_ledger(snapshot.rooms, situations),
        {},
        {},
        tuple({} for _ in range(situations)),
        tuple({} for _ in range(situations)),
    )


def follow(group: Group, rows: Sequence[Row], snapshot: Snapshot) -> Placed:
    """A group with what becomes of its rows after each failure."""
    ordered = tuple(sorted(rows, key=lambda row: row.key))
    estate = snapshot.environment.estate
    fates, after = [], []
    for loss, promised in zip(snapshot.losses, snapshot.promised, strict=True):
        fate = survive.fate_of(ordered, loss, promised, estate)
        fates.append(fate)
        after.append(survive.counts(ordered, loss, fate, promised))
    counts = zip([row.running for row in ordered], *after, strict=True)
    return Placed(group, ordered, tuple(fates), tuple(counts))


def unsurvived(placed: Placed, snapshot: Snapshot) -> Iterator[Refusal]:
    """Promises that a group's rows do not keep: no center to go to, or too few members left."""
    needed = survive.needed(placed.rows)
    for loss, promised, fate in zip(snapshot.losses, snapshot.promised, placed.fates, strict=True):
        if fate.center is None:
            yield Refusal("survival", f"no center could take over {placed.group.name} after {loss.failure}")
        for key, left in survive.alive(placed.rows, loss).items():
            if key[0] in promised and left < needed[key]:
                name = "/".join(key)
                yield Refusal("quorum", f"{name} would keep {left} of {needed[key]} after {loss.failure}")


def _added(before: tuple[Streams, ...], more: tuple[Streams, ...]) -> tuple[Streams, ...]:
    return tuple(_sum(old, new, 1) if new else old for old, new in zip(before, more, strict=True))


def _subtracted(before: tuple[Streams, ...], less: tuple[Streams, ...]) -> tuple[Streams, ...]:
    return tuple(_sum(old, new, -1) if new else old for old, new in zip(before, less, strict=True))


def _sum(old: Streams, new: Streams, sign: int) -> Streams:
    return {pair: old.get(pair, 0) + sign * new.get(pair, 0) for pair in {**old, **new}}


def _claimed(
    before: tuple[Mapping[str, Sequence[int]], ...], placed: Placed, sign: int
) -> tuple[Mapping[str, Sequence[int]], ...]:
    """Claims in each situation with (or without) those of a group."""
    found = []
    for situation, old in enumerate(before):
        new = quotas.claims(placed.rows, [counts[situation] for counts in placed.counts])
        merged = dict(old)
        for owner, amounts in new.items():
            base = merged.get(owner, [0] * len(amounts))
            merged[owner] = [one + sign * other for one, other in zip(base, amounts, strict=True)]
        found.append(merged)
    return tuple(found)
