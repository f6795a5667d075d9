"""Writes down what a loss leaves: the Plan after it, what became of each row, what is promised no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cmp.model.plan import Placement, Plan, Reason, Unplaced
from cmp.model.plan_after import Becomes, PlanAfter, RowAfter, Spent, SpentKind
from cmp.model.recovery import Role
from cmp.scheduler.engine import Held
from cmp.scheduler.horizon.losing import Spot
from cmp.scheduler.horizon.settling import Scene, Standing, Terms, spent_of


def written(scene: Scene, settled: tuple[Terms, Standing, Held]) -> PlanAfter:
    """The document, unsealed."""
    terms, there, found = settled
    decision = found.decision
    before = scene.before
    plan = before.model_copy(
        update={
            **decision.parts,
            "hash": "",
            "environment": there.environment,
            "origin": before.origin.model_copy(
                update={"previous": before.hash, "effort": None, "stopped": False, "max_moves": 0}
            ),
            "before_peak": None,
            "gives_way": (*before.gives_way, *(each.told for each in terms.given)),
            "unplaced": tuple(_unplaced(scene, there)),
            "objective_before": before.objective,
            "bound": None,
        }
    )
    return PlanAfter(
        before=before.hash,
        lost=tuple(map(str, scene.failures)),
        plan=plan,
        rows=tuple(_rows(scene, terms, plan)),
        spent=tuple(_spent(there, terms)),
    )


def _unplaced(scene: Scene, there: Standing) -> Iterator[Unplaced]:
    """What had no place before, and every component of which nothing is left."""
    standing = {(workload, component) for workload, component, _ in there.left.rows}
    known = {(each.workload, each.component) for each in scene.before.unplaced}
    yield from (each for each in scene.before.unplaced if each.workload in there.environment.workload)
    lost = ", ".join(map(str, scene.failures))
    for workload, component, role in there.left.broken:
        name = workload, component
        if name in standing or name in known:
            continue
        known.add(name)
        yield Unplaced(
            workload=workload,
            component=component,
            role=role,
            summary=f"{workload}/{component}: nothing of it is left after {lost}",
            reasons=tuple(_reasons(scene, lost)),
        )


def _reasons(scene: Scene, lost: str) -> Iterator[Reason]:
    for pool in scene.environment.estate.pools:
        gone = pool.id in scene.environment.closed
        message = f"{pool.id} is lost" if gone else f"no side of it that {lost} left can run here"
        yield Reason(pool=pool.id, constraint="lost", message=message)


def _rows(scene: Scene, terms: Terms, plan: Plan) -> Iterator[RowAfter]:
    """Every row of both Plans, once."""
    given = {each.name for each in terms.given}
    old = {(row.workload, row.component, row.pool): row for row in scene.before.placements}
    kept: set[Spot] = set()
    for row in plan.placements:
        was = old.get(spot := (row.workload, row.component, row.pool))
        if was is not None:
            kept.add(spot)
        yield _row(row, was, gives_way=(row.workload, row.component) in given)
    for spot, row in sorted(old.items()):
        if spot not in kept:
            lost = row.pool in scene.loss.pools
            gave = (row.workload, row.component) in given
            becomes = Becomes.LOST if lost else Becomes.GIVES_WAY if gave else Becomes.STOPS
            yield _told(row, becomes, was=row.role, before=row.replicas)


def _row(row: Placement, was: Placement | None, *, gives_way: bool) -> RowAfter:
    if was is None:
        return _told(row, Becomes.ANEW, role=row.role, replicas=row.replicas)
    left = Becomes.TAKES_OVER if row.role is Role.PRIMARY else Becomes.STANDS_BY
    becomes = Becomes.STAYS if was.role is row.role else left
    if gives_way and row.replicas < was.replicas:
        becomes = Becomes.GIVES_WAY
    return _told(row, becomes, was=was.role, role=row.role, before=was.replicas, replicas=row.replicas)


def _told(row: Placement, becomes: Becomes, **values: Role | int) -> RowAfter:
    named: Mapping[str, object] = {"workload": row.workload, "component": row.component, "pool": row.pool}
    return RowAfter.model_validate({**named, "becomes": becomes, **values})


def _spent(there: Standing, terms: Terms) -> Iterator[Spent]:
    """Every promise that is gone, in order of workload."""
    found = [Spent(kind=SpentKind.RUNS, workload=name) for name in there.left.stopped]
    found += [
        Spent(kind=SpentKind.SIDE, workload=workload, component=component, what=role)
        for workload, component, role in there.left.broken
    ]
    found += [
        Spent(kind=SpentKind.FAILURE, workload=name, what=kind)
        for name, kinds in spent_of(there, terms).items()
        for kind in kinds
    ]
    return iter(sorted(found, key=lambda each: (each.workload, each.kind, each.component, each.what)))
