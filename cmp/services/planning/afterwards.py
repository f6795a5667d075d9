"""Plans for the time after a loss, and has the independent verifier look at the answer before it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.errors import Invalid, Refused
from cmp.means import Means
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.plan_after import PlanAfter
from cmp.model.recovery import Failure
from cmp.model.references import EnvironmentRef
from cmp.model.when import SHANGHAI
from cmp.network.flows import security_groups
from cmp.ports.bundle import Ports
from cmp.scheduler.explain.facts import account
from cmp.scheduler.horizon.after import Said, plan_after
from cmp.scheduler.survival import proving
from cmp.services.planning.cordons import SOMEBODY
from cmp.services.planning.planning import Wish, plan_at_hand
from cmp.services.planning.proofs import ALL
from cmp.services.planning.refusing import MAX_FINDINGS
from cmp.services.planning.sources import Sources, inputs_hash, refuse_stale, sources_of
from cmp.verifier.after import check_after


@dataclass(frozen=True, slots=True)
class AfterWish:
    """What is lost together, of which Plan (None: the one at hand), and who says so and why."""

    lose: tuple[str, ...]
    file: str | None = None
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlannedAfter:
    """A Plan for the time after a loss that the verifier accepted."""

    before: Plan
    after: PlanAfter

    @property
    def document(self) -> dict[str, Any]:
        """The Plan for the time after, what became of every row, and the promises that the loss consumed."""
        return self.after.document


def plan_for_after(means: Means, ref: EnvironmentRef, wish: AfterWish) -> PlannedAfter:
    """Say what stands, runs and is promised once something is lost; changes and keeps nothing.

    Raises:
        Invalid: the environment is wrong, the Plan is of another one, or nothing of that name can be lost.
        Stale: the Plan was made of other files than the environment has now.
        Refused: nothing is left to run on, what is left finds no room, or the verifier rejects the answer.
    """
    loaded = means.ports.environments.load(ref)
    sources = sources_of(ref, means.ports, loaded)
    if wish.file is None:
        plan = plan_at_hand(ref, means.ports, Wish(now=means.now()), means.say, loaded)
    else:
        plan = _named(means.ports, sources, wish.file)
    failures = tuple(_failure(plan, text) for text in wish.lose)
    means.say(Event("planning-after", values={"lost": ", ".join(map(str, failures))}))
    said = Said(wish.who or SOMEBODY, means.now().astimezone(SHANGHAI).replace(microsecond=0), wish.why)
    after = _sealed(plan, plan_after(plan, failures, said), sources)
    _refuse_unverified(after, plan)
    return PlannedAfter(plan, after)


def _named(ports: Ports, sources: Sources, file: str) -> Plan:
    plan = ports.plans.named(file)
    refuse_stale(plan, ports, sources)
    return plan


def _failure(plan: Plan, text: str) -> Failure:
    """The one failure that a text names.

    Raises:
        Invalid: it names none, or all of them.
    """
    if text == ALL:
        raise Invalid("`all` names no loss that anything is left after", hint="name what is lost, one by one")
    return proving.asked(plan.environment, text)[0]


def _sealed(before: Plan, after: PlanAfter, sources: Sources) -> PlanAfter:
    """The document with what is known of networks, rules and facts, sealed with the Plan in it."""
    plan = after.plan
    environment = plan.environment
    told = account(environment, plan.placements, plan.unplaced)
    written = plan.model_copy(
        update={
            "inputs_hash": inputs_hash(sources.known_to(plan), plan.origin),
            "networks": before.networks,
            "security_groups": security_groups(environment, before.networks, plan.placements),
            "facts": told.facts,
            "fact_counts": told.counts,
            "gaps": told.gaps,
        }
    ).sealed()
    return after.model_copy(update={"plan": written}).sealed()


def _refuse_unverified(after: PlanAfter, before: Plan) -> None:
    """Refuse an answer that the independent verifier rejects.

    Raises:
        Refused: it breaks a constraint, or gives up a promise that the loss did not consume.
    """
    findings = check_after(after, before).findings
    if findings:
        told = "; ".join(f"{each.subject}: {each.sentence}" for each in findings[:MAX_FINDINGS])
        more = f" and {len(findings) - MAX_FINDINGS} more" if len(findings) > MAX_FINDINGS else ""
        raise Refused(
            f"the verifier rejects the plan for the time after {', '.join(after.lost)}: {told}{more}"
        )
