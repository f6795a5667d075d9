"""Finds the servers that have to change hosts inside a pool before what is new there finds room.

Clouds put new servers where there is room and move no other for it: where only a whole pool packed anew has
room, somebody has to move servers first, and a Plan that says nothing of that cannot be carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cmp.model.environment import Environment
from cmp.model.moves import Standing
from cmp.model.plan import FirstMove, ObjectiveValue, Packing, Placement, Plan
from cmp.model.recovery import Role
from cmp.scheduler.moves.observed import Reality, hosts_of, reality_of
from cmp.scheduler.moves.pool_hosts import PoolHosts, Situation
from cmp.scheduler.moves.sequencing import Hop
from cmp.scheduler.moves.steps import effort_on
from cmp.scheduler.objective.migration_cost import MoveEffort

Names = Callable[[Placement], Sequence[str]]
"""Gives a row's servers their names."""


def cleared_first(previous: Plan, target: Plan, names: Names) -> Plan:
    """The Plan with the moves inside pools that it needs first, their minutes counted in its objective."""
    moves, effort = _needed(previous, target, names)
    if not moves:
        return target
    objective = _costing(target.objective, effort, target.environment)
    return target.model_copy(update={"moves_first": moves, "objective": objective})


def _needed(previous: Plan, target: Plan, names: Names) -> tuple[tuple[FirstMove, ...], MoveEffort]:
    staying = _staying(reality_of(previous, names), target, names)
    moves: list[FirstMove] = []
    total = MoveEffort()
    for pool, hosts in hosts_of(target, staying).items():
        packing = next((each for each in target.packings if each.pool == pool and not each.failure), None)
        to = _elsewhere(hosts, packing) if packing and hosts.abilities.moves_servers else {}
        for name, host in sorted(_fewest(_awake(hosts, packing), to).items() if packing and to else ()):
            row, at = hosts.servers[name]
            kind = hosts.rows[row]
            effort = effort_on(hosts, Hop(name, kind.name, (pool, at), (pool, host)), target.environment)
            total = total + effort
            moves.append(
                FirstMove(
                    pool=pool,
                    server=name,
                    workload=kind.workload,
                    component=kind.component,
                    role=kind.role,
                    host=at,
                    to=host,
                    minutes=round(effort.minutes, 3),
                )
            )
    return tuple(moves), total


def _staying(reality: Reality, target: Plan, names: Names) -> Reality:
    """What still stands of one Plan once another is carried out, before anything moves."""
    kept = {
        (name, row.pool) for row in target.placements if row.role is not Role.BACKUP for name in names(row)
    }
    standings: tuple[Standing, ...] = tuple(
        each for each in reality.standings if (each.server, each.pool) in kept
    )
    return replace(reality, standings=standings, off={}, out=target.environment.closed_hosts)


def _awake(hosts: PoolHosts, packing: Packing) -> PoolHosts:
    """The hosts with all of them on, and with the Plan's own place for each replica of normal time."""
    number = {(row.workload, row.component, row.role): place for place, row in enumerate(hosts.rows)}
    planned: dict[int, tuple[int, ...]] = {}
    for host in packing.hosts:
        for packed in host.rows:
            row = number[packed.workload, packed.component, packed.role]
            planned[row] = (*planned.get(row, ()), *([host.host] * packed.count))
    situations = tuple(_with(each, planned) for each in hosts.situations)
    usable = frozenset(host.host for host in packing.hosts) | hosts.allowed
    return replace(hosts, situations=situations, off=frozenset(), allowed=usable)


def _with(situation: Situation, planned: Mapping[int, tuple[int, ...]]) -> Situation:
    return replace(situation, planned={**planned, **situation.planned})


def _elsewhere(hosts: PoolHosts, packing: Packing) -> dict[str, int]:
    """The servers that a packing has on another host than where they stand, each with its host there."""
    wanted: dict[tuple[str, str, Role], list[int]] = {}
    for host in packing.hosts:
        for packed in host.rows:
            key = packed.workload, packed.component, packed.role
            wanted.setdefault(key, []).extend([host.host] * packed.count)
    waiting: list[tuple[str, tuple[str, str, Role]]] = []
    for name, (number, at) in sorted(hosts.servers.items()):
        row = hosts.rows[number]
        there = wanted.get((row.workload, row.component, row.role), [])
        if at in there:
            there.remove(at)
        else:
            waiting.append((name, (row.workload, row.component, row.role)))
    return {name: wanted[key].pop(0) for name, key in waiting if wanted.get(key)}


def _fewest(hosts: PoolHosts, to: Mapping[str, int]) -> dict[str, int]:
    """Those of the moves without which what is new, or what a failure adds, finds no room."""
    if hosts.broken() is None:
        return {}
    left = dict(to)
    for name in sorted(to, key=lambda each: (-hosts.weight(each), each)):
        without = {each: host for each, host in left.items() if each != name}
        if _fits(hosts, without):
            left = without
    return left


def _fits(hosts: PoolHosts, to: Mapping[str, int]) -> bool:
    moved = hosts.moved(to)
    within = all(min(moved.free(host), default=0) >= 0 for host in moved.allowed)
    return within and moved.broken() is None


def _costing(objective: ObjectiveValue, effort: MoveEffort, environment: Environment) -> ObjectiveValue:
    """The objective with the minutes of these moves in its part `move`."""
    weights = environment.policy.objective
    more = effort.minutes / weights.payback_hours
    parts = {**objective.parts, "move": round(objective.parts.get("move", 0.0) + weights.move * more, 3)}
    quantities = {**objective.quantities, "move": round(objective.quantities.get("move", 0.0) + more, 3)}
    total = round(sum(parts[name] for name in sorted(parts)), 3)
    return objective.model_copy(update={"total": total, "parts": parts, "quantities": quantities})
