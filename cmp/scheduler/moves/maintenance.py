"""Plans maintenance: what leaves a host, a pool or a center, in which order, promises kept, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from cmp.errors import Invalid, Refused
from cmp.model.abilities import abilities_of
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.moves import Basis, MovePlan, Purpose, Step, StepKind
from cmp.model.plan import Plan
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import PLACED_ONLY, schedule
from cmp.scheduler.moves.cordon import cordoned
from cmp.scheduler.moves.evacuation import cleared
from cmp.scheduler.moves.observed import Reality, hosts_of, switched_pools
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.proposal import walked, with_total
from cmp.scheduler.moves.steps import carried_out, effort_on, migrations, numbered, switched
from cmp.scheduler.moves.transfers import recounted
from cmp.scheduler.moves.transition import relocation
from cmp.scheduler.objective.migration_cost import MoveEffort
from cmp.scheduler.objective.plan_diff import rows_in_use

Found = TypeVar("Found")

TOLD = 3
"""Workloads whose promise would break that a refusal names."""

MORE_HOSTS = 8
"""Hosts more in a pool up to which a refusal looks for what would help."""


class DrainKind(StrEnum):
    """What is drained."""

    HOST = "host"
    POOL = "pool"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Drain:
    """What is to be free of servers: `host` is a number in the pool, from 1, where one is meant."""

    kind: DrainKind
    id: str
    host: int = 0

    def __str__(self) -> str:
        """As it is written on the command line."""
        return f"{self.kind}:{self.id}/{self.host}" if self.host else f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Maintained:
    """The proposal, and the Plan that holds while it lasts (None for a host: the Plan stays); unsealed."""

    proposal: MovePlan
    target: Plan | None


@dataclass(frozen=True, slots=True)
class _Way:
    """Steps that free what is drained, those that lead back, and what the former take."""

    steps: Sequence[Step]
    back: Sequence[Step]
    effort: MoveEffort


def drain_of(environment: Environment, text: str) -> Drain:
    """Read `host:POOL/N`, `pool:P` or `center:C`.

    Raises:
        Invalid: it is none of these, or names nothing there is.
    """
    kind, _, name = text.partition(":")
    estate = environment.estate
    if kind == DrainKind.HOST:
        pool_id, _, number = name.partition("/")
        pool = _known(estate.pool.get(pool_id), text, "pool", estate.pool)
        if not number.isdecimal() or not 1 <= int(number) <= pool.hosts:
            raise Invalid(f"--drain {text} names no host", hint=f"{pool.id} has hosts 1 to {pool.hosts}")
        return Drain(DrainKind.HOST, pool.id, int(number))
    if kind == DrainKind.POOL:
        return Drain(DrainKind.POOL, _known(estate.pool.get(name), text, "pool", estate.pool).id)
    if kind == DrainKind.CENTER:
        return Drain(DrainKind.CENTER, _known(estate.center.get(name), text, "center", estate.center).id)
    raise Invalid(
        f"--drain {text} names nothing to drain", hint="write host:POOL/N, pool:POOL or center:CENTER"
    )


def maintain(plan: Plan, reality: Reality, drain: Drain) -> Maintained:
    """Say what must move so that a host, pool or center is free, keeping every promise while it lasts.

    Servers of a host go to other hosts of its pool, spare ones included: that is what they are for; hosts
    that are off are switched on where it needs them. For a pool or center the engine plans as if its pools
    were not there, and what stands there moves as that Plan says.

    Raises:
        Refused: a promise would break, or a host's cloud does not have it emptied; the sentence says which,
            the hint what would help.
    """
    if drain.kind is DrainKind.HOST:
        return _drain_host(plan, reality, drain)
    estate = plan.environment.estate
    pools = frozenset(
        pool.id
        for pool in estate.pools
        if drain.id == (pool.id if drain.kind is DrainKind.POOL else estate.center_of(pool).id)
    )
    return _drain_pools(plan, reality, drain, pools)


def _drain_host(plan: Plan, reality: Reality, drain: Drain) -> Maintained:
    environment = plan.environment
    pool = environment.estate.pool[drain.id]
    _refuse_fixed(environment, pool)
    found = hosts_of(plan, reality).get(pool.id)
    if found is None:
        off = Step(number=1, kind=StepKind.POWER_OFF, cloud=pool.cloud, pool=pool.id, host=drain.host)
        on = off.model_copy(update={"kind": StepKind.POWER_ON})
        return Maintained(_document(plan, reality, drain, _Way([off], [on], MoveEffort())), None)
    usable = frozenset(range(1, pool.hosts + 1)) - reality.out.get(pool.id, frozenset())
    hosts = replace(found, allowed=usable)
    woken, to = _refuge(hosts, drain.host)
    standing = replace(hosts, allowed=hosts.allowed - {drain.host}, off=hosts.off - woken)
    done = carried_out(standing, to, environment)
    back = walked(standing, done.hops)
    steps = [switched(hosts, StepKind.POWER_ON, host) for host in sorted(woken)]
    steps += [*migrations(hosts, done.hops, environment), switched(hosts, StepKind.POWER_OFF, drain.host)]
    home = [switched(hosts, StepKind.POWER_ON, drain.host), *migrations(hosts, back, environment)]
    home += [switched(hosts, StepKind.POWER_OFF, host) for host in sorted(woken)]
    effort = sum((effort_on(hosts, hop, environment) for hop in done.hops), MoveEffort())
    return Maintained(_document(plan, reality, drain, _Way(steps, home, effort)), None)


def _refuse_fixed(environment: Environment, pool: Pool) -> None:
    """Refuse to drain a host that is not ours to empty.

    Raises:
        Refused: its cloud moves no servers between hosts, or switches none.
    """
    can = abilities_of(environment.estate.cloud[pool.cloud])
    if not (can.moves_servers and can.switches_hosts):
        raise Refused(
            f"the hosts of {pool.id} are not ours: its cloud {pool.cloud} says what stands on which",
            hint=f"drain pool:{pool.id}, or have whoever runs {pool.cloud} drain the host",
        )


def _refuge(hosts: PoolHosts, host: int) -> tuple[frozenset[int], dict[str, int]]:
    """Hosts to switch on and where each server goes, with as few of both as are needed.

    Raises:
        Refused: there is no room, or a promise would break.
    """
    wakeable = sorted((hosts.off & hosts.allowed) - {host})
    for count in range(len(wakeable) + 1):
        woken = frozenset(wakeable[:count])
        to = cleared(replace(hosts, off=hosts.off - woken), host, len(hosts.servers), switch=False)
        if to is not None:
            return woken, dict(to)
    raise Refused(_unkept(hosts, host), hint=_help(hosts, host))


def _unkept(hosts: PoolHosts, host: int) -> str:
    """Which promise a host's absence breaks."""
    rest = hosts.without(frozenset({host}))
    gone = rest.moved(dict.fromkeys(hosts.standing_on(host), 0))
    servers = {name: each for name, each in gone.servers.items() if each[1]}
    broken = replace(rest, servers=servers).broken()
    why = broken or f"the servers on it find no room on the other hosts of {hosts.pool.id}"
    return f"host {hosts.pool.id}/{host} cannot be drained: {why}"


def _help(hosts: PoolHosts, host: int) -> str:
    """How many hosts more would do: tried, not guessed."""
    for more in range(1, MORE_HOSTS + 1):
        count = hosts.pool.hosts + more
        pool = hosts.pool.model_copy(update={"hosts": count})
        bigger = replace(hosts, pool=pool, allowed=hosts.allowed | {count - n for n in range(more)})
        if cleared(replace(bigger, off=frozenset()), host, len(hosts.servers), switch=False) is not None:
            return f"with {more} more host{'s' if more > 1 else ''} in {pool.id} it could be"
    return "move a workload out of the pool first"


def _drain_pools(plan: Plan, reality: Reality, drain: Drain, pools: frozenset[str]) -> Maintained:
    environment = plan.environment
    target = recounted(plan, _without(plan, drain, pools).within(plan))
    way = relocation(plan, target, reality)
    empty = [pool for pool in switched_pools(environment) if pool.id in pools]
    off = _switches(empty, reality, StepKind.POWER_OFF)
    steps = [*way.steps, *off]
    back = [*_switches(empty, reality, StepKind.POWER_ON), *way.inverse]
    return Maintained(_document(plan, reality, drain, _Way(steps, back, way.effort), target), target)


def _without(plan: Plan, drain: Drain, pools: frozenset[str]) -> Decision:
    """What the engine decides as if these pools were not there.

    Raises:
        Refused: something finds no other place with all that is promised to it.
    """
    environment = plan.environment
    if len(pools) == len(environment.estate.pools):
        raise Refused(f"{drain} cannot be drained: there is no other pool", hint="add one elsewhere")
    known = {(each.workload, each.component, each.role) for each in plan.unplaced}
    without = cordoned(environment, pools)
    decision = schedule(without, at=plan.origin.at, seed=plan.origin.seed, previous=plan, limits=PLACED_ONLY)
    lost = [each for each in decision.unplaced if (each.workload, each.component, each.role) not in known]
    if lost:
        names = sorted({each.workload for each in lost})
        more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
        grades = ", ".join(
            f"{name} (grade {environment.workload[name].recovery.grade})" for name in names[:TOLD]
        )
        raise Refused(
            f"{drain} cannot be drained: what is promised to {grades}{more} would break: {lost[0].summary}",
            hint="add hosts where the reasons say what lacks, or accept less for that long: a failover",
        )
    return decision


def _known(found: Found | None, text: str, kind: str, known: Mapping[str, object]) -> Found:
    if found is None:
        raise Invalid(f"--drain {text}: there is no such {kind}", hint=f"known: {', '.join(sorted(known))}")
    return found


def _notes(reality: Reality, effort: MoveEffort) -> tuple[str, ...]:
    """What one should know before one begins."""
    notes = [f"about {effort.minutes:.0f} minutes, {effort.mib / 1024:.0f} GiB carried"]
    if effort.downtime_ms:
        notes.append(f"servers stand still for {effort.downtime_ms / 1000:.1f} s in all")
    if reality.basis is Basis.PLAN:
        notes.append("no cloud was asked: hosts are as the packing of the applied Plan has them")
    return tuple(notes)


def _switches(pools: Sequence[Pool], reality: Reality, kind: StepKind) -> list[Step]:
    """All hosts of pools that are on now, switched."""
    return [
        Step(number=1, kind=kind, cloud=pool.cloud, pool=pool.id, host=host)
        for pool in pools
        for host in range(1, pool.hosts + 1)
        if host not in reality.off.get(pool.id, frozenset())
    ]


def _document(
    plan: Plan,
    reality: Reality,
    drain: Drain,
    way: _Way,
    target: Plan | None = None,
) -> MovePlan:
    before = {name: value for name, value in sorted(plan.objective.parts.items()) if name != "move"}
    after = before if target is None else dict(sorted(target.objective.parts.items()))
    weights = plan.environment.policy.objective
    cost = round(weights.move * way.effort.minutes / weights.payback_hours, 3)
    return MovePlan(
        environment=plan.environment.name,
        plan=plan.hash,
        target=target.hash if target else None,
        purpose=Purpose.MAINTAIN,
        subject=str(drain),
        basis=reality.basis,
        moves=(),
        steps=numbered(way.steps),
        inverse=numbered(way.back),
        before=with_total({**before, "move": 0.0}),
        after=with_total({**after, "move": cost}),
        notes=_notes(reality, way.effort),
        rows_total=rows_in_use(plan.placements),
    )
