"""Plays a promised failure on a Plan: hosts go dark, groups move, replicas stop and start on each host.

Shares nothing with the engine or the verifier: it reads the Plan's environment and what the Plan says, and
raises an AssertionError where something would not run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from support.takeover_simulation import Party, play

from cmp.model.environment import Environment
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Failure, FailureKind, Role
from cmp.model.workload import Mode, Scaling, Workload, Yields

Key = tuple[str, str, str, str]
"""Workload, component, role, pool."""

RUN = {Role.PRIMARY, Role.ACTIVE, Role.WARM}
TAKE = {*RUN, Role.COLD}


def key_of(row: Placement) -> Key:
    return row.workload, row.component, row.role.value, row.pool


def lost_pools(environment: Environment, failure: Failure) -> set[str]:
    """The pools that go dark."""
    estate = environment.estate
    found = set()
    for pool in estate.pools:
        center = estate.center[estate.cloud[pool.cloud].center]
        if failure.id in {
            FailureKind.CLOUD: [pool.cloud],
            FailureKind.CENTER: [center.id],
            FailureKind.LOCATION: [center.location],
        }.get(failure.kind, []):
            found.add(pool.id)
    return found


def groups(environment: Environment) -> list[set[str]]:
    """Workloads that move together."""
    nearest = min((link.rtt_ms.value for link in environment.estate.links), default=None)
    found = [{workload.id} for workload in environment.workloads]

    def join(one: str, other: str) -> None:
        first = next(each for each in found if one in each)
        second = next(each for each in found if other in each)
        if first is not second:
            first |= second
            found.remove(second)

    for workload in environment.workloads:
        for depends in workload.depends_on:
            if depends.max_rtt_ms is not None and (nearest is None or nearest > depends.max_rtt_ms):
                join(workload.id, depends.workload)
        for component in workload.components:
            for name in component.together_with:
                if "/" in name:
                    join(workload.id, name.split("/")[0])
            for talk in component.talks_to:
                bound = talk.max_rtt_ms
                if talk.workload and bound is not None and (nearest is None or nearest > bound):
                    join(workload.id, talk.workload)
    return found


def play_failure(plan: Plan, failure: Failure) -> dict[str, int]:
    """Play one failure; the seconds after which each workload is back that was interrupted."""
    environment = plan.environment
    dark = lost_pools(environment, failure)
    runs = {key_of(row): row.replicas for row in plan.placements}
    taken: dict[str, tuple[str, list[Placement]]] = {}
    for group in groups(environment):
        rows = [row for row in plan.placements if row.workload in group]
        bound = [environment.workload[name] for name in group if promises(environment, name, failure)]
        for row in rows:
            if row.pool in dark:
                runs[key_of(row)] = 0
        if any(row.role in RUN and row.pool in dark for row in rows) and bound:
            taken |= move(plan, failure, (group, bound, rows), runs)
    for row in plan.placements:
        if row.role is Role.BACKUP:
            runs[key_of(row)] = 0 if row.pool in dark else 1
    give_way(plan, failure, runs)
    for name, (_, here) in taken.items():
        serve(plan, environment.workload[name], here, runs)
    for pool in environment.estate.pools:
        if pool.id not in dark:
            pack(plan, pool.id, failure, runs)
    keep_quorums(plan, failure, dark)
    return clock(plan, failure, taken, runs)


def promises(environment: Environment, name: str, failure: Failure) -> bool:
    """True when the workload's grade promises to survive the failure."""
    grade = environment.recovery.grade(environment.workload[name].recovery.grade)
    return failure.kind in grade.promises


def move(
    plan: Plan,
    failure: Failure,
    hit: tuple[set[str], Sequence[Workload], Sequence[Placement]],
    runs: dict[Key, int],
) -> dict[str, tuple[str, list[Placement]]]:
    """Let a hit group go where the Plan says; everything of it must be whole there."""
    group, bound, rows = hit
    environment = plan.environment
    dark = lost_pools(environment, failure)
    home = next((row.center for row in rows if row.role is Role.PRIMARY), None)
    if home is None:
        return {}
    said = [
        each.center for each in plan.takeovers if each.failure == str(failure) and set(each.group) == group
    ]
    center = said[0] if said else home
    names = {workload.id for workload in bound}
    lost = {
        row.workload
        for row in rows
        if row.role is Role.PRIMARY and row.pool in dark and row.workload in names
    }
    found: dict[str, tuple[str, list[Placement]]] = {}
    for workload in bound:
        here = [
            row for row in rows if row.workload == workload.id and row.center == center and row.role in TAKE
        ]
        here = [row for row in here if row.pool not in dark]
        for component in workload.components:
            if component.quorum is None and any(row.component == component.id for row in rows):
                assert any(whole(rows, here, workload.id, component.id, role) for role in TAKE), (
                    f"{workload.id}/{component.id} has no whole side in {center} after {failure}"
                )
        for row in here:
            runs[key_of(row)] = row.replicas_on_takeover
        if center != home:
            for row in rows:
                if row.role is Role.PRIMARY and row.workload == workload.id and row.center != center:
                    runs[key_of(row)] = 0
        if here and (center != home or workload.id in lost):
            found[workload.id] = (home, here)
    return found


def whole(
    rows: Sequence[Placement], here: Sequence[Placement], workload: str, component: str, role: Role
) -> bool:
    """True when all of a side stands among these rows."""
    side = [row for row in rows if (row.workload, row.component, row.role) == (workload, component, role)]
    return bool(side) and all(row in here for row in side)


def give_way(plan: Plan, failure: Failure, runs: dict[Key, int]) -> None:
    """Stop what the Plan says gives way; nobody else may, and nobody below what it keeps."""
    environment = plan.environment
    grows = {
        row.pool
        for row in plan.placements
        if row.role is not Role.BACKUP and runs[key_of(row)] > row.replicas
    }
    left: Counter[tuple[str, str, Role]] = Counter()
    for each in plan.yields:
        if each.failure == str(failure):
            component = environment.workload[each.workload].component[each.component]
            assert component.yields is not Yields.NEVER, each
            assert each.pool in grows, each
            runs[each.workload, each.component, each.role.value, each.pool] = each.replicas
    for row in plan.placements:
        left[row.workload, row.component, row.role] += runs[key_of(row)]
    for each in plan.yields:
        if each.failure == str(failure):
            component = environment.workload[each.workload].component[each.component]
            side = [
                row
                for row in plan.placements
                if (row.workload, row.component, row.role) == (each.workload, each.component, each.role)
            ]
            stands = sum(
                row.replicas_on_takeover for row in side if runs[key_of(row)] or row.pool == each.pool
            )
            if component.yields is Yields.ELASTIC and len(side) == 1:
                least = min(component.min_replicas, stands)
                assert left[each.workload, each.component, each.role] >= least, each


def pack(plan: Plan, pool: str, failure: Failure, runs: Mapping[Key, int]) -> None:
    """Stop and start replicas on the hosts as the Plan says; each host has room, and everything runs."""
    hosts: dict[int, Counter[Key]] = {}
    for packing in plan.packings:
        if (packing.pool, packing.failure) == (pool, ""):
            for host in packing.hosts:
                on = hosts.setdefault(host.host, Counter())
                on.update({(p.workload, p.component, p.role.value, pool): p.count for p in host.rows})
    for on in hosts.values():
        for key in [key for key in on if not runs[key]]:
            del on[key]
    for packing in plan.packings:
        if (packing.pool, packing.failure) == (pool, str(failure)):
            for listed, sign in ((packing.stopped, -1), (packing.hosts, 1)):
                for host in listed:
                    on = hosts.setdefault(host.host, Counter())
                    for p in host.rows:
                        on[p.workload, p.component, p.role.value, pool] += sign * p.count
    total: Counter[Key] = Counter()
    for number, on in hosts.items():
        assert number <= plan.environment.estate.pool[pool].usable_hosts
        assert min(on.values(), default=0) >= 0
        total.update(on)
        fill(plan, pool, on)
    wanted = {key: count for key, count in runs.items() if key[3] == pool and count}
    assert {key: count for key, count in total.items() if count} == wanted, f"{pool} after {failure}"


def fill(plan: Plan, pool: str, on: Mapping[Key, int]) -> None:
    """Put replicas on one host, resource by resource."""
    sizes = {key_of(row): row.size for row in plan.placements}
    host = plan.environment.estate.pool[pool]
    bare = plan.environment.estate.cloud[host.cloud].kind.value == "kubernetes"
    vcpus = host.per_host.vcpus * 1000 * (1.0 if bare else host.overcommit.vcpus)
    memory = host.per_host.memory_gib * 1024 * (1.0 if bare else host.overcommit.memory)
    assert sum(sizes[key].vcpu_milli * count for key, count in on.items()) <= vcpus + 1e-6
    assert sum(sizes[key].memory_mib * count for key, count in on.items()) <= memory + 1e-6
    assert sum(sizes[key].disk_gib * count for key, count in on.items()) <= host.per_host.disk_gib
    for name in {name for key in on for name in sizes[key].accelerators}:
        used = sum(sizes[key].accelerators.get(name, 0) * count for key, count in on.items())
        assert used <= host.per_host.accelerators.get(name, 0)


def keep_quorums(plan: Plan, failure: Failure, dark: set[str]) -> None:
    """Enough members of each promised quorum are alive."""
    alive: Counter[tuple[str, str]] = Counter()
    there = set()
    for row in plan.placements:
        if row.role is Role.MEMBER:
            there.add((row.workload, row.component))
            alive[row.workload, row.component] += 0 if row.pool in dark else row.replicas
    for name, component in there:
        quorum = plan.environment.workload[name].component[component].quorum
        if promises(plan.environment, name, failure):
            assert quorum is None or alive[name, component] >= quorum.needed, (name, component, failure)


def serve(plan: Plan, workload: Workload, here: Sequence[Placement], runs: Mapping[Key, int]) -> None:
    """Every component that never yields does all of its work in the center that took over."""
    for component in workload.components:
        sides = [[row for row in here if (row.component, row.role) == (component.id, role)] for role in TAKE]
        if component.quorum is None and component.yields is Yields.NEVER and any(sides):
            assert any(does_the_work(plan, side, runs) for side in sides if side), (workload.id, component.id)


def does_the_work(plan: Plan, rows: Sequence[Placement], runs: Mapping[Key, int]) -> bool:
    """True when the replicas of one side deliver what is asked at factor 1."""
    environment = plan.environment
    component = environment.workload[rows[0].workload].component[rows[0].component]
    if component.scaling is not Scaling.HORIZONTAL:
        return sum(runs[key_of(row)] for row in rows) >= component.replicas

    def speed(chip: str) -> int:
        own = component.performance.get(chip)
        return own.milli if own else environment.estate.chip[chip].performance_milli

    asked = component.replicas * speed(component.sized_on or environment.estate.reference_chip)
    return sum(runs[key_of(row)] * speed(row.chip) for row in rows) >= asked


def clock(
    plan: Plan,
    failure: Failure,
    taken: Mapping[str, tuple[str, list[Placement]]],
    runs: Mapping[Key, int],
) -> dict[str, int]:
    """Play the takeover by the clock; who depends hard on somebody who is away waits as well."""
    environment = plan.environment
    placed = {row.workload for row in plan.placements}
    waiting = set(taken)
    while True:
        more = {
            workload.id
            for workload in environment.workloads
            if workload.id in placed and promises(environment, workload.id, failure)
            if any(each.mode is Mode.HARD and each.workload in waiting for each in workload.depends_on)
        }
        if more <= waiting:
            break
        waiting |= more
    return play(party(plan, name, taken.get(name), runs) for name in sorted(waiting))


def party(plan: Plan, name: str, taken: tuple[str, list[Placement]] | None, runs: Mapping[Key, int]) -> Party:
    environment = plan.environment
    workload = environment.workload[name]
    times, moving = environment.takeover, environment.policy.moving
    assert times is not None
    needs = frozenset(each.workload for each in workload.depends_on if each.mode is Mode.HARD) - {name}
    if taken is None:
        return Party(name, 0, needs=needs)
    _, rows = taken
    ruled = workload.recovery.grade >= times.automatic_from_grade
    release = times.automatic_release_seconds if ruled else times.release_seconds
    rate = times.restore_mib_per_second.value
    boot, image = moving.boot_seconds.value, moving.image_gib.value * 1024 / rate
    running = [row for row in rows if runs[key_of(row)]]
    held = [(row, workload.component[row.component]) for row in running]
    restore = max((part.data.gib * 1024 / rate for row, part in held if row.role is Role.COLD), default=0)
    promoted = any(
        (part.data.gib or part.stateful) and row.role in {Role.ACTIVE, Role.WARM} for row, part in held
    )
    before = times.fence_seconds.value + round_up(restore) + promoted * times.promote_seconds.value
    starts = {cloud: list(batches(rows, cloud, runs, (boot, image))) for cloud in {row.cloud for row in rows}}
    return Party(
        name,
        int(times.detect_seconds.value + release.value),
        int(before),
        int(times.switch_seconds.value),
        starts,
        int(times.starts_at_once.value),
        needs,
    )


def batches(
    rows: Sequence[Placement], cloud: str, runs: Mapping[Key, int], seconds: tuple[float, float]
) -> Iterator[list[int]]:
    """The starts of one cloud: cold ones, which read their image, then the others."""
    boot, image = seconds
    for cold in (True, False):
        new = sum(
            max(0, runs[key_of(row)] - row.replicas)
            for row in rows
            if row.cloud == cloud and (row.role is Role.COLD) is cold
        )
        yield [round_up(boot + image) if cold else round_up(boot)] * new


def round_up(number: float) -> int:
    return -int(-number // 1)
