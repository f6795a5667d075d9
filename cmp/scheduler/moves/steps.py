"""Writes moves of servers between the hosts of a pool as steps, with what each carries and takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.moves import Step, StepKind
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.sequencing import Hop, Item, Positions, StepGround, sequence
from cmp.scheduler.objective.migration_cost import Leg, MoveEffort, migration
from cmp.scheduler.problem.sizes import DISK, MEMORY


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to one pool: hops in order, the hosts afterwards, and what it took."""

    hops: tuple[Hop, ...]
    hosts: PoolHosts
    effort: MoveEffort


def carried_out(hosts: PoolHosts, to: Mapping[str, int], environment: Environment) -> Done:
    """Order the moves of servers to hosts so that each is feasible and keeps every promise.

    Raises:
        Refused: there is no such order.
    """
    order = sorted(to, key=lambda name: (-hosts.weight(name), name))
    tasks = [(_item(hosts, name, to[name]),) for name in order]
    hops = sequence(tasks, ground_of(hosts))
    effort = MoveEffort()
    for hop in hops:
        effort = effort + effort_on(hosts, hop, environment)
    return Done(hops, hosts.moved(to), effort)


def ground_of(hosts: PoolHosts) -> StepGround:
    """A pool's hosts as the order of moves sees them; every host that is on breaks cycles, spare ones too."""
    pool = hosts.pool.id
    open_to = [host for host in range(1, hosts.pool.hosts + 1) if host not in hosts.off]
    size = {(row.name, pool): row.size for row in hosts.rows}
    limit = {
        (row.name, pool): min(
            -(-row.running // hosts.usable) if row.spread else row.running, row.most or row.running
        )
        for row in hosts.rows
        if row.running and (row.spread or row.most)
    }
    crowd: dict[tuple[str, tuple[str, int]], int] = {}
    for row, host in hosts.servers.values():
        key = hosts.rows[row].name, (pool, host)
        crowd[key] = crowd.get(key, 0) + 1

    def keeps(at: Positions) -> str | None:
        return hosts.moved({name: place[1] for name, place in at.items()}).broken()

    return StepGround(
        {(pool, host): hosts.free(host) for host in open_to},
        size,
        crowd,
        limit,
        tuple((pool, host) for host in open_to),
        keeps,
    )


def effort_on(hosts: PoolHosts, hop: Hop, environment: Environment) -> MoveEffort:
    """What moving one server to another host takes."""
    row = hosts.rows[hosts.servers[hop.item][0]]
    _, component = environment.find(row.workload, row.component)
    pool = hosts.pool.id
    leg = Leg(component, row.role, row.size[MEMORY], row.size[DISK], 1, pool, pool)
    return migration(leg, environment.policy.moving)


def migrations(hosts: PoolHosts, hops: Iterable[Hop], environment: Environment) -> list[Step]:
    """Steps of servers that change hosts; `hosts` knows their rows."""
    return [_migration(hosts, hop, environment) for hop in hops]


def switched(hosts: PoolHosts, kind: StepKind, host: int) -> Step:
    """The step that switches a host."""
    boots = hosts.pool.power.boot_minutes.value * 60 if hosts.pool.power else 0.0
    seconds = boots if kind is StepKind.POWER_ON else 0.0
    return Step(
        number=1, kind=kind, cloud=hosts.pool.cloud, pool=hosts.pool.id, host=host, seconds=round(seconds, 1)
    )


def numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps with their numbers, from 1."""
    return tuple(step.model_copy(update={"number": number}) for number, step in enumerate(steps, start=1))


def _migration(hosts: PoolHosts, hop: Hop, environment: Environment) -> Step:
    row = hosts.rows[hosts.servers[hop.item][0]]
    effort = effort_on(hosts, hop, environment)
    return Step(
        number=1,
        kind=StepKind.MIGRATE,
        cloud=hosts.pool.cloud,
        pool=hosts.pool.id,
        host=hop.source[1],
        to=hop.to[1],
        server=hop.item,
        workload=row.workload,
        component=row.component,
        role=row.role,
        live=effort.live,
        mib=effort.mib,
        seconds=round((effort.link_ms + effort.downtime_ms) / 1000, 1),
    )


def _item(hosts: PoolHosts, name: str, to: int) -> Item:
    row, at = hosts.servers[name]
    return Item(name, hosts.rows[row].name, (hosts.pool.id, at), (hosts.pool.id, to))
