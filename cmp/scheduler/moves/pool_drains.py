"""Drains pools and centers: the Plan that empties them and keeps them empty, and the one that ends it."""

from __future__ import annotations

from collections.abc import Sequence

from cmp.errors import Invalid, Refused
from cmp.model.cordon import Cordon, DrainKind, Stood
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.moves import Step, StepKind
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import PLACED_ONLY, schedule
from cmp.scheduler.moves.drains import Drain, Maintained, Way, Word, document
from cmp.scheduler.moves.observed import Reality, switched_pools
from cmp.scheduler.moves.transfers import recounted
from cmp.scheduler.moves.transition import relocation
from cmp.scheduler.objective.migration_cost import MoveEffort
from cmp.sentences import Sentence

TOLD = 3
"""Workloads whose promise would break that a refusal names."""


def drain_pools(plan: Plan, reality: Reality, drains: Sequence[Drain], word: Word) -> Maintained:
    """A Plan that empties pools and holds their cordons, all at once, the way there and back.

    Raises:
        Refused: a promise would break; the sentence says which, the hint what would help.
    """
    environment = plan.environment
    names = {pool.id for drain in drains for pool in _pools_of(environment, drain)}
    pools = tuple(pool for pool in environment.estate.pools if pool.id in names)
    held = environment
    for drain in drains:
        left = _left(plan, {pool.id for pool in _pools_of(environment, drain)})
        held = _with_cordon(held, drain, word, left)
    decision = _without(plan, drains, held)
    target = recounted(plan, decision.within(plan).model_copy(update={"environment": held}))
    way = relocation(plan, target, reality)
    steps = [*way.steps, *_switches(_switched(environment, pools), reality, StepKind.POWER_OFF)]
    back = [*_switches(_switched(environment, pools), reality, StepKind.POWER_ON), *way.inverse]
    again = " ".join(f"--drain {drain}" for drain in drains)
    notes = _switching(environment, pools, f"`tricenter maintain … {again} --apply`, after that Plan")
    return Maintained(document(plan, reality, drains, Way(steps, back, way.effort), target, notes), target)


def switch_off_drained(plan: Plan, reality: Reality, drain: Drain) -> Maintained:
    """What is left to do where a Plan that keeps pools empty is applied: their hosts are switched off."""
    environment = plan.environment
    pools = _pools_of(environment, drain)
    off = _switches(_switched(environment, pools), reality, StepKind.POWER_OFF)
    back = [step.model_copy(update={"kind": StepKind.POWER_ON}) for step in off]
    cordon = next(each for each in environment.cordons if each.subject == str(drain))
    notes = (cordon.sentence, *_switching(environment, pools, "these steps, with `--apply`"))
    return Maintained(document(plan, reality, (drain,), Way(off, back, MoveEffort()), None, notes), None)


def put_back(plan: Plan, reality: Reality, drain: Drain) -> Maintained:
    """Say what moves so that a drained pool or center is used again: what left it returns, as far as it may.

    Raises:
        Invalid: it is not drained.
        Refused: the way back does not hold.
    """
    cordon = next((each for each in plan.environment.cordons if each.subject == str(drain)), None)
    if cordon is None:
        raise Invalid(
            Sentence("{drain} was not drained, or everything was put back", drain=drain),
            hint="leave out --back",
        )
    environment = plan.environment
    opened = environment.changed(cordons=tuple(each for each in environment.cordons if each != cordon))
    decision = _scheduled(opened, _as_before(plan, cordon), plan)
    target = recounted(plan, decision.within(plan).model_copy(update={"environment": opened}))
    way = relocation(plan.model_copy(update={"environment": opened}), target, reality)
    on = _switches(_pools_of(environment, drain), reality, StepKind.POWER_ON)
    note = f"{drain} is no longer drained once this Plan is applied"
    return Maintained(
        document(plan, reality, (drain,), Way([*on, *way.steps], way.inverse, way.effort), target, (note,)),
        target,
    )


def _as_before(plan: Plan, cordon: Cordon) -> Plan:
    """The Plan with those sides where they stood that had to leave, to start from."""
    stood: dict[tuple[str, str, Role], list[Stood]] = {}
    for each in cordon.left:
        stood.setdefault((each.workload, each.component, each.role), []).append(each)
    rows = {(row.workload, row.component, row.role): row for row in plan.placements}
    kept = [row for row in plan.placements if (row.workload, row.component, row.role) not in stood]
    estate = plan.environment.estate
    for side, before in stood.items():
        there = all(each.pool in estate.pool for each in before)
        if side not in rows or not there:
            kept += [row for row in plan.placements if (row.workload, row.component, row.role) == side]
            continue
        kept += [_standing(rows[side], each) for each in before]
    kept.sort(key=lambda row: (row.workload, row.component, row.role, row.pool))
    return plan.model_copy(update={"placements": tuple(kept)})


def _standing(row: Placement, stood: Stood) -> Placement:
    then = {"pool": stood.pool, "variant": stood.variant, "replicas": stood.replicas}
    return row.model_copy(update={**then, "replicas_on_takeover": stood.on_takeover})


def _pools_of(environment: Environment, drain: Drain) -> tuple[Pool, ...]:
    """The pools of what is drained whole."""
    estate = environment.estate
    return tuple(
        pool
        for pool in estate.pools
        if drain.id == (pool.id if drain.kind is DrainKind.POOL else estate.center_of(pool).id)
    )


def _without(plan: Plan, drains: Sequence[Drain], held: Environment) -> Decision:
    """What the engine decides once pools are cordoned.

    Raises:
        Refused: something finds no other place with all that is promised to it.
    """
    environment, told = plan.environment, " and ".join(map(str, drains))
    if len(held.closed) == len(environment.estate.pools):
        raise Refused(
            Sentence("{told} cannot be drained: there is no other pool", told=told), hint="add one elsewhere"
        )
    known = {(each.workload, each.component, each.role) for each in plan.unplaced}
    decision = _scheduled(held, plan, plan)
    lost = [each for each in decision.unplaced if (each.workload, each.component, each.role) not in known]
    if lost:
        names = sorted({each.workload for each in lost})
        more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
        grades = ", ".join(
            f"{name} (grade {environment.workload[name].recovery.grade})" for name in names[:TOLD]
        )
        raise Refused(
            Sentence(
                "{told} cannot be drained: what is promised to {grades}{more} would break: {summary}",
                told=told,
                grades=grades,
                more=more,
                summary=lost[0].summary,
            ),
            hint="add hosts where the reasons say what lacks, or accept less for that long: a failover",
        )
    return decision


def _scheduled(environment: Environment, start: Plan, plan: Plan) -> Decision:
    """What stands where in an environment, as little as may be elsewhere than a Plan to start from has it."""
    at, seed = plan.origin.at, plan.origin.seed
    return schedule(environment, at=at, seed=seed, previous=start, limits=PLACED_ONLY)


def _with_cordon(
    environment: Environment, drain: Drain, word: Word, left: tuple[Stood, ...] = ()
) -> Environment:
    """The environment with one thing more that is drained."""
    cordon = Cordon(
        kind=drain.kind, id=drain.id, host=drain.host, since=word.since, who=word.who, why=word.why, left=left
    )
    every = sorted((*environment.cordons, cordon), key=lambda each: each.subject)
    return environment.changed(cordons=tuple(every))


def _left(plan: Plan, pools: set[str]) -> tuple[Stood, ...]:
    """Where every side stood of which something stood on these pools."""
    hit = {(row.workload, row.component, row.role) for row in plan.placements if row.pool in pools}
    return tuple(
        Stood(
            workload=row.workload,
            component=row.component,
            role=row.role,
            pool=row.pool,
            variant=row.variant,
            replicas=row.replicas,
            on_takeover=row.replicas_on_takeover,
        )
        for row in plan.placements
        if (row.workload, row.component, row.role) in hit
    )


def _switched(environment: Environment, pools: Sequence[Pool]) -> list[Pool]:
    """Those of some pools whose hosts are ours to switch."""
    ours = {pool.id for pool in switched_pools(environment)}
    return [pool for pool in pools if pool.id in ours]


def _switching(environment: Environment, pools: Sequence[Pool], who: str) -> tuple[str, ...]:
    """Who switches empty hosts off."""
    ours = _switched(environment, pools)
    notes = []
    if ours:
        notes.append(f"hosts of {', '.join(pool.id for pool in ours)} are switched off by {who}")
    others = [pool for pool in pools if pool not in ours]
    for cloud in sorted({pool.cloud for pool in others}):
        names = ", ".join(pool.id for pool in others if pool.cloud == cloud)
        notes.append(f"hosts of {names} are not switched off here: that is for whoever runs {cloud}")
    return tuple(notes)


def _switches(pools: Sequence[Pool], reality: Reality, kind: StepKind) -> list[Step]:
    """All hosts of pools that are on now, switched."""
    return [
        Step(number=1, kind=kind, cloud=pool.cloud, pool=pool.id, host=host)
        for pool in pools
        for host in range(1, pool.hosts + 1)
        if host not in reality.off.get(pool.id, frozenset())
    ]
