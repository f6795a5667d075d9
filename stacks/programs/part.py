"""Cuts a Plan down to what the program of one stack is given: what is not in there it cannot read.

So two Plans whose parts are the same bytes ask the same of a stack, but for the tag that names the Plan.
"""

from __future__ import annotations

from collections.abc import Iterable

from cmp.model.environment import Environment
from cmp.model.plan import ObjectiveValue, Origin, Plan
from stacks.names import Project
from stacks.programs.rows import clouds_in

_NOWHERE = Origin(engine="")
_NOTHING = ObjectiveValue(total=0, parts={})


def part_of(plan: Plan, project: Project, center: str) -> Plan:
    """What the foundation or the workloads of a center are made from, with the hash of the whole Plan.

    A foundation is given networks and flows, workloads the rows of their center with the hosts that their
    pools are packed on in normal time. Of the environment all is left but systems that have nothing there.
    """
    clouds = {cloud.id for cloud in clouds_in(plan, center)}
    grounds = project is Project.FOUNDATION
    networks = tuple(each for each in plan.networks if grounds and each.cloud in clouds)
    groups = tuple(each for each in plan.security_groups if grounds and each.cloud in clouds)
    rows = tuple(each for each in plan.placements if not grounds and each.center == center)
    pools = {row.pool for row in rows}
    there = {group.workload for group in groups} | {row.workload for row in rows}
    return _bare(plan).changed(
        environment=concerning(plan.environment, there),
        networks=networks,
        security_groups=groups,
        placements=rows,
        packings=tuple(each for each in plan.packings if each.pool in pools and not each.failure),
    )


def concerning(environment: Environment, workloads: Iterable[str]) -> Environment:
    """An environment of which only some systems are left, with what these run at their first boot."""
    wanted = frozenset(workloads)
    left = tuple(each for each in environment.workloads if each.id in wanted)
    inits = {component.init for each in left for component in each.components if component.init}
    texts = {name: text for name, text in environment.init_files.items() if name in inits}
    return environment.changed(workloads=left, init_files=texts)


def _bare(plan: Plan) -> Plan:
    """The Plan without what says how it was found and what it promises: no program acts on that."""
    return plan.changed(
        inputs_hash="",
        source="",
        origin=_NOWHERE,
        takeovers=(),
        yields=(),
        before_peak=None,
        gives_way=(),
        reservations=(),
        packings=(),
        moves_first=(),
        unplaced=(),
        objective=_NOTHING,
        objective_before=None,
        facts=(),
        fact_counts={},
        gaps=(),
        bound=None,
    )
