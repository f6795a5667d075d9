"""Reads the hosts of a Plan's pools: from what the clouds list, or else from the packing of the Plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmp.model.abilities import abilities_of
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.moves import Basis, Standing, Step, StepKind
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.scheduler.moves.pool_hosts import HostedRow, PoolHosts, Situation
from cmp.scheduler.problem.neighbours import HostRules
from cmp.scheduler.problem.rows import Row, accelerators_of, rows_of, vector
from cmp.scheduler.problem.sizes import host_capacity
from cmp.scheduler.recovery.patience import may_wait, patience_of

Key = tuple[str, str, str, str]
"""Workload, component, role and pool."""


@dataclass(frozen=True, slots=True)
class Reality:
    """What stands on which host, and which hosts are switched off, by pool.

    `basis` says who told it: the clouds, or only the Plan. Pools in `unseen` were not listed by their cloud.
    Hosts in `out` may not be used at all (down, in maintenance, not there); they are among those in `off`.
    """

    standings: tuple[Standing, ...]
    basis: Basis = Basis.PLAN
    off: Mapping[str, frozenset[int]] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()
    out: Mapping[str, frozenset[int]] = field(default_factory=dict)


def reality_of(plan: Plan, names: Callable[[Placement], Sequence[str]]) -> Reality:
    """What a Plan's packing says of hosts; `names` gives a row's servers their names.

    A host that nothing stands on is taken for switched off, as the objective counts it, except spare ones and
    those of clouds that switch none.
    """
    rows = {_key(row): row for row in plan.placements}
    left = {key: list(names(row)) for key, row in rows.items()}
    standings: list[Standing] = []
    for packing in plan.packings:
        for host in packing.hosts if not packing.failure else ():
            for packed in host.rows:
                key = packed.workload, packed.component, packed.role.value, packing.pool
                if packed.role is Role.BACKUP or key not in rows:
                    continue
                here = left[key][: packed.count]
                standings.extend(_standing(rows[key], host.host, name) for name in here)
                del left[key][: packed.count]
    on = hosts_on(plan)
    out = plan.environment.closed_hosts
    off = {
        pool.id: frozenset(range(1, pool.usable_hosts + 1)) - on[pool.id] | out.get(pool.id, frozenset())
        for pool in switched_pools(plan.environment)
    }
    return Reality(tuple(standings), Basis.PLAN, off, out=out)


def switched_pools(environment: Environment) -> tuple[Pool, ...]:
    """The pools whose hosts are worth switching, and whose cloud can."""
    estate = environment.estate
    return tuple(
        pool
        for pool in estate.pools
        if pool.power is not None and abilities_of(estate.cloud[pool.cloud]).switches_hosts
    )


def hosts_on(plan: Plan) -> dict[str, frozenset[int]]:
    """The hosts of each pool that a Plan needs: for what stands there, and for what cannot wait for one."""
    environment = plan.environment
    patience = patience_of(environment)
    found: dict[str, set[int]] = {name: set() for name in environment.estate.pool}
    for packing in plan.packings:
        pool = environment.estate.pool[packing.pool]
        for host in packing.hosts:
            waits = bool(packing.failure) and all(may_wait(pool, patience[row.workload]) for row in host.rows)
            if not waits:
                found[packing.pool].add(host.host)
    return {name: frozenset(hosts) for name, hosts in found.items()}


def hosts_of(plan: Plan, reality: Reality) -> dict[str, PoolHosts]:
    """The hosts of every pool that a Plan uses, with what stands on them."""
    after = replicas_after(plan)
    added = _added(plan)
    patience = patience_of(plan.environment)
    pools: dict[str, list[Placement]] = {}
    for row in sorted(plan.placements, key=_key):
        pools.setdefault(row.pool, []).append(row)
    standings: dict[str, list[Standing]] = {}
    for each in reality.standings:
        standings.setdefault(each.pool, []).append(each)
    found = {}
    for name, rows in sorted(pools.items()):
        pool = plan.environment.estate.pool[name]
        cloud = plan.environment.estate.cloud[pool.cloud]
        hosted = tuple(_hosted(plan.environment, row, pool, patience[row.workload]) for row in rows)
        number = {_key(row): place for place, row in enumerate(rows)}
        gone = plan.environment.closed_hosts.get(name, frozenset())
        found[name] = PoolHosts(
            pool,
            hosted,
            host_capacity(pool, cloud, accelerators_of(plan.environment), plan.environment.estate.per_card),
            dict(_servers(standings.get(name, ()), number)),
            tuple(_situations(rows, after, added)),
            abilities_of(cloud),
            _allowed(pool, standings.get(name, ()), gone) - reality.out.get(name, frozenset()),
            reality.off.get(name, frozenset()) | gone,
            _against(rows_of(plan.environment, rows)),
        )
    return found


def after_steps(reality: Reality, steps: Iterable[Step]) -> Reality:
    """What stands where once servers have gone where steps take them, and hosts are switched."""
    where = {each.server: each for each in reality.standings}
    off = {pool: set(hosts) for pool, hosts in reality.off.items()}
    for step in steps:
        if step.kind is StepKind.POWER_OFF:
            off.setdefault(step.pool, set()).add(step.host)
        elif step.kind is StepKind.POWER_ON:
            off.get(step.pool, set()).discard(step.host)
        elif step.kind is StepKind.TRANSFER and step.server in where and step.to_pool is None:
            del where[step.server]
        elif step.server in where:
            pool = step.to_pool or step.pool
            changed = {"host": step.to or step.host, "pool": pool}
            where[step.server] = where[step.server].model_copy(update=changed)
    return replace(
        reality,
        standings=tuple(where.values()),
        off={pool: frozenset(hosts) for pool, hosts in off.items()},
    )


def strangers(plan: Plan, reality: Reality) -> tuple[Standing, ...]:
    """Servers that stand where no row of the Plan is: their size is unknown to it."""
    rows = {_key(row) for row in plan.placements}
    return tuple(
        each
        for each in reality.standings
        if (each.workload, each.component, each.role.value, each.pool) not in rows
    )


def missing(plan: Plan, reality: Reality) -> dict[str, int]:
    """Servers that the Plan wants on a pool and that were not found there, by pool."""
    found: dict[Key, int] = {}
    for each in reality.standings:
        key = each.workload, each.component, each.role.value, each.pool
        found[key] = found.get(key, 0) + 1
    short: dict[str, int] = {}
    for row in plan.placements:
        lacks = row.replicas - found.get(_key(row), 0)
        if lacks > 0:
            short[row.pool] = short.get(row.pool, 0) + lacks
    return short


def replicas_after(plan: Plan) -> dict[str, dict[Key, int]]:
    """Replicas of every row after each failure that changes any, as the Plan tells it: y(row, f).

    What is added is in its packings; primaries of a group that goes elsewhere run no more; what gives way is
    listed under `yields`.
    """
    environment = plan.environment
    running = {_key(row): row.replicas for row in plan.placements}
    found: dict[str, dict[Key, int]] = {}
    for packing in plan.packings:
        if packing.failure:
            then = found.setdefault(packing.failure, dict(running))
            for host in packing.hosts:
                for packed in host.rows:
                    key = packed.workload, packed.component, packed.role.value, packing.pool
                    then[key] = then.get(key, 0) + packed.count
    promised = {
        str(failure): {each.id for each in environment.workloads if failure in environment.promised(each)}
        for failure in environment.failures
    }
    for takeover in plan.takeovers:
        then = found.get(takeover.failure, {})
        leaving = promised.get(takeover.failure, set()) & set(takeover.group)
        for row in plan.placements:
            gone = row.role is Role.PRIMARY and row.workload in leaving and row.center != takeover.center
            if gone and _key(row) in then:
                then[_key(row)] = 0
    for each in plan.yields:
        if each.failure in found:
            found[each.failure][each.workload, each.component, each.role.value, each.pool] = each.replicas
    return found


def _key(row: Placement) -> Key:
    return row.workload, row.component, row.role.value, row.pool


def _standing(row: Placement, host: int, name: str) -> Standing:
    return Standing(
        cloud=row.cloud,
        pool=row.pool,
        host=host,
        server=name,
        workload=row.workload,
        component=row.component,
        role=row.role,
    )


def _hosted(environment: Environment, row: Placement, pool: Pool, patience: int) -> HostedRow:
    _, component = environment.find(row.workload, row.component)
    return HostedRow(
        row.workload,
        row.component,
        row.role,
        vector(row.size, accelerators_of(environment)),
        row.replicas,
        component.spread is Spread.HOST and row.role is not Role.BACKUP,
        may_wait(pool, patience) and row.role is not Role.BACKUP,
        component.at_most.per_host,
    )


def _against(rows: Sequence[Row]) -> frozenset[tuple[int, int]]:
    """Pairs of a pool's rows, in order, that may not share a host."""
    rules = HostRules(rows)
    numbers = range(len(rows)) if rules.any else range(0)
    return frozenset((one, other) for one in numbers for other in numbers if rules.clash(one, other))


def _servers(
    standings: Iterable[Standing], number: Mapping[Key, int]
) -> Iterator[tuple[str, tuple[int, int]]]:
    for each in sorted(standings, key=lambda each: each.server):
        row = number.get((each.workload, each.component, each.role.value, each.pool))
        if row is not None:
            yield each.server, (row, each.host)


def _allowed(pool: Pool, standings: Iterable[Standing], gone: frozenset[int]) -> frozenset[int]:
    """The hosts that may be used: as many as are usable, first those that are; none that is drained."""
    used = {each.host for each in standings} - gone
    there = (host for host in range(1, pool.hosts + 1) if host not in gone)
    order = sorted(there, key=lambda host: (host not in used, host))
    return frozenset(order[: max(pool.usable_hosts, len(used))])


def _situations(
    rows: Sequence[Placement],
    after: Mapping[str, Mapping[Key, int]],
    added: Mapping[tuple[str, Key], tuple[int, ...]],
) -> Iterator[Situation]:
    """Normal time, and each failure that asks more of the pool."""
    copies = {
        number: added["", _key(row)]
        for number, row in enumerate(rows)
        if row.role is Role.BACKUP and ("", _key(row)) in added
    }
    yield Situation("", tuple(row.replicas for row in rows), copies)
    for failure, counts in sorted(after.items()):
        wanted = tuple(counts.get(_key(row), row.replicas) for row in rows)
        if any(count > row.replicas for count, row in zip(wanted, rows, strict=True)):
            planned = {
                number: added[failure, _key(row)]
                for number, row in enumerate(rows)
                if (failure, _key(row)) in added
            }
            yield Situation(failure, wanted, copies | planned)


def _added(plan: Plan) -> dict[tuple[str, Key], tuple[int, ...]]:
    """The hosts on which a Plan puts what runs in normal time (''), and what each failure adds."""
    found: dict[tuple[str, Key], tuple[int, ...]] = {}
    for packing in plan.packings:
        for host in packing.hosts:
            for packed in host.rows:
                key = packing.failure, (packed.workload, packed.component, packed.role.value, packing.pool)
                found[key] = (*found.get(key, ()), *(host.host for _ in range(packed.count)))
    return found
