"""Settles a proposal: each server moves once, straight to where it stays, and asking again finds nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.errors import Refused
from cmp.model.moves import Step
from cmp.model.plan import HostPacking, Packed, Packing, Placement, Plan
from cmp.model.policy import Objective
from cmp.model.recovery import Role
from cmp.scheduler.engine import PLACED_ONLY, schedule
from cmp.scheduler.moves.consolidation import Emptied, emptied
from cmp.scheduler.moves.observed import Reality, hosts_of, reality_of
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.proposal import Accepted, break_even, weighed
from cmp.scheduler.moves.steps import carried_out
from cmp.scheduler.moves.transfers import Transfer
from cmp.scheduler.moves.transition import Relocation, relocation
from cmp.scheduler.objective.migration_cost import MoveEffort
from cmp.scheduler.objective.plan_diff import Shift

TOLD = 3
"""Sides that the name of a move tells."""

Spots = Mapping[tuple[str, str, Role], Mapping[int, int]]
"""For each row of a pool, how many of its replicas stand on which host."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Moves of which none moves a server of another again, and the Plan that they lead to."""

    moves: tuple[Accepted, ...]
    target: Plan


def moves_each_once(steps: Iterable[Step]) -> bool:
    """True when no server is moved by two steps."""
    moved = Counter(step.server for step in steps if step.server)
    return max(moved.values(), default=1) == 1


def subject_of(shifts: Sequence[Shift]) -> str:
    """What moves where, for people: the first sides by name."""
    told = [
        f"{'/'.join(shift.side[:2])} {shift.side[2]} from {shift.legs[0].source} to {shift.legs[0].to}"
        for shift in shifts
    ]
    more = f" and {len(told) - TOLD} more" if len(told) > TOLD else ""
    return f"{'; '.join(told[:TOLD])}{more}"


def settle(plan: Plan, target: Plan, accepted: Sequence[Accepted], reality: Reality) -> Settled:
    """Join what moves the same server, and pack the Plan's hosts as they will be once nothing more pays.

    Args:
        plan: where moves start.
        target: where the transfers among them lead.
        accepted: moves as they were found, one after the other.
        reality: what stands on which host before them.
    """
    pools: dict[str, list[Accepted]] = {}
    for each in accepted:
        if isinstance(each.what, Emptied):
            pools.setdefault(each.what.before.pool.id, []).append(each)
    joined = [_once(each, plan) for each in pools.values()]
    inside = [move for each in joined for move in each]
    across = [each for each in accepted if not isinstance(each.what, Emptied)]
    if not across:
        return Settled(tuple(inside), target)
    there = {pool: each[-1] for pool, each in zip(pools, joined, strict=True)}
    packed = _packed(plan, target, {pool: _after(each) for pool, each in there.items()})
    try:
        way = relocation(plan, packed, reality)
    except Refused:
        return Settled((*_joined(across, plan), *inside), target)
    if not moves_each_once(way.steps):
        return Settled((*_joined(across, plan), *inside), target)
    return Settled((*_joined(across, plan, way), *inside), packed)


def _after(each: Accepted) -> PoolHosts:
    assert isinstance(each.what, Emptied)  # noqa: S101 - pools hold nothing else
    return each.what.done.hosts


def _once(moves: Sequence[Accepted], plan: Plan) -> tuple[Accepted, ...]:
    """The hosts of one pool emptied so that every server goes straight to where it stays."""
    found = [each.what for each in moves if isinstance(each.what, Emptied)]
    hops = Counter(hop.item for each in found for hop in each.done.hops)
    if max(hops.values(), default=1) == 1:
        return tuple(moves)
    before, after = found[0].before, found[-1].done.hosts
    to = {name: host for name, (_, host) in after.servers.items() if before.servers[name][1] != host}
    try:
        done = carried_out(before, to, plan.environment)
    except Refused:
        return _until_again(moves)
    if max(Counter(hop.item for hop in done.hops).values(), default=1) > 1:
        return _until_again(moves)
    done = replace(done, hosts=after)
    watts = sum(each.milli_watts for each in found)
    first, *also = (each.host for each in found)
    pool = before.pool.id
    names = ", ".join(f"{pool}/{each.host}" for each in found)
    what = Emptied(first, before, done, watts, tuple(also))
    return (_weighed(f"hosts {names}", what, done.effort, _gains(moves), plan),)


def _until_again(moves: Sequence[Accepted]) -> tuple[Accepted, ...]:
    """The moves up to the first that would move a server again."""
    seen: set[str] = set()
    kept: list[Accepted] = []
    for each in moves:
        names = {hop.item for hop in each.what.done.hops} if isinstance(each.what, Emptied) else set()
        if seen & names:
            break
        seen |= names
        kept.append(each)
    return tuple(kept)


def _joined(across: Sequence[Accepted], plan: Plan, way: Relocation | None = None) -> tuple[Accepted, ...]:
    """Transfers, those of the same workloads as one, all on the one way that they take together."""
    last = across[-1].what
    assert not isinstance(last, Emptied)  # noqa: S101 - they are transfers
    taken = way or last[1]
    clusters: list[tuple[set[str], list[Accepted]]] = []
    for each in across:
        names = set(_transfer(each).change.workloads)
        with_it = [cluster for cluster in clusters if cluster[0] & names]
        merged = names.union(*(cluster[0] for cluster in with_it))
        members = [*(member for cluster in with_it for member in cluster[1]), each]
        clusters = [cluster for cluster in clusters if cluster not in with_it] + [(merged, members)]
    found = []
    for names, members in clusters:
        shifts = tuple(shift for shift in taken.shifts if shift.side[0] in names)
        if not shifts:
            continue
        effort = sum((shift.effort or MoveEffort() for shift in shifts), MoveEffort())
        newest = _transfer(members[-1])
        change = replace(newest.change, workloads=frozenset(names))
        what = replace(newest, change=change, shifts=shifts, effort=effort), taken
        found.append(_weighed(subject_of(shifts), what, effort, _gains(members), plan))
    return tuple(found)


def _transfer(each: Accepted) -> Transfer:
    assert not isinstance(each.what, Emptied)  # noqa: S101 - they are transfers
    return each.what[0]


def _gains(moves: Iterable[Accepted]) -> dict[str, float]:
    total: dict[str, float] = {}
    for each in moves:
        for name, value in each.gain.items():
            total[name] = round(total.get(name, 0.0) + value, 3)
    return total


def _weighed(
    subject: str,
    what: Emptied | tuple[Transfer, Relocation],
    effort: MoveEffort,
    gain: Mapping[str, float],
    plan: Plan,
) -> Accepted:
    hours = break_even(weighed(effort, plan.environment.policy.objective), sum(gain.values())) or 0.0
    moves = what.moves if isinstance(what, Emptied) else what[0].moves
    return Accepted(subject, what, effort, gain, hours, moves)


def _packed(plan: Plan, target: Plan, known: Mapping[str, PoolHosts]) -> Plan:
    """The target with its pools packed until no host can be emptied any more; rows stay as they are."""
    staying = reality_of(target, _named)
    spots: dict[str, Spots] = {}
    for pool, hosts in hosts_of(target, staying).items():
        packed = known.get(pool) or _consolidated(hosts, plan)
        if packed is not hosts:
            spots[pool] = _spots(packed)
    packings = tuple(
        each.model_copy(update={"hosts": _listed(each, spots[each.pool])})
        if each.pool in spots and not each.failure
        else each
        for each in target.packings
        if each.pool not in spots or not each.failure
    )
    start = target.model_copy(update={"packings": packings})
    at, seed = plan.origin.at, plan.origin.seed
    decision = schedule(target.environment, at=at, seed=seed, previous=start, limits=PLACED_ONLY)
    same = decision.placements == target.placements and len(decision.unplaced) == len(target.unplaced)
    return decision.within(target) if same else target


def _consolidated(hosts: PoolHosts, plan: Plan) -> PoolHosts:
    """A pool whose hosts were emptied while it pays, wherever its servers have to go for it."""
    weights = plan.environment.policy.objective
    if not (hosts.abilities.moves_servers and hosts.abilities.switches_hosts):
        return hosts
    while True:
        paying = [
            (hours, each.host, each)
            for each in emptied(hosts, plan.environment, frozenset(), len(hosts.servers))
            if (hours := _hours(each, weights)) is not None and hours < weights.payback_hours
        ]
        if not paying:
            return hosts
        hosts = min(paying, key=lambda offer: offer[:2])[2].done.hosts


def _hours(each: Emptied, weights: Objective) -> float | None:
    return break_even(weighed(each.done.effort, weights), weights.facility_watts * each.milli_watts / 1000)


def _named(row: Placement) -> list[str]:
    """Names for the servers of a row, whatever their cloud calls them."""
    return [f"{row.workload}/{row.component} {row.role} {row.pool} {n + 1}" for n in range(row.replicas)]


def _spots(hosts: PoolHosts) -> Spots:
    found: dict[tuple[str, str, Role], Counter[int]] = {}
    for number, host in hosts.servers.values():
        row = hosts.rows[number]
        found.setdefault((row.workload, row.component, row.role), Counter())[host] += 1
    return found


def _listed(packing: Packing, spots: Spots) -> tuple[HostPacking, ...]:
    """A packing of normal time with servers on other hosts; copies lie where they lay."""
    hosts: dict[int, list[Packed]] = {}
    for before in packing.hosts:
        hosts[before.host] = [row for row in before.rows if row.role is Role.BACKUP]
    for (workload, component, role), counts in spots.items():
        for host, count in counts.items():
            row = Packed(workload=workload, component=component, role=role, count=count)
            hosts.setdefault(host, []).append(row)
    return tuple(
        HostPacking(host=host, rows=tuple(sorted(rows, key=lambda r: (r.workload, r.component, r.role))))
        for host, rows in sorted(hosts.items())
        if rows
    )
