"""Carries steps out by asking use cases, in a process of its own amid the environment's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cmp.errors import Conflict, Invalid
from cmp.means import Means
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.services.answers import UseCaseAnswer
from cmp.workflows import asks
from cmp.workflows.telling import of_part
from cmp.workflows.wire import read, written

if TYPE_CHECKING:
    from cmp.model.apply_journal import ApplyStep
    from cmp.model.journal import Progress

T = TypeVar("T")
TURN: Final = 90.0
"""Seconds to wait for an environment that somebody else holds: longer than a dead one holds it."""
LOOKS: Final = 0.5
"""Seconds between two tries to hold it."""
EVER: Final = 1_000_000_000
PLAN_FILE: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class StepTask:
    """What a step works from: an environment, what was asked, what earlier steps answered."""

    ref: EnvironmentRef
    ask: Mapping[str, Any]
    plan: str | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    agreed_deletions: int = 0

    @property
    def plan_file(self) -> str:
        """The Plan that is asked about.

        Raises:
            Invalid: none was named.
        """
        if self.plan is None:
            raise Invalid("no plan was named")
        return self.plan


def carry_out(means: Means, step: str, task: StepTask) -> tuple[Any, Plan | None]:
    """What a step answers, as JSON, and the Plan that it made.

    Raises:
        CmpError: what its use case refuses.
    """
    found = STEPS[step](means, task)
    if step != "plan":
        return written(found), None
    plan = found.kept.plan  # type: ignore[attr-defined]  # the step `plan` answers with a Plan
    sent = written(found)
    sent["kept"]["plan"] = plan.hash
    return sent, plan


def _validate(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.planning.reading import validate  # noqa: PLC0415 - a step imports what it needs

    return validate(means, task.ref)


def _plan(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.model.when import instant  # noqa: PLC0415
    from cmp.services.planning import making  # noqa: PLC0415
    from cmp.services.planning.planning import Wish  # noqa: PLC0415

    ask = asks.PlanAsk.model_validate(dict(task.ask))
    wish = Wish(
        at=instant(datetime.fromisoformat(ask.at)) if ask.at else None,
        seed=ask.seed,
        previous=task.plan,
        fresh=ask.fresh,
        effort=EVER if ask.seconds is not None else ask.effort,
        stop=_after(ask.seconds),
        max_moves=ask.max_moves,
    )
    if ask.until is None:
        return making.make(means, task.ref, wish)
    made = making.look_ahead(means, task.ref, wish, ask.until, PLAN_FILE)
    means.ports.plans.keep(made.kept.plan)
    return made


def _after(seconds: float | None) -> Callable[[], bool]:
    """Answers whether so many seconds are over."""
    end = None if seconds is None else monotonic() + seconds
    return lambda: end is not None and monotonic() >= end


def _prove(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.planning.proofs import ProofWish, prove  # noqa: PLC0415

    ask = asks.ProveAsk.model_validate(dict(task.ask))
    return prove(means, task.ref, ProofWish(task.plan, ask.lose, ask.details, ask.additions))


def _explain(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.planning.describing import Question, explain  # noqa: PLC0415

    ask = asks.ExplainAsk.model_validate(dict(task.ask))
    return explain(means, task.ref, Question(ask.workload, ask.component, ask.pool), changes=ask.changes)


def _preview(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.carrying_out.applying import preview  # noqa: PLC0415

    ask = asks.PreviewAsk.model_validate(dict(task.ask))
    return preview(means, task.plan_file, every=ask.every)


def _foresee(means: Means, task: StepTask) -> UseCaseAnswer:
    """What is agreed to: every cloud is asked."""
    from cmp.services.carrying_out.applying import preview  # noqa: PLC0415

    return preview(means, task.plan_file, every=True)


def _apply(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.carrying_out.applying import apply  # noqa: PLC0415
    from cmp.services.carrying_out.documents import StackResults  # noqa: PLC0415
    from cmp.services.carrying_out.steps import Consent  # noqa: PLC0415
    from stacks.engine.guard import Agreement  # noqa: PLC0415

    ask = asks.ApplyAsk.model_validate(dict(task.ask))
    consent = Consent(ask.partial, Agreement(task.agreed_deletions))
    plan = means.ports.plans.named(task.plan_file)

    def reached(step: ApplyStep, progress: Progress) -> None:
        means.say(of_part(step.value, is_done=progress.is_settled))

    return StackResults(in_turn(lambda: apply(means, plan, consent, reached)))


def in_turn(change: Callable[[], T], patience: float = TURN) -> T:
    """What a change answers, once nobody else holds its environment any more.

    A process that was killed holds it until its heartbeat is missed for long enough; whoever goes on with
    its work waits for that, rather than fail.

    Raises:
        Conflict: somebody else holds it for longer.
    """
    end, pause = monotonic() + patience, Event()
    while True:
        try:
            return change()
        except Conflict:
            if monotonic() >= end:
                raise
            pause.wait(LOOKS)


def _verify(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.bringing_up import Applied  # noqa: PLC0415
    from cmp.services.carrying_out.documents import StackResults  # noqa: PLC0415
    from cmp.services.verifying.drift import read_back  # noqa: PLC0415

    results = read(StackResults, task.before["apply"]).results
    return Applied(results, *read_back(means, means.ports.plans.named(task.plan_file)))


def _look(means: Means, task: StepTask) -> UseCaseAnswer:
    from cmp.services.verifying.drift import look  # noqa: PLC0415

    return look(means, task.ref)


STEPS: Final[Mapping[str, Callable[[Means, StepTask], UseCaseAnswer]]] = {
    "validate": _validate,
    "plan": _plan,
    "prove": _prove,
    "explain": _explain,
    "preview": _preview,
    "foresee": _foresee,
    "apply": _apply,
    "verify": _verify,
    "look": _look,
}


def parsed(before: Mapping[str, str]) -> Mapping[str, Any]:
    """What earlier steps answered, read."""
    return {name: json.loads(text) for name, text in before.items()}
