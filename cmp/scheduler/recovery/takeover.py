"""Estimates how long takeovers take and how much is lost: own steps, what is waited for, recovery points."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cmp.model.base import grains_down
from cmp.model.environment import Environment
from cmp.model.estate import Pool, Power
from cmp.model.recovery import FailureKind, Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Component, Workload
from cmp.scheduler.constraints.links import usable_kbps
from cmp.scheduler.problem.dependencies import Dependencies
from cmp.scheduler.problem.rows import Row

MINUTE = 60
MILLI = 1000
MIB = 1024


class StepName(StrEnum):
    """The steps of a takeover, in the order in which a workload takes them."""

    DETECT = "detect"
    RELEASE = "release"
    FENCE = "fence"
    BOOT = "boot"
    RESTORE = "restore"
    PROMOTE = "promote"
    START = "start"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class TakeoverStep:
    """One step of one workload, in seconds."""

    name: StepName
    seconds: int


@dataclass(frozen=True, slots=True)
class Turn:
    """When a workload is back: `rank` counts from 1, those of one rank wait for nobody of it.

    `waits_for` are the hit workloads that it needs first.
    """

    workload: str
    rank: int
    seconds: int
    waits_for: tuple[str, ...] = ()


def rpo_seconds(environment: Environment, workload: Workload, kind: FailureKind) -> int | None:
    """The most that may be lost after a failure of this kind, in seconds of changes; None: nothing is stated.

    No copy in another city is synchronous, so the loss of a location is judged by what the workload itself
    states above 0; the figure of the grade holds for centers and clouds (knowledge: judge per kind of loss).
    """
    own = workload.recovery.rpo_minutes
    if kind is FailureKind.LOCATION:
        return grains_down(own, MINUTE) if own else None
    grade = environment.recovery.grade(workload.recovery.grade)
    stated = [each for each in (own, grade.rpo_minutes) if each is not None]
    return grains_down(min(stated), MINUTE) if stated else None


def ready_steps(times: TakeoverTimes, grade: int) -> tuple[TakeoverStep, ...]:
    """What passes before anybody may act: the failure is noticed, and the takeover released."""
    automatic = grade >= times.automatic_from_grade
    release = times.automatic_release_seconds if automatic else times.release_seconds
    return TakeoverStep(StepName.DETECT, _up(times.detect_seconds.milli, MILLI)), TakeoverStep(
        StepName.RELEASE, _up(release.milli, MILLI)
    )


def own_steps(
    environment: Environment,
    times: TakeoverTimes,
    rows: Sequence[Row],
    counts: Sequence[int],
    patience: int,
) -> tuple[TakeoverStep, ...]:
    """What a workload does in the center that takes over, one step after the other; 0 s are left out.

    Components go through a step at the same time, so the slowest counts. An active side only has its data
    promoted and traffic switched; a warm one starts what is missing; a cold one restores its data from the
    copy, and each of its replicas reads its image first. A host that need not be kept on counts as off.

    Args:
        environment: for pools and what starting takes (`policy.moving`).
        times: what the steps take.
        rows: the workload's rows in that center, on pools that remain.
        counts: replicas of each row afterwards.
        patience: seconds that it may wait for a host to start.
    """
    if not rows:
        return ()
    there = [row for row, count in zip(rows, counts, strict=True) if count]
    seconds = {
        StepName.FENCE: _up(times.fence_seconds.milli, MILLI),
        StepName.BOOT: _boot(environment, rows, counts, patience),
        StepName.RESTORE: max((_restoring(times, row.component, row.role) for row in there), default=0),
        StepName.PROMOTE: max((_promoting(times, row.component, row.role) for row in there), default=0),
        StepName.START: _start(environment, times, rows, counts),
        StepName.SWITCH: _up(times.switch_seconds.milli, MILLI),
    }
    return tuple(TakeoverStep(name, seconds[name]) for name in StepName if seconds.get(name))


def least_steps(
    environment: Environment,
    times: TakeoverTimes,
    center: str,
    parts: Sequence[tuple[Component, Role, int]],
) -> tuple[TakeoverStep, ...]:
    """The least of own steps for a workload in a center, whatever pools its sides stand on there.

    `parts` are its components with their role and the fewest replicas that have to start; all clouds of the
    center start them at once, on hosts that are on: who waits for one is in time all the same.
    """
    clouds = [cloud.id for cloud in environment.estate.clouds if cloud.center == center]
    new = {
        cold: sum(count for _, role, count in parts if (role is Role.COLD) is cold) for cold in (True, False)
    }
    shared = {cold: _up(count, max(1, len(clouds))) for cold, count in new.items()}
    seconds = {
        StepName.FENCE: _up(times.fence_seconds.milli, MILLI),
        StepName.RESTORE: max((_restoring(times, part, role) for part, role, _ in parts), default=0),
        StepName.PROMOTE: max((_promoting(times, part, role) for part, role, _ in parts), default=0),
        StepName.START: _waves(environment, times, shared[True], shared[False]),
        StepName.SWITCH: _up(times.switch_seconds.milli, MILLI),
    }
    return tuple(TakeoverStep(name, seconds[name]) for name in StepName if seconds.get(name))


def slowest(
    environment: Environment, times: TakeoverTimes, most: tuple[int, int, int], *, promotes: bool
) -> int:
    """Seconds of own steps, booting aside, that no takeover exceeds.

    `most` are the most GiB that a component restores, and the cold and other replicas that one cloud starts.
    """
    gib, cold, other = most
    return (
        _up(times.fence_seconds.milli, MILLI)
        + _up(gib * MIB * MILLI, times.restore_mib_per_second.milli)
        + (_up(times.promote_seconds.milli, MILLI) if promotes else 0)
        + _waves(environment, times, cold, other)
        + _up(times.switch_seconds.milli, MILLI)
    )


def restart_steps(environment: Environment, times: TakeoverTimes, replicas: int) -> tuple[TakeoverStep, ...]:
    """What passes until so many replicas of a workload that one host took run on other hosts of its pool."""
    waves = _up(replicas, times.starts_at_once.milli // MILLI)
    return (
        TakeoverStep(StepName.DETECT, _up(times.detect_seconds.milli, MILLI)),
        TakeoverStep(StepName.FENCE, _up(times.fence_seconds.milli, MILLI)),
        TakeoverStep(StepName.START, _up(waves * environment.policy.moving.boot_seconds.milli, MILLI)),
    )


def total(steps: Iterable[TakeoverStep]) -> int:
    """Seconds of steps that follow each other."""
    return sum(step.seconds for step in steps)


def turns_of(
    dependencies: Dependencies,
    ready: Mapping[str, int],
    own: Mapping[str, int],
    runs: Callable[[str], bool] = lambda _: True,
) -> dict[str, Turn]:
    """When every interrupted workload is back, in order of rank, then name.

    T(w) = max(ready(w), max over hit hard dependencies T(d)) + own(w). Those of a cycle start together, when
    the last of them may, and are all back when the slowest is. A workload that is not hit itself waits for
    what it needs: own and ready are 0.

    Args:
        dependencies: who needs whom.
        ready: seconds until a workload that takes over may act.
        own: seconds of its own steps; who is not in it is not hit itself.
        runs: whether a workload is there at all and was promised to survive.
    """
    touched = {name for name in dependencies.touched_by(own) if name in own or runs(name)}
    by_cycle: dict[int, list[str]] = {}
    for name in touched:
        by_cycle.setdefault(dependencies.cycle_of[name], []).append(name)
    found: dict[str, Turn] = {}
    for _, members in sorted(by_cycle.items()):
        needs = {
            name: tuple(each for each in dependencies.needs[name] if each in touched) for name in members
        }
        before = {each for others in needs.values() for each in others} - set(members)
        start = max(
            max((ready.get(name, 0) for name in members), default=0),
            max((found[each].seconds for each in before), default=0),
        )
        back = start + max(own.get(name, 0) for name in members)
        rank = 1 + max((found[each].rank for each in before), default=0)
        for name in sorted(members):
            found[name] = Turn(name, rank, back, needs[name])
    return dict(sorted(found.items(), key=lambda each: (each[1].rank, each[0])))


def recovery_point(
    environment: Environment,
    times: TakeoverTimes,
    centers: tuple[str, str],
    load: Mapping[tuple[str, str], int],
) -> int | None:
    """Seconds of changes that are lost when a side in the second center takes over from the first.

    0 within a center and over a synchronous link. Elsewhere what has changed is sent every `ship_seconds`;
    this backlog then takes its share of the link, which all streams have in proportion to their changes:
    point = interval + backlog / share = interval × (1 + load / usable). None where no link connects them.

    Args:
        environment: for links.
        times: for the interval.
        centers: where changes came from, and where they are continued.
        load: kbit/s of all changes between two centers in normal time, by pair in order of name.
    """
    one, other = min(centers), max(centers)
    link = environment.estate.link(one, other)
    if one == other or (link is not None and link.synchronous):
        return 0
    usable = usable_kbps(environment.estate, (one, other))
    if not usable:
        return None
    return _up(times.ship_seconds.milli * (usable + load.get((one, other), 0)), usable * MILLI)


def changes(rows: Collection[Row]) -> bool:
    """True when some component among these rows has changes to lose."""
    return any(row.component.data.change_mbps_peak > 0 and row.role is not Role.MEMBER for row in rows)


def _boot(environment: Environment, rows: Sequence[Row], counts: Sequence[int], patience: int) -> int:
    """The slowest boot of a host that something new may land on; it is on where nobody may wait for it."""
    new = (row for row, count in zip(rows, counts, strict=True) if count > row.running)
    boots = (boot_of(environment.estate.pool[row.pool]) for row in new)
    return max((boot for boot in boots if boot <= patience), default=0)


def boot_of(pool: Pool) -> int:
    """Seconds until a host of a pool that is off has started; 0 where nobody says."""
    return boot_seconds(pool.power) if pool.power is not None else 0


def boot_seconds(power: Power) -> int:
    """Seconds until a host has started."""
    return _up(power.boot_minutes.milli * MINUTE, MILLI)


def _restoring(times: TakeoverTimes, component: Component, role: Role) -> int:
    gib = component.data.gib if role is Role.COLD else 0
    return _up(gib * MIB * MILLI, times.restore_mib_per_second.milli)


def _promoting(times: TakeoverTimes, component: Component, role: Role) -> int:
    holds = component.stateful or component.data.gib > 0
    return _up(times.promote_seconds.milli, MILLI) if holds and role in {Role.ACTIVE, Role.WARM} else 0


def _start(environment: Environment, times: TakeoverTimes, rows: Sequence[Row], counts: Sequence[int]) -> int:
    """The slowest cloud: its cold and its other new replicas."""
    new: dict[tuple[str, bool], int] = {}
    for row, count in zip(rows, counts, strict=True):
        key = row.cloud, row.role is Role.COLD
        new[key] = new.get(key, 0) + max(0, count - row.running)
    return max(
        _waves(environment, times, new.get((cloud, True), 0), new.get((cloud, False), 0))
        for cloud in {row.cloud for row in rows}
    )


def _waves(environment: Environment, times: TakeoverTimes, cold: int, other: int) -> int:
    """Seconds in which one cloud starts so many replicas; cold ones come first and read their image."""
    moving = environment.policy.moving
    boot = moving.boot_seconds.milli
    image = _up(moving.image_gib.milli * MIB * MILLI, times.restore_mib_per_second.milli)
    at_once = times.starts_at_once.milli // MILLI
    return _up(_up(cold, at_once) * (boot + image) + _up(other, at_once) * boot, MILLI)


def _up(number: int, by: int) -> int:
    """A quotient rounded up."""
    return -(-number // by)
