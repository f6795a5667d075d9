"""Keeps what stood before where it stood, group by group, where it is still right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cmp.model.environment import Environment
from cmp.model.plan import HostPacking, Packed, Packing, Placement, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Component, Spread
from cmp.scheduler.board.arrays import I8, NOTHING
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import place_as, remove_group
from cmp.scheduler.board.tabling import ROLES
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.quorums import judged
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.numbering import counted

ROLE_OF = {int(number): role for role, number in ROLES.items()}
Side = tuple[str, str, Role]
Stood = Mapping[Side, tuple[Placement, ...]]
Key = tuple[str, str, Role, str]
"""Workload, component, role and pool."""


class Hosts(NamedTuple):
    """The hosts of a row, numbered from 1: a replica of normal time each, then extra ones of a takeover."""

    normal: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """Where each side stood in a Plan, and on which hosts.

    `gone` are sides that a grade asks for and that are not there after a loss, `fewer` quorums that go on
    with fewer members than they have.
    """

    rows: Stood
    hosts: Mapping[Key, Hosts] = field(default_factory=dict)
    gone: frozenset[Side] = frozenset()
    fewer: frozenset[Side] = frozenset()

    def running(self) -> dict[Side, tuple[tuple[str, int], ...]]:
        """Pools of each side with the replicas that ran there."""
        return {side: tuple((row.pool, row.replicas) for row in rows) for side, rows in self.rows.items()}


def stays_of(previous: Plan | None, environment: Environment | None = None) -> Stays:
    """Where everything stood in a Plan; nowhere without one. Hosts count as `environment` counts them now."""
    found: dict[Side, list[Placement]] = {}
    for row in previous.placements if previous else ():
        found.setdefault((row.workload, row.component, row.role), []).append(row)
    rows = {side: tuple(sorted(each, key=lambda row: row.pool)) for side, each in found.items()}
    packings = previous.packings if previous else ()
    return Stays(rows, _hosts_of(packings if environment is None else _known(environment, packings)))


def _known(environment: Environment, packings: Iterable[Packing]) -> Iterable[Packing]:
    there = environment.estate.pool
    return counted(environment, (packing for packing in packings if packing.pool in there))


def _hosts_of(packings: Iterable[Packing]) -> dict[Key, Hosts]:
    """The hosts that a Plan's packings give each row; of several takeovers those of the largest."""
    normal: dict[Key, list[int]] = {}
    extra: dict[Key, tuple[int, ...]] = {}
    stopped: dict[Key, Counter[int]] = {}
    for packing in packings:
        added: dict[Key, list[int]] = {}
        for host, row in _rows_on(packing.hosts):
            key = row.workload, row.component, row.role, packing.pool
            (added if packing.failure else normal).setdefault(key, []).extend([host] * row.count)
        for key, hosts in added.items():
            extra[key] = max(extra.get(key, ()), tuple(hosts), key=len)
        for host, row in _rows_on(packing.stopped):
            gone = stopped.setdefault((row.workload, row.component, row.role, packing.pool), Counter())
            gone[host] = max(gone[host], row.count)
    keys = normal.keys() | extra.keys()
    return {
        key: Hosts(_kept_first(normal.get(key, []), stopped.get(key)), extra.get(key, ())) for key in keys
    }


def _rows_on(hosts: Iterable[HostPacking]) -> Iterator[tuple[int, Packed]]:
    return ((host.host, row) for host in hosts for row in host.rows)


def _kept_first(hosts: Sequence[int], stopped: Counter[int] | None) -> tuple[int, ...]:
    """Hosts of replicas, those last that stop when the row gives way."""
    if not stopped:
        return tuple(hosts)
    left = Counter(stopped)
    first: list[int] = []
    last: list[int] = []
    for host in hosts:
        (last if left[host] > 0 else first).append(host)
        left[host] -= 1
    return (*first, *last)


def keep_all(placing: Placing, stays: Stays, groups: Iterable[int]) -> frozenset[int]:
    """Put back every group that may stay exactly where it stood, before anything new takes its room.

    Returns:
        The groups that stand again where they stood, without those that were on the board already.
    """
    wanted = [group for group in groups if not placing.is_placed(group)] if stays.rows else []
    whole = {group for group in wanted if keep(placing, stays, group, whole=True)}
    return frozenset(
        whole | {group for group in wanted if group not in whole and keep(placing, stays, group)}
    )


def keep(placing: Placing, stays: Stays, group: int, *, whole: bool = False) -> bool:
    """Put a group back where it stood, on its hosts as far as they are known; False where it may not stay.

    With `whole` only if it is as large as it was: whoever has grown waits for those that have not.
    """
    rows = rows_as_given(placing, group, stays)
    if rows is None:
        return False
    hosts, known = _seats(placing, rows, stays)
    if (whole and not known) or place_as(placing.handle, group, rows, hosts) != FINE:
        return False
    if group in placing.asked.special and judged(placing, group) != FINE:
        remove_group(placing.handle, group)
        return False
    return True


def _seats(placing: Placing, rows: I8, stays: Stays) -> tuple[I8, bool]:
    """The hosts of some rows one after the other, told in their last column; True if each replica has one."""
    found: list[int] = []
    whole = True
    for row in rows:
        comp, role, pool, running, takeover, kept = (int(row[place]) for place in (0, 1, 2, 4, 5, 6))
        workload, component = placing.asked.components[comp]
        key = workload.id, component.id, ROLE_OF[role], placing.names.pools[pool]
        stood = stays.hosts.get(key, Hosts())
        first = int(placing.board.ground.host_start[pool])
        most = int(placing.board.ground.host_start[pool + 1]) - first
        more = max(0, min(takeover, kept) - min(running, kept))
        row[7] = len(found)
        for hosts, count in ((stood.normal, running), (stood.extra, more)):
            known = [first + host - 1 if host <= most else NOTHING for host in hosts[:count]]
            whole = whole and len(known) == count and NOTHING not in known
            found += [*known, *([NOTHING] * (count - len(known)))]
    return np.array(found or [NOTHING], dtype=np.int64), whole


def rows_as_given(placing: Placing, group: int, stays: Stays) -> I8 | None:
    """The rows that a group had, as the board takes them; None where they would not be right any more."""
    tables = placing.board.tables
    found: list[tuple[int, ...]] = []
    for comp in range(tables.group_start[group], tables.group_start[group + 1]):
        workload, component = placing.asked.components[comp]
        for role in _roles(placing, comp):
            key = workload.id, component.id, role
            if key in stays.gone:
                continue
            side = _side(placing, comp, role, stays.rows.get(key, ()), fewer=key in stays.fewer)
            if side is None:
                return None
            found += side
    return np.array([(*each, 0) for each in found], dtype=np.int64).reshape(len(found), 8)


def _roles(placing: Placing, comp: int) -> Iterable[Role]:
    """The roles of a component's rows."""
    workload, component = placing.asked.components[comp]
    if component.quorum is not None:
        return (Role.MEMBER,)
    sides = placing.snapshot.environment.recovery.grade(workload.recovery.grade).sides
    return [side.role for side in sides if side.role is not Role.BACKUP or component.data.gib]


def _side(
    placing: Placing, comp: int, role: Role, rows: tuple[Placement, ...], *, fewer: bool
) -> list[tuple[int, ...]] | None:
    """The rows of one side, if they still do its work and nothing else; with `fewer` also if they do less."""
    _, component = placing.asked.components[comp]
    pools = placing.names.pool
    found: list[tuple[int, ...]] = []
    for row in rows:
        entry = entry_of(placing, comp, pools.get(row.pool, NOTHING), row)
        if entry == NOTHING:
            return None
        count = 1 if role is Role.BACKUP else row.replicas_on_takeover
        runs = 1 if role is Role.BACKUP else row.replicas
        found.append((comp, int(ROLES[role]), pools[row.pool], entry, runs, count))
    if not found or not (fewer or _does_the_work(placing, component, comp, role, found)):
        return None
    left = int(placing.board.tables.floor[comp, int(role is not Role.PRIMARY)])
    kept: list[tuple[int, ...]] = []
    for each in found:
        keep = 1 if role is Role.BACKUP else min(left, each[5])
        kept.append((*each, keep))
        left -= keep
    return kept


def entry_of(placing: Placing, comp: int, pool: int, row: Placement) -> int:
    """The entry by which a component may stand on a pool in the way it did."""
    if pool == NOTHING:
        return NOTHING
    tables, ground = placing.board.tables, placing.board.ground
    _, component = placing.asked.components[comp]
    options = tables.copies[comp] if row.role is Role.BACKUP else tables.options[comp]
    ways = [way.id for way in component.ways]
    way = (
        0 if row.role is Role.BACKUP else ways.index(row.variant or "") if (row.variant or "") in ways else -1
    )
    if options == NOTHING or way < 0:
        return NOTHING
    center = ground.pool_center[pool]
    for entry in range(tables.entry_start[options, center], tables.entry_start[options, center + 1]):
        if tables.entry_class[entry] == ground.pool_class[pool] and tables.entry_way[entry] == way:
            return entry
    return NOTHING


def _does_the_work(
    placing: Placing, component: Component, comp: int, role: Role, rows: list[tuple[int, ...]]
) -> bool:
    """True when the rows deliver what is asked with no replica that could be left out, spread as asked."""
    takes = [row[5] for row in rows]
    if role is Role.BACKUP:
        return len(rows) == 1
    if component.spread is Spread.POOL and max(takes) > 1:
        return False
    if component.quorum is not None:
        return sum(takes) == component.quorum.members
    if component.spread is Spread.CENTER and sum(takes) > 1:
        return False
    return _exactly(placing, comp, rows) and [row[4] for row in rows] == _running(role, component, takes)


def _exactly(placing: Placing, comp: int, rows: list[tuple[int, ...]]) -> bool:
    """True when the rows do a component's work, and none of their replicas could be left out."""
    tables = placing.board.tables
    take = sum(row[5] for row in rows)
    done = sum(row[5] * int(tables.entry_worth[row[3]]) for row in rows)
    amount, least = int(tables.amount[comp]), int(tables.least[comp])
    if done < amount or take < least:
        return False
    return not any(done - int(tables.entry_worth[row[3]]) >= amount and take - 1 >= least for row in rows)


def _running(role: Role, component: Component, takes: list[int]) -> list[int]:
    """Running replicas of rows in order of pool."""
    left = sizes.running(role, sum(takes), stateful=component.stateful)
    found = []
    for take in takes:
        found.append(min(take, left))
        left -= found[-1]
    return found
