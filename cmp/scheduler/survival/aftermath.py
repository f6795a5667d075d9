"""Follows a Plan through one failure: fates of groups, replicas of rows, and who gives way where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.plan import Packing, Plan, Yielding
from cmp.model.recovery import PROMISABLE, Failure, Role
from cmp.scheduler.constraints import links
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.neighbours import Tie, ties_of
from cmp.scheduler.problem.numbering import counted
from cmp.scheduler.problem.preemption import (
    a_takeover_grows,
    candidates,
    floors,
    gives_way,
    needed_by_others,
)
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.recovery.timetable import Back, Key, Timetable
from cmp.scheduler.snapshot import promised_to
from cmp.scheduler.survival.absent import absent
from cmp.scheduler.survival.host_room import has_room
from cmp.scheduler.survival.reading import StandingRows, standing_of


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A Plan with what is the same for every failure.

    `absent` says why of workloads that keep no promise at all; `floors` is what each row keeps when it gives
    way; `claimed` who does by failure, and `packings` how pools are packed by pool and failure, as the Plan
    says. `fates`, `running` and `streams` are of normal time.
    """

    standing: StandingRows
    absent: Mapping[str, str]
    on: Mapping[str, tuple[Row, ...]]
    floors: Mapping[Key, int]
    claimed: Mapping[str, tuple[Yielding, ...]]
    packings: Mapping[tuple[str, str], Packing]
    fates: Mapping[str, Fate]
    running: Mapping[Row, int]
    streams: links.Streams
    timetable: Timetable
    ties: tuple[Tie, ...]

    @property
    def environment(self) -> Environment:
        """The Plan's environment."""
        return self.standing.environment

    def touched(self, loss: Loss) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """The groups of which a failure takes some row."""
        for name, rows in self.standing.rows.items():
            if any(row.falls_with(loss) for row in rows):
                yield name, rows


@dataclass(frozen=True, slots=True, eq=False)
class Aftermath:
    """One failure with what it does: to each group its fate, to each row its replicas.

    `counts` are after giving way, `yields` those that do with what they would run else, in order; `full` are
    pools whose hosts have no room whoever gives way.
    """

    scene: Scene
    loss: Loss
    promised: frozenset[str]
    fates: Mapping[str, Fate]
    counts: Mapping[Row, int]
    yields: tuple[tuple[Row, int], ...]
    full: Mapping[str, tuple[Row, ...]]
    streams: links.Streams
    back: tuple[Back, ...]

    @property
    def standing(self) -> StandingRows:
        """The Plan's rows, groups and hosts."""
        return self.scene.standing

    def rows(self) -> Iterator[Row]:
        """Every row, by group."""
        return (row for each in self.standing.rows.values() for row in each)


def scene_of(plan: Plan) -> Scene:
    """Read a Plan once for all failures."""
    standing = standing_of(plan)
    on: dict[str, list[Row]] = {}
    for rows in standing.rows.values():
        for row in rows:
            on.setdefault(row.pool, []).append(row)
    claimed: dict[str, tuple[Yielding, ...]] = {}
    for each in plan.yields:
        claimed[each.failure] = (*claimed.get(each.failure, ()), each)
    homes = {
        name: next((row.center for row in rows if row.role is Role.PRIMARY), "")
        for name, rows in standing.rows.items()
    }
    fates = {name: Fate(False, home, home) for name, home in homes.items()}
    timetable = Timetable.of(standing.environment, standing.rows)
    return Scene(
        standing,
        absent(plan),
        {pool: tuple(sorted(rows, key=lambda row: row.key)) for pool, rows in on.items()},
        floors((row for rows in on.values() for row in rows), needed_by_others(standing.environment)),
        claimed,
        {
            (packing.pool, packing.failure): packing
            for packing in counted(standing.environment, plan.packings)
            if packing.failure
        },
        fates,
        {row: row.running for rows in standing.rows.values() for row in rows},
        dict(timetable.load),
        timetable,
        ties_of(standing.environment),
    )


def aftermath(scene: Scene, loss: Loss) -> Aftermath:
    """Follow every group through a failure, then let those give way that the Plan names or the hosts need."""
    environment = scene.environment
    estate = environment.estate
    promised = bound_by(environment, loss)
    fates, counts, streams = dict(scene.fates), dict(scene.running), dict(scene.streams)
    for name, rows in scene.touched(loss):
        fates[name] = failover.fate_of(rows, loss, promised, estate)
        counts.update(zip(rows, failover.counts(rows, loss, fates[name], promised), strict=True))
        for pair, kbps in links.streams(rows, None, scene.fates[name], frozenset(), estate).items():
            streams[pair] -= kbps
        for pair, kbps in links.streams(rows, loss, fates[name], promised, estate).items():
            streams[pair] = streams.get(pair, 0) + kbps
    yields, full = _give_way(scene, loss, counts)
    groups = {name: (scene.standing.rows[name], fate) for name, fate in fates.items()}
    back = scene.timetable.after(loss, promised, groups, counts)
    carried = {pair: kbps for pair, kbps in streams.items() if kbps}
    return Aftermath(scene, loss, promised, fates, counts, yields, full, carried, back)


def bound_by(environment: Environment, loss: Loss) -> frozenset[str]:
    """The workloads a loss was promised to; a what-if asks it of all that have a side to go to."""
    if loss.failure.kind in PROMISABLE:
        return promised_to(environment, loss)
    return frozenset(
        workload.id
        for workload in environment.workloads
        if any(
            side.role.takes_over and side.role is not Role.PRIMARY
            for side in environment.recovery.grade(workload.recovery.grade).sides
        )
    )


def _give_way(
    scene: Scene, loss: Loss, counts: dict[Row, int]
) -> tuple[tuple[tuple[Row, int], ...], dict[str, tuple[Row, ...]]]:
    """Who gives way, and which pools are full all the same; `counts` is brought up to date."""
    claimed: dict[str, dict[Key, int]] = {}
    for each in scene.claimed.get(str(loss.failure), ()):
        key = each.workload, each.component, each.role.value, each.pool
        claimed.setdefault(each.pool, {})[key] = each.replicas
    yields: list[tuple[Row, int]] = []
    full: dict[str, tuple[Row, ...]] = {}
    for pool in scene.standing.hosts:
        rows = scene.on[pool]
        before = [counts[row] for row in rows]
        if pool in loss.pools or not a_takeover_grows(rows, before):
            continue
        left = _left(scene, loss.failure, pool, before, claimed.get(pool, {}))
        if left is None:
            grown = zip(rows, before, strict=True)
            full[pool] = tuple(row for row, count in grown if count > row.running)
            left = before
        for row, had, has in zip(rows, before, left, strict=True):
            counts[row] = has
            if has < had:
                yields.append((row, had))
    return tuple(yields), full


def _left(
    scene: Scene, failure: Failure, pool: str, before: Sequence[int], claimed: Mapping[Key, int]
) -> Sequence[int] | None:
    """What is left of each row of a pool: as the Plan says, or the least that has to give way."""
    rows, hosts, room = scene.on[pool], scene.standing.hosts[pool], scene.standing.rooms[pool]
    if hosts is None:
        return before
    written = scene.packings.get((pool, str(failure)))

    def fits(counts: Sequence[int]) -> bool:
        return has_room(rows, counts, room, hosts, written)

    able = set(candidates(rows, before, scene.floors))
    said = [
        min(count, max(scene.floors[row.key], claimed.get(row.key, count))) if number in able else count
        for number, (row, count) in enumerate(zip(rows, before, strict=True))
    ]
    if fits(said):
        return said
    return gives_way(rows, before, scene.floors, fits)
