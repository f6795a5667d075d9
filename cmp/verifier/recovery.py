"""Derives when each workload is back after a failure and what it has lost, and compares with what it may."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import FailureKind, Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Mode, Workload
from cmp.verifier.findings import Finding
from cmp.verifier.links import Pair, streams_of, usable_kbps
from cmp.verifier.reading import Reading, key_of
from cmp.verifier.survival import Aftermath


@dataclass(frozen=True)
class Taken:
    """A workload that another side takes over: from which center, to which, with which rows there."""

    workload: Workload
    home: str
    center: str
    rows: tuple[Placement, ...]


def check_recovery(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """Every promised failure, where an environment says what a takeover takes."""
    times = reading.environment.takeover
    if times is None:
        return
    load = streams_of(reading, None)
    needed_by = _needed_by(reading.environment)
    for aftermath in afters:
        taken = {each.workload.id: each for each in _taken(reading, aftermath)}
        for name, seconds in sorted(_back(reading, times, aftermath, taken, needed_by).items()):
            workload = reading.environment.workload[name]
            most = _objective(reading.environment, workload, "rto_minutes")
            if most is not None and seconds > most:
                yield Finding(
                    "rto-after",
                    f"{name} after {aftermath.failure}",
                    f"is back after {seconds} s; its RTO is {most} s",
                )
        for each in taken.values():
            yield from _lost(reading, times, aftermath, each, load)


def _taken(reading: Reading, aftermath: Aftermath) -> Iterator[Taken]:
    """Promised workloads of hit groups that go to another center, or whose primary is lost in their own."""
    for group, center in aftermath.centers.items():
        home = reading.home_of(group)
        if center is None or home is None:
            continue
        for name in group:
            workload = reading.environment.workload[name]
            if aftermath.failure not in reading.environment.promised(workload):
                continue
            rows = [row for part in workload.components for row in reading.rows_of.get((name, part.id), ())]
            lost = any(row.role is Role.PRIMARY and row.pool in aftermath.lost for row in rows)
            here = tuple(
                row
                for row in rows
                if row.role.takes_over and row.pool not in aftermath.lost and reading.center_of(row) == center
            )
            if here and (lost or center != home):
                yield Taken(workload, home, center, here)


def _back(
    reading: Reading,
    times: TakeoverTimes,
    aftermath: Aftermath,
    taken: Mapping[str, Taken],
    needed_by: Mapping[str, Sequence[str]],
) -> dict[str, int]:
    """Seconds until each workload is back that was taken over or waits for one that was."""

    def waits(name: str) -> bool:
        workload = reading.environment.workload[name]
        placed = any(reading.rows_of.get((name, component.id)) for component in workload.components)
        there = aftermath.centers.get(reading.group_of[name], "") is not None
        return placed and there and aftermath.failure in reading.environment.promised(workload)

    touched = _closure(taken, lambda name: [each for each in needed_by.get(name, ()) if waits(each)])
    needs = {
        name: [each for each in _needs(reading.environment, name) if each in touched] for name in touched
    }
    seconds: dict[str, int] = {}
    for members in _in_order(needs):
        ready = max((_ready(times, taken[name].workload) for name in members if name in taken), default=0)
        outside = [seconds[need] for name in members for need in needs[name] if need not in members]
        own = max((_own(reading, times, taken[name], aftermath) if name in taken else 0) for name in members)
        seconds |= dict.fromkeys(members, max([ready, *outside]) + own)
    return seconds


def _own(reading: Reading, times: TakeoverTimes, taken: Taken, aftermath: Aftermath) -> int:
    """Fencing, booting, restoring, promoting, starting and switching, each as long as its slowest part."""
    environment = reading.environment
    rto = _objective(environment, taken.workload, "rto_minutes")
    rate = times.restore_mib_per_second.milli
    boot = restore = promote = 0
    new: Counter[tuple[str, bool]] = Counter()
    for row in taken.rows:
        then = aftermath.replicas[key_of(row)]
        component = taken.workload.component[row.component]
        pool = reading.pool_of(row)
        new[pool.cloud, row.role is Role.COLD] += max(0, then - row.replicas)
        if then > row.replicas and pool.power is not None:
            minutes = pool.power.boot_minutes.milli
            off = rto is None or rto >= _ceil(minutes * 60, 1000)
            boot = max(boot, _ceil(minutes * 60, 1000) if off else 0)
        if then and row.role is Role.COLD:
            restore = max(restore, _ceil(component.data.gib * 1024 * 1000, rate))
        if then and row.role in {Role.ACTIVE, Role.WARM} and (component.stateful or component.data.gib):
            promote = _whole(times.promote_seconds)
    start = max(_cloud(environment, times, cloud, new) for cloud in {cloud for cloud, _ in new})
    return _whole(times.fence_seconds) + boot + restore + promote + start + _whole(times.switch_seconds)


def _cloud(
    environment: Environment, times: TakeoverTimes, cloud: str, new: Mapping[tuple[str, bool], int]
) -> int:
    """Waves of cold replicas, which read their image first, then waves of the others."""
    moving = environment.policy.moving
    image = _ceil(moving.image_gib.milli * 1024 * 1000, times.restore_mib_per_second.milli)
    at_once = times.starts_at_once.milli // 1000
    cold, other = (_ceil(new.get((cloud, kind), 0), at_once) for kind in (True, False))
    return _ceil(cold * (moving.boot_seconds.milli + image) + other * moving.boot_seconds.milli, 1000)


def _ready(times: TakeoverTimes, workload: Workload) -> int:
    ruled = workload.recovery.grade >= times.automatic_from_grade
    return _whole(times.detect_seconds) + _whole(
        times.automatic_release_seconds if ruled else times.release_seconds
    )


def _lost(
    reading: Reading, times: TakeoverTimes, aftermath: Aftermath, taken: Taken, load: Mapping[Pair, int]
) -> Iterator[Finding]:
    """What an asynchronous copy has not been sent yet, compared with what may be lost."""
    workload, environment = taken.workload, reading.environment
    if aftermath.failure.kind is FailureKind.LOCATION:
        own = workload.recovery.rpo_minutes
        most = round(own * 60) if own else None
    else:
        most = _objective(environment, workload, "rpo_minutes")
    parts = [workload.component[row.component] for row in taken.rows]
    link = environment.estate.link(taken.home, taken.center)
    near = taken.home == taken.center or (link is not None and link.synchronous)
    if most is None or near or not any(part.data.change_mbps_peak for part in parts):
        return
    pair = (min(taken.home, taken.center), max(taken.home, taken.center))
    usable = usable_kbps(environment, pair)
    subject = f"{workload.id} after {aftermath.failure}"
    if not usable:
        yield Finding("rpo-after", subject, f"no link carries its changes to {taken.center}; RPO {most} s")
        return
    point = _ceil(times.ship_seconds.milli * (usable + load.get(pair, 0)), usable * 1000)
    if point > most:
        yield Finding("rpo-after", subject, f"loses the last {point} s; its RPO is {most} s")


def _objective(environment: Environment, workload: Workload, name: str) -> int | None:
    """The stricter of the workload's own objective and its grade's, in seconds."""
    grade = environment.recovery.grade(workload.recovery.grade)
    stated = [getattr(each, name) for each in (workload.recovery, grade)]
    return min((round(minutes * 60) for minutes in stated if minutes is not None), default=None)


def _needs(environment: Environment, name: str) -> list[str]:
    return sorted({each.workload for each in environment.workload[name].depends_on if each.mode is Mode.HARD})


def _needed_by(environment: Environment) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for workload in environment.workloads:
        for need in _needs(environment, workload.id):
            found[need].append(workload.id)
    return found


def _closure(names: Mapping[str, object], onward: Callable[[str], Sequence[str]]) -> set[str]:
    """These names and everything that can be reached from them."""
    found = set(names)
    waiting = list(names)
    while waiting:
        for name in onward(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _in_order(needs: Mapping[str, Sequence[str]]) -> list[set[str]]:
    """Sets of names that need each other, what is needed first (Kosaraju's two passes, without recursion)."""
    back: dict[str, list[str]] = defaultdict(list)
    for name, others in needs.items():
        for other in others:
            back[other].append(name)
    finished: list[str] = []
    seen: set[str] = set()
    for root in needs:
        path = [] if root in seen else [(root, iter(back[root]))]
        seen.add(root)
        while path:
            name, rest = path[-1]
            onward = next((each for each in rest if each not in seen), None)
            if onward is None:
                finished.append(name)
                path.pop()
            else:
                seen.add(onward)
                path.append((onward, iter(back[onward])))
    sets: list[set[str]] = []
    done: set[str] = set()
    for name in reversed(finished):
        if name not in done:
            members = _closure({name: None}, lambda each: [need for need in needs[each] if need not in done])
            done.update(members)
            sets.append(members)
    return sets


def _whole(fact: Fact) -> int:
    """A fact rounded up to whole seconds."""
    return _ceil(fact.milli, 1000)


def _ceil(number: int, by: int) -> int:
    return -(-number // by)
