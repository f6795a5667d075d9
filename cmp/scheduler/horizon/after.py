"""Makes the Plan for the time after a loss: standbys run, what was lost is placed anew where it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cmp.model.cordon import Cordon, DrainKind
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.plan_after import PlanAfter
from cmp.model.recovery import Failure, FailureKind
from cmp.scheduler.horizon.losing import joint_loss
from cmp.scheduler.horizon.settling import Scene, completed, fitting, promising
from cmp.scheduler.horizon.writing_after import written


@dataclass(frozen=True, slots=True)
class Said:
    """By whose word something counts as lost, since when and why: it is kept with what is drained then."""

    who: str = "an operator"
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    why: str = ""


UNSAID = Said()


def plan_after(plan: Plan, failures: Sequence[Failure], said: Said = UNSAID) -> PlanAfter:
    """The Plan for the time after a loss; unsealed, and without what services know of networks.

    What survives stays where it stands. A group of which a primary is lost goes to the first center, from
    home outwards, with a whole side of everything, as every proof says; groups that were not promised to
    survive this come after those that were, and nobody gives way for them. What is lost besides is placed
    anew where room and grade allow, a side on one pool more, but never the only copy of data. What cannot
    be promised any more against a further loss is given up, for the lowest grade first.

    Args:
        plan: what stands.
        failures: what is lost, together: centers, locations, clouds, hosts.
        said: who says so, since when and why.

    Raises:
        Invalid: a failure names nothing that is there, or nothing that a Plan can go on after.
        Refused: nothing is left, or what is left finds no room on the hosts that are left.
    """
    loss = joint_loss(plan.environment, failures)
    environment = drained(plan.environment, failures, said)
    loss = replace(loss, pools=loss.pools | environment.closed.keys())
    scene = Scene(plan, tuple(failures), loss, environment)
    return written(scene, promising(scene, completed(scene, fitting(scene))))


def drained(environment: Environment, failures: Sequence[Failure], said: Said) -> Environment:
    """The environment with what is lost drained, so that nobody places anything there."""
    found = {each.subject: each for each in environment.cordons}
    for failure in failures:
        why = said.why or f"lost: {failure}"
        for kind, name, host in _subjects(environment, failure):
            cordon = Cordon(kind=kind, id=name, host=host, since=said.since, who=said.who, why=why)
            found.setdefault(cordon.subject, cordon)
    return environment.changed(cordons=tuple(found[name] for name in sorted(found)))


def _subjects(environment: Environment, failure: Failure) -> list[tuple[DrainKind, str, int]]:
    """What is drained where a failure took it."""
    estate, name = environment.estate, failure.id
    if failure.kind is FailureKind.CENTER:
        return [(DrainKind.CENTER, name, 0)]
    if failure.kind is FailureKind.LOCATION:
        return [(DrainKind.CENTER, each.id, 0) for each in estate.centers if each.location == name]
    if failure.kind is FailureKind.CLOUD:
        return [(DrainKind.POOL, pool.id, 0) for pool in estate.pools if pool.cloud == name]
    pool, _, number = name.partition("/")
    return [(DrainKind.HOST, pool, int(number or 1))]
