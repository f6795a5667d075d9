"""Reads back from a Plan what stands where, down to the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.plan import Packing, Plan
from cmp.scheduler.constraints.packing import Habit, Hosts, Room, fill, packing_order
from cmp.scheduler.problem.groups import Bounded, Group, binding, groups_of
from cmp.scheduler.problem.numbering import counted
from cmp.scheduler.problem.rows import Row, accelerators_of, by_group, rows_of
from cmp.scheduler.snapshot import rooms_of, seats_of


@dataclass(frozen=True, slots=True, eq=False)
class StandingRows:
    """A Plan's rows by group, and by pool with the packing of normal time; None where hosts are oversold."""

    environment: Environment
    accelerators: tuple[str, ...]
    rooms: Mapping[str, Room]
    groups: Mapping[str, Group]
    bounds: tuple[Bounded, ...]
    rows: Mapping[str, tuple[Row, ...]]
    hosts: Mapping[str, Hosts | None]

    def on(self, pool: str) -> tuple[Row, ...]:
        """The rows on a pool, in order."""
        found = (row for rows in self.rows.values() for row in rows if row.pool == pool)
        return tuple(sorted(found, key=lambda row: row.key))


def standing_of(plan: Plan) -> StandingRows:
    """Read a Plan; its own packing is kept where it packs exactly what its rows run."""
    environment = plan.environment
    accelerators = accelerators_of(environment)
    rooms = rooms_of(seats_of(environment), accelerators)
    groups = {group.name: group for group in groups_of(environment)}
    group_of = {name: group.name for group in groups.values() for name in group.members}
    rows = by_group(rows_of(environment, plan.placements), group_of)
    by_pool: dict[str, list[Row]] = {}
    for row in sorted((row for each in rows.values() for row in each), key=lambda row: row.key):
        by_pool.setdefault(row.pool, []).append(row)
    written = {
        packing.pool: packing for packing in counted(environment, plan.packings) if not packing.failure
    }
    hosts = {
        pool: _written(each, written.get(pool), rooms[pool]) or _fresh(each, rooms[pool])
        for pool, each in sorted(by_pool.items())
    }
    found = {name: tuple(each) for name, each in sorted(rows.items())}
    return StandingRows(environment, accelerators, rooms, groups, binding(environment), found, hosts)


def _written(rows: Sequence[Row], packing: Packing | None, room: Room) -> Hosts | None:
    """The packing a Plan lists, by the numbers of its rows; None where it packs something else."""
    if packing is None:
        return None
    number = {row.key[:3]: place for place, row in enumerate(rows)}
    hosts: Hosts = [{} for _ in range(room.hosts)]
    for host in packing.hosts:
        for packed in host.rows:
            place = number.get((packed.workload, packed.component, packed.role.value))
            if place is None or host.host > room.hosts:
                return None
            hosts[host.host - 1][place] = hosts[host.host - 1].get(place, 0) + packed.count
    packs = [sum(host.get(place, 0) for host in hosts) for place in range(len(rows))]
    return hosts if packs == [row.running for row in rows] else None


def _fresh(rows: Sequence[Row], room: Room) -> Hosts | None:
    order, wanted = packing_order(rows, room), [row.running for row in rows]
    for habit in Habit:
        hosts = fill(rows, wanted, order, room, habit)
        if hosts is not None:
            return hosts
    return None
