"""Proposes moves that pay back: between pools where the engine finds better, inside pools to empty hosts.

Nothing is proposed that does not earn its cost within `policy.objective.payback_hours`; what is proposed was
walked through there and back, state by state, before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cmp.errors import Refused
from cmp.model.abilities import abilities_of
from cmp.model.moves import Basis, MovePlan
from cmp.model.plan import Plan
from cmp.model.policy import Objective
from cmp.scheduler.moves.consolidation import Emptied, emptied
from cmp.scheduler.moves.observed import Reality, hosts_of, missing, strangers
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.proposal import Accepted, break_even, earned, weighed, written
from cmp.scheduler.moves.settling import moves_each_once, settle, subject_of
from cmp.scheduler.moves.transfers import RowChange, Transfer, changes, recounted, transfers
from cmp.scheduler.moves.transition import Relocation, relocation

NO_LIMIT = 1_000_000
"""Moves at most where nobody set a limit."""

ROUNDS = 5
"""How often the engine is asked again from what was accepted by then: until it finds nothing more."""


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """A proposal, and the Plan that its transfers lead to (unsealed); None where nothing leaves its pool."""

    proposal: MovePlan
    target: Plan | None


@dataclass(slots=True, eq=False)
class _Draft:
    """A proposal while it grows: it leads from `start`, as `reality` has it, to `plan`.

    `hosts` are those of the pools that may be consolidated, as they look by now; `received` took servers just
    now; `nearest` are the break-even hours of the best move that does not pay.
    """

    start: Plan
    plan: Plan
    reality: Reality
    hosts: dict[str, PoolHosts]
    changes: list[RowChange]
    left: int
    accepted: list[Accepted] = field(default_factory=list)
    received: dict[str, frozenset[int]] = field(default_factory=dict)
    known: dict[str, tuple[Emptied, ...]] = field(default_factory=dict)
    solved: tuple[tuple[Transfer, Relocation], ...] | None = None
    nearest: float | None = None


def rebalance(
    plan: Plan, reality: Reality, max_moves: int | None = None, proposed: Sequence[RowChange] | None = None
) -> Rebalanced:
    """Propose moves, the one that earns its cost soonest first, never more than `max_moves`.

    Args:
        plan: the applied Plan.
        reality: what stands on which host; it, not the Plan's witness, is where moves start.
        max_moves: servers that may move, a host that is only switched off counted as one; None: no limit.
        proposed: changes between pools to try; None lets the engine look for them.
    """
    start = hosts_of(plan, reality)
    notes = list(_notes(plan, reality, start))
    draft = _Draft(
        plan,
        plan,
        reality,
        {name: hosts for name, hosts in start.items() if _consolidates(plan, reality, name)},
        list(changes(plan) if proposed is None else proposed),
        NO_LIMIT if max_moves is None else max_moves,
    )
    for _ in range(ROUNDS):
        before = draft.plan
        while (best := _best(draft)) is not None:
            _accept(draft, best)
        if draft.plan is before or proposed is not None:
            break
        draft.changes, draft.solved = list(changes(draft.plan)), None
    if not draft.accepted:
        notes.append(_nothing(draft, max_moves))
    settled = settle(plan, draft.plan, draft.accepted, reality)
    target = recounted(plan, settled.target) if settled.target is not plan else None
    return Rebalanced(written(plan, target, start, settled.moves, reality.basis, tuple(notes)), target)


def _consolidates(plan: Plan, reality: Reality, pool: str) -> bool:
    """True where hosts are ours to empty and to switch, and everything on them is known."""
    can = abilities_of(plan.environment.estate.cloud[plan.environment.estate.pool[pool].cloud])
    known = all(each.pool != pool for each in strangers(plan, reality))
    return can.moves_servers and can.switches_hosts and pool not in reality.unseen and known


def _best(draft: _Draft) -> Accepted | None:
    """The move that earns its cost soonest, of those that earn it in time; names break ties."""
    weights = draft.plan.environment.policy.objective
    offers = sorted(
        _offers(draft, weights), key=lambda each: (each.break_even_hours, each.moves, each.subject)
    )
    paying = [each for each in offers if each.break_even_hours < weights.payback_hours]
    if not paying and offers:
        least = offers[0].break_even_hours
        draft.nearest = least if draft.nearest is None else min(least, draft.nearest)
    return paying[0] if paying else None


def _offers(draft: _Draft, weights: Objective) -> Iterator[Accepted]:
    """Everything that could be done next within the limit and earns anything at all."""
    for pool, hosts in draft.hosts.items():
        if pool not in draft.known:
            draft.known[pool] = tuple(emptied(hosts, draft.plan.environment, frozenset(), draft.left))
        for found in draft.known[pool]:
            gain = earned({"facility_watts": weights.facility_watts * found.milli_watts / 1000})
            hours = break_even(weighed(found.done.effort, weights), sum(gain.values()))
            if found.moves <= draft.left and hours is not None:
                subject = f"host {pool}/{found.host}"
                yield Accepted(subject, found, found.done.effort, gain, hours, found.moves)
    for transfer, way in _solved(draft):
        hours = break_even(weighed(transfer.effort, weights), transfer.gain_per_hour)
        if transfer.moves <= draft.left and hours is not None:
            subject = subject_of(transfer.shifts)
            yield Accepted(subject, (transfer, way), transfer.effort, transfer.gain, hours, transfer.moves)


def _solved(draft: _Draft) -> tuple[tuple[Transfer, Relocation], ...]:
    """Changes between pools that stand and have a way there and back, from what the Plan is by now."""
    if draft.solved is None:
        found = []
        for transfer in transfers(draft.plan, draft.changes, draft.left):
            if transfer.gain_per_hour <= 0 or not _untouched(draft, transfer):
                continue
            try:
                way = relocation(draft.start, transfer.decision.within(draft.plan), draft.reality)
            except Refused:
                continue
            if moves_each_once(way.steps):
                found.append((transfer, way))
        draft.solved = tuple(found)
    return draft.solved


def _untouched(draft: _Draft, transfer: Transfer) -> bool:
    """True when no pool of a transfer was consolidated: where its servers stand is known."""
    return transfer.pools.isdisjoint(draft.received)


def _accept(draft: _Draft, best: Accepted) -> None:
    """Take a move into the proposal; what it rules out is not looked at again."""
    draft.accepted.append(best)
    draft.left -= best.moves
    if isinstance(best.what, Emptied):
        pool = best.what.before.pool.id
        draft.hosts[pool] = best.what.done.hosts
        came = frozenset(hop.to[1] for hop in best.what.done.hops)
        draft.received[pool] = draft.received.get(pool, frozenset()) | came
        draft.known.pop(pool)
        draft.solved = tuple(each for each in draft.solved or () if _untouched(draft, each[0]))
        return
    transfer, _ = best.what
    draft.plan = transfer.decision.within(draft.plan)
    draft.changes = [each for each in draft.changes if each.workloads.isdisjoint(transfer.change.workloads)]
    for pool in transfer.pools:
        draft.hosts.pop(pool, None)
        draft.known.pop(pool, None)
    draft.solved = None


def _notes(plan: Plan, reality: Reality, hosts: dict[str, PoolHosts]) -> Iterator[str]:
    """What one should know before one believes the proposal."""
    if reality.basis is Basis.PLAN:
        yield "no cloud was asked: hosts are as the packing of the applied Plan has them"
    for pool in sorted(reality.unseen):
        yield f"{pool}: its cloud could not be asked; its hosts stay as they are"
    for pool, count in sorted(missing(plan, reality).items()):
        yield f"{pool}: {count} servers of the Plan were not found there"
    for each in strangers(plan, reality):
        yield f"{each.pool}: {each.server} stands there and not in the Plan; its hosts stay as they are"
    for pool, found in sorted(hosts.items()):
        broken = found.broken()
        if broken is not None:
            yield f"{pool}: left alone, as its hosts keep no promise as they stand: {broken}"


def _nothing(draft: _Draft, max_moves: int | None) -> str:
    """Why nothing is proposed."""
    if max_moves == 0:
        return "nothing is proposed: no move was allowed"
    if draft.nearest is None:
        return "nothing pays back: no host can be emptied and no side stands better elsewhere"
    hours = draft.plan.environment.policy.objective.payback_hours
    return f"nothing pays back: the best move would take {draft.nearest:.0f} h, {hours:g} h are allowed"
