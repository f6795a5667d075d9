"""Finds what closes the shortfall of a failing proof: hosts to add and more, proven by proving again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.proof import Proof
from cmp.model.recovery import Failure
from cmp.model.suggestion import Addition, Closing
from cmp.scheduler.constraints.latency import Breach
from cmp.scheduler.constraints.links import USABLE_PERCENT
from cmp.scheduler.constraints.quotas import Excess
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import PLACED_ONLY, schedule
from cmp.scheduler.problem.groups import bounded
from cmp.scheduler.problem.losses import Loss, loss_of
from cmp.scheduler.remedies.changes.candidates import knobs
from cmp.scheduler.remedies.changes.change import ChangeKind, Knob, applied
from cmp.scheduler.remedies.changes.editing import changed
from cmp.scheduler.remedies.changes.estates import MoreHosts, WiderLink
from cmp.scheduler.remedies.changes.promises import LoosenRtt, RaiseQuota
from cmp.scheduler.remedies.counterfactual import BUDGET, FoundChanges, Report, Trials, least_set, part_view
from cmp.scheduler.remedies.fixes import miss_of
from cmp.scheduler.survival.lacking import Lack, LinkFull, NoRefuge, NoRoom
from cmp.scheduler.survival.proving import lacking, prove

KEEPS_PROMISES = frozenset(
    {ChangeKind.IMAGE, ChangeKind.ZONE, ChangeKind.LINK, ChangeKind.HOSTS, ChangeKind.LEVEL, ChangeKind.QUOTA}
)
"""Kinds of change that may be part of an answer: none that weakens what was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A Plan and a failure that it does not survive."""

    plan: Plan
    failure: Failure
    lacking: tuple[Lack, ...]
    budget: int = BUDGET
    report: Report = lambda _: None

    @property
    def environment(self) -> Environment:
        """The Plan's environment."""
        return self.plan.environment

    @property
    def pools(self) -> frozenset[str]:
        """The pools whose hosts have no room."""
        return frozenset(each.pool for each in self.lacking if isinstance(each, NoRoom | NoRefuge))

    @property
    def links(self) -> frozenset[tuple[str, str]]:
        """The links that would be too full, by their centers in order of name."""
        return frozenset(each.between for each in self.lacking if isinstance(each, LinkFull))

    @property
    def owners(self) -> frozenset[str]:
        """The owners who would claim more than their quota."""
        return frozenset(each.owner for each in self.lacking if isinstance(each, Excess))

    @property
    def waits(self) -> frozenset[tuple[str, str]]:
        """Who would wait too long for an answer, and whose."""
        found = (each.bound for each in self.lacking if isinstance(each, Breach))
        return frozenset((bound.workload, bound.asked) for bound in found)


def with_closings(plan: Plan, proof: Proof, budget: int = BUDGET, report: Report = lambda _: None) -> Proof:
    """A proof whose failing failures say what would close their shortfall."""
    found = []
    for each in proof.failures:
        if each.stands:
            found.append(each)
            continue
        report(Event("searching-closing", each.lose))
        failure = Failure.parse(each.lose)
        gap = Gap(plan, failure, lacking(plan, failure), budget, report)
        closing = close(gap)
        additions = closing.additions if closing else ()
        found.append(each.model_copy(update={"closing": closing, "additions": additions}))
    return proof.model_copy(update={"failures": tuple(found)})


def close(gap: Gap) -> Closing | None:
    """What closes a gap: with everything where it stands, else with a new Plan; None where nothing does."""
    still = Trials(gap.environment, partial(_survives, gap), budget=gap.budget, report=gap.report)
    offered = list(_here(gap))
    found = least_set(offered, still) if offered else None
    if found is not None:
        return _told(found, still)
    return _anew(gap)


def _survives(gap: Gap, environment: Environment) -> bool:
    """Prove again, with everything where it stands."""
    plan = gap.plan.model_copy(update={"environment": environment})
    return prove(plan, [gap.failure]).failures[0].stands


def _here(gap: Gap) -> Iterator[Knob]:
    """Changes that a shortfall names, small pools first so that they are left out first."""
    estate, pools, links, waits = gap.environment.estate, gap.pools, gap.links, gap.waits
    for pool in sorted(estate.pools, key=partial(_strength, gap.environment)):
        if pool.id in pools:
            rows = [row for row in gap.plan.placements if row.pool == pool.id]
            most = sum(max(row.replicas, row.replicas_on_takeover, 1) for row in rows) or pool.usable_hosts
            yield Knob(ChangeKind.HOSTS, pool.id, range(1, most + 1), partial(MoreHosts, pool.id, pool.chip))
    total = sum(
        each.data.change_mbps_peak for workload in gap.environment.workloads for each in workload.components
    )
    for link in estate.links:
        one, other = sorted(link.between)
        if (one, other) in links:
            most = -(-round(total * 1000) * 100 // (USABLE_PERCENT * 1000))
            yield Knob(ChangeKind.LINK, f"{one}/{other}", range(1, most + 1), partial(WiderLink, one, other))
    yield from _quotas(gap)
    taken = sorted({-(-round(link.rtt_ms.value * 1e6) // 1000) for link in estate.links})
    for bound in bounded(gap.environment):
        limit = bound.max_rtt_ms
        longer = [micros for micros in taken if limit is not None and micros > limit * 1000]
        if longer and (bound.workload, bound.asked) in waits:
            yield Knob(ChangeKind.RTT, LoosenRtt(bound, 0).subject, longer, partial(LoosenRtt, bound))


def _quotas(gap: Gap) -> Iterator[Knob]:
    """Quotas that are exceeded; all that the owner may run at once is enough."""
    owners = gap.owners
    for quota in gap.environment.policy.quotas:
        if quota.owner not in owners:
            continue
        limited = [name for name in ("vcpus", "memory_gib", "disk_gib") if getattr(quota, name) is not None]
        for resource in (*limited, *sorted(quota.accelerators)):
            most = _claimed(gap.plan, quota.owner, resource)
            if most:
                make = partial(RaiseQuota, quota.owner, resource)
                yield Knob(ChangeKind.QUOTA, f"{quota.owner}/{resource}", range(1, most + 1), make)


def _claimed(plan: Plan, owner: str, resource: str) -> int:
    total = 0.0
    for row in plan.placements:
        if plan.environment.workload[row.workload].owner == owner:
            size = {
                "vcpus": row.size.vcpu_milli / 1000,
                "memory_gib": row.size.memory_mib / 1024,
                "disk_gib": row.size.disk_gib,
                **row.size.accelerators,
            }
            total += size.get(resource, 0) * max(row.replicas, row.replicas_on_takeover)
    return int(-(-total // 1))


def _strength(environment: Environment, pool: Pool) -> tuple[int, str]:
    """What one host of a pool does, in thousandths of a vCPU of the reference chip; names break ties."""
    chip = environment.estate.chip[pool.chip]
    return pool.per_host.vcpus * chip.performance_milli, pool.id


def _anew(gap: Gap) -> Closing | None:
    """What closes the gap with a new Plan, on an estate in which nothing stands on what is lost for good.

    Workloads that find no place even with all that is offered are told as `beyond`; the rest is closed.
    """
    loss = loss_of(gap.environment.estate, gap.failure)
    left = gap.environment if loss.promised else _without(gap.environment, loss)
    if not left.estate.pools:
        return None
    decision = _planned(gap, left)
    offered = _offered(gap, left, decision)
    most = applied([knob.most for knob in offered], left)
    beyond = _planned(gap, most).unplaced if offered else decision.unplaced
    allowed = frozenset(each.workload for each in (*beyond, *gap.plan.unplaced))
    goal = partial(_survives_anew, gap, allowed)
    trials = Trials(left, goal, budget=gap.budget, report=gap.report)
    found = least_set(offered, trials)
    if found is None:
        return None
    return _told(found, trials, replanned=True, beyond=tuple(each.summary for each in beyond))


def _offered(gap: Gap, left: Environment, decision: Decision) -> list[Knob]:
    """Changes for what finds no place any more, dear ones first, as they are left out first."""
    plan = decision.within(gap.plan, left)
    before = {each.workload for each in gap.plan.unplaced}
    found = {
        knob.key: knob
        for workload in sorted({each.workload for each in decision.unplaced} - before)
        for knob in knobs(miss_of(plan, workload))
        if knob.kind in KEEPS_PROMISES
    }
    return sorted(found.values(), key=partial(_dearest, gap.environment))


def _dearest(environment: Environment, knob: Knob) -> tuple[bool, tuple[int, str], tuple[int, str]]:
    """The order in which changes are left out again: dear kinds first, hosts of small pools before large."""
    rank, subject = knob.key
    pool = environment.estate.pool.get(subject)
    return knob.kind is ChangeKind.HOSTS, (-rank, subject), _strength(environment, pool) if pool else (0, "")


def _planned(gap: Gap, environment: Environment) -> Decision:
    """Everything placed again, what can stay where it stands."""
    rows = tuple(row for row in gap.plan.placements if row.pool in environment.estate.pool)
    previous = gap.plan.model_copy(update={"placements": rows})
    origin = gap.plan.origin
    return schedule(environment, at=origin.at, seed=origin.seed, previous=previous, limits=PLACED_ONLY)


def _survives_anew(gap: Gap, allowed: frozenset[str], environment: Environment) -> bool:
    """Plan again, then prove with what is lost still there; workloads in `allowed` may be unplaced."""
    decision = _planned(gap, environment)
    if not {each.workload for each in decision.unplaced} <= allowed:
        return False
    whole = _whole(environment, gap.environment)
    plan = decision.within(gap.plan, whole)
    return prove(plan, [gap.failure]).failures[0].stands


def _without(environment: Environment, loss: Loss) -> Environment:
    """The environment without the pools and accelerators that a what-if takes."""
    pools = []
    for pool in environment.estate.pools:
        if pool.id not in loss.pools:
            left = {
                name: count
                for name, count in pool.per_host.accelerators.items()
                if name not in loss.accelerators
            }
            pools.append(changed(pool, per_host=changed(pool.per_host, accelerators=left)))
    return changed(environment, estate=changed(environment.estate, pools=tuple(pools)))


def _whole(environment: Environment, before: Environment) -> Environment:
    """The environment with the pools that it lacks as they were before."""
    known = environment.estate.pool
    pools = (*environment.estate.pools, *(each for each in before.estate.pools if each.id not in known))
    return changed(environment, estate=changed(environment.estate, pools=pools))


def _told(
    found: FoundChanges, trials: Trials, *, replanned: bool = False, beyond: tuple[str, ...] = ()
) -> Closing:
    hosts = [change for change in found.changes if isinstance(change, MoreHosts)]
    others = [change for change in found.changes if not isinstance(change, MoreHosts)]
    return Closing(
        additions=tuple(
            Addition(pool=each.pool, chip=each.chip, hosts=each.hosts, proven=True)
            for each in sorted(hosts, key=lambda each: each.pool)
        ),
        changes=tuple(part_view(each) for each in others),
        replanned=replanned,
        beyond=beyond,
        smallest=found.smallest,
        tried=len(trials.known),
    )
