"""Says who has to agree before a Plan is carried out: by the grade of what it holds and what it deletes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cmp.errors import Refused
from cmp.model.consent import Consent
from cmp.model.operations import ConsentNeeded, OperationRecord
from cmp.ports.operations import Task
from cmp.sentences import Sentence

GRADE: Final = 5
"""Recovery grade from which on somebody else has to agree."""
FORESEEN: Final = "foresee"
DESTROYING: Final = ("delete", "replace")


DEMANDED: Final = "the environment asks for it"


def _anybody(_who: str, _environment: str) -> bool:
    return True


def _none(_environment: str) -> tuple[Consent, ...]:
    return ()


def _nobody_asks(_environment: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Policy:
    """How long consent is waited for, and who may still give it when it is used."""

    patience: timedelta = timedelta(hours=24)
    may_approve: Callable[[str, str], bool] = _anybody
    asks: bool = True
    """False where one person works alone: nobody is there who could agree."""
    given: Callable[[str], Sequence[Consent]] = _none
    """Consents of an environment as documents, however they were given: here or by `tricenter consent`."""
    demanded: Callable[[str], bool] = _nobody_asks
    """True where an environment is changed by consent alone, whatever the grade."""


def needed_for(task: Task, policy: Policy, now: datetime) -> ConsentNeeded | None:
    """The consent that an operation needs; None where its grade and risk ask for none."""
    reasons = tuple(_reasons(task)) if policy.asks else ()
    if not reasons and policy.asks and policy.demanded(task.record.environment):
        reasons = (DEMANDED,)
    if not reasons:
        return None
    until = task.record.needed.until if task.record.needed else (now + policy.patience).isoformat()
    return ConsentNeeded(approvals=len(reasons), reasons=reasons, plan=task.record.plan, until=until)


def agreed_by(op: OperationRecord, needed: ConsentNeeded, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Who agrees now, by a document about this Plan that holds: who may approve, nobody behind the request.

    What was said at an operation is such a document, too; before documents it was kept there alone.
    """
    about = [each for each in policy.given(op.environment) if each.about == needed.plan]
    holding = {each.by for each in about if each.holds(now)}
    said = {each.by for each in op.consents if each.agreed} - {each.by for each in about}
    found = (holding | said) - {*op.behind, op.actor}
    return tuple(sorted(each for each in found if policy.may_approve(each, op.environment)))


def refuse_unagreed(op: OperationRecord, needed: ConsentNeeded | None, policy: Policy, now: datetime) -> None:
    """Refuse consent that was right when it was given and is not any more.

    Raises:
        Refused: it has expired or was taken back, or somebody who agreed may not any more.
    """
    if needed is None or not op.consents:
        return
    if now.isoformat() > needed.until:
        raise Refused(
            Sentence("the consent was good until {until}", until=needed.until), hint="ask for it anew"
        )
    lost = [each.by for each in op.consents if not policy.may_approve(each.by, op.environment)]
    if lost:
        raise Refused(
            Sentence("{names} may not approve any more", names=", ".join(lost)), hint="ask for consent anew"
        )
    about = [each for each in policy.given(op.environment) if each.about == needed.plan]
    holding = {each.by for each in about if each.holds(now)}
    revoked = {each.by for each in about if each.revoked} - holding
    if back := sorted(revoked & {each.by for each in op.consents if each.agreed}):
        raise Refused(
            Sentence("{names} took the consent back", names=", ".join(back)), hint="ask for consent anew"
        )


def agreed_deletions(task: Task) -> int:
    """How many deletions were agreed to: those asked for, or those that everybody saw who consented."""
    asked = int(task.record.ask.get("deletions", 0))
    return max(asked, _deletions(task)) if task.record.consents else asked


def _reasons(task: Task) -> Iterator[str]:
    grade = max((_grade(each) for each in json.loads(task.plan)["environment"]["workloads"]), default=0)
    if grade >= GRADE:
        yield f"grade {grade}"
    if count := _deletions(task):
        yield f"{count} deletions"


def _grade(workload: Any) -> int:
    return int(workload["recovery"]["grade"])


def _deletions(task: Task) -> int:
    found = json.loads(task.before.get(FORESEEN, b"{}"))
    stacks = found.get("results", ())
    return sum(int(stack["changes"][name]) for stack in stacks for name in DESTROYING)
