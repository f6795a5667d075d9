"""Derives when each workload is back after a failure and what it has lost, and compares with what it may."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.base import grains_down
from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import FailureKind, Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Mode, Workload
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.links import Pair, streams_of, usable_kbps
from cmp.verifier.ordering import closure, in_order
from cmp.verifier.patience import boot_of, ceil, objective, released, waits_for, whole
from cmp.verifier.reading import Reading, key_of
from cmp.verifier.survival import Aftermath

Waits = Mapping[int, frozenset[str]]
"""By seconds that a host takes to start, the workloads whose takeover may wait for it."""


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
    around = _needed_by(reading.environment), waits_of(reading, times)
    for aftermath in afters:
        taken = {each.workload.id: each for each in _taken(reading, aftermath)}
        for name, seconds in sorted(_back(reading, times, aftermath, taken, around).items()):
            workload = reading.environment.workload[name]
            most = objective(reading.environment, workload, "rto_minutes")
            if most is not None and seconds > most:
                yield Finding(
                    "rto-after",
                    f"{name} after {aftermath.failure}",
                    Sentence("is back after {seconds} s; its RTO is {most} s", seconds=seconds, most=most),
                )
        for each in taken.values():
            yield from _lost(reading, times, aftermath, each, load)


def waits_of(reading: Reading, times: TakeoverTimes) -> Waits:
    """Who may wait for hosts of each of the estate's pools."""
    needs = {
        workload.id: _needs(reading.environment, workload.id) for workload in reading.environment.workloads
    }
    powers = [pool.power for pool in reading.environment.estate.pools if pool.power is not None]
    return {
        boot: waits_for(reading.environment, times, needs, boot)
        for boot in {boot_of(power) for power in powers}
    }


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
    around: tuple[Mapping[str, Sequence[str]], Waits],
) -> dict[str, int]:
    """Seconds until each workload is back that was taken over or waits for one that was.

    `around` says who needs each, and who may wait for hosts.
    """
    needed_by, waits = around

    def waiting(name: str) -> bool:
        workload = reading.environment.workload[name]
        placed = any(reading.rows_of.get((name, component.id)) for component in workload.components)
        there = aftermath.centers.get(reading.group_of[name], "") is not None
        return placed and there and aftermath.failure in reading.environment.promised(workload)

    touched = closure(taken, lambda name: [each for each in needed_by.get(name, ()) if waiting(each)])
    needs = {
        name: [each for each in _needs(reading.environment, name) if each in touched] for name in touched
    }
    seconds: dict[str, int] = {}
    for members in in_order(needs):
        ready = max((released(times, taken[name].workload) for name in members if name in taken), default=0)
        outside = [seconds[need] for name in members for need in needs[name] if need not in members]
        own = max(
            (_own(reading, times, taken[name], aftermath, waits) if name in taken else 0) for name in members
        )
        seconds |= dict.fromkeys(members, max([ready, *outside]) + own)
    return seconds


def _own(reading: Reading, times: TakeoverTimes, taken: Taken, aftermath: Aftermath, waits: Waits) -> int:
    """Fencing, booting, restoring, promoting, starting and switching, each as long as its slowest part."""
    environment = reading.environment
    rate = times.restore_mib_per_second.milli
    boot = restore = promote = 0
    new: Counter[tuple[str, bool]] = Counter()
    for row in taken.rows:
        then = aftermath.replicas[key_of(row)]
        component = taken.workload.component[row.component]
        pool = reading.pool_of(row)
        new[pool.cloud, row.role is Role.COLD] += max(0, then - row.replicas)
        if then > row.replicas and pool.power is not None:
            seconds = boot_of(pool.power)
            boot = max(boot, seconds if taken.workload.id in waits[seconds] else 0)
        if then and row.role is Role.COLD:
            restore = max(restore, ceil(component.data.gib * 1024 * 1000, rate))
        if then and row.role in {Role.ACTIVE, Role.WARM} and (component.stateful or component.data.gib):
            promote = whole(times.promote_seconds)
    start = max(_cloud(environment, times, cloud, new) for cloud in {cloud for cloud, _ in new})
    return whole(times.fence_seconds) + boot + restore + promote + start + whole(times.switch_seconds)


def _cloud(
    environment: Environment, times: TakeoverTimes, cloud: str, new: Mapping[tuple[str, bool], int]
) -> int:
    """Waves of cold replicas, which read their image first, then waves of the others."""
    moving = environment.policy.moving
    image = ceil(moving.image_gib.milli * 1024 * 1000, times.restore_mib_per_second.milli)
    at_once = times.starts_at_once.milli // 1000
    cold, other = (ceil(new.get((cloud, kind), 0), at_once) for kind in (True, False))
    return ceil(cold * (moving.boot_seconds.milli + image) + other * moving.boot_seconds.milli, 1000)


def _lost(
    reading: Reading, times: TakeoverTimes, aftermath: Aftermath, taken: Taken, load: Mapping[Pair, int]
) -> Iterator[Finding]:
    """What an asynchronous copy has not been sent yet, compared with what may be lost."""
    workload, environment = taken.workload, reading.environment
    if aftermath.failure.kind is FailureKind.LOCATION:
        own = workload.recovery.rpo_minutes
        most = grains_down(own, 60) if own else None
    else:
        most = objective(environment, workload, "rpo_minutes")
    parts = [workload.component[row.component] for row in taken.rows]
    link = environment.estate.link(taken.home, taken.center)
    near = taken.home == taken.center or (link is not None and link.synchronous)
    if most is None or near or not any(part.data.change_mbps_peak for part in parts):
        return
    pair = (min(taken.home, taken.center), max(taken.home, taken.center))
    usable = usable_kbps(environment, pair)
    subject = f"{workload.id} after {aftermath.failure}"
    if not usable:
        yield Finding(
            "rpo-after",
            subject,
            Sentence("no link carries its changes to {center}; RPO {most} s", center=taken.center, most=most),
        )
        return
    point = ceil(times.ship_seconds.milli * (usable + load.get(pair, 0)), usable * 1000)
    if point > most:
        yield Finding(
            "rpo-after",
            subject,
            Sentence("loses the last {point} s; its RPO is {most} s", point=point, most=most),
        )


def _needs(environment: Environment, name: str) -> list[str]:
    return sorted({each.workload for each in environment.workload[name].depends_on if each.mode is Mode.HARD})


def _needed_by(environment: Environment) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for workload in environment.workloads:
        for need in _needs(environment, workload.id):
            found[need].append(workload.id)
    return found
