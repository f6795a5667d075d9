"""Refuses to carry out a Plan that is not whole or that the independent verifier rejects.

It imports no scheduler: who carries a Plan out plans nothing, and should not wait for what planning needs.
"""

from __future__ import annotations

from datetime import date

from cmp.errors import Refused
from cmp.model.plan import Plan
from cmp.sentences import Sentence
from cmp.verifier.checking import check

MAX_FINDINGS = 5


def refuse_unverified(plan: Plan, day: date | None = None) -> None:
    """Refuse a Plan that the independent verifier rejects, on a day on which facts have to hold.

    Raises:
        Refused: it breaks a constraint or a promise; the sentence names the first ones.
    """
    findings = check(plan, day)
    if findings:
        told = "; ".join(f"{finding.subject}: {finding.sentence}" for finding in findings[:MAX_FINDINGS])
        more = f" and {len(findings) - MAX_FINDINGS} more" if len(findings) > MAX_FINDINGS else ""
        raise Refused(
            Sentence(
                "the verifier rejects the plan {hash}: {told}{more}",
                hash=plan.hash[:12],
                told=told,
                more=more,
            )
        )


def refuse_incomplete(plan: Plan, *, partial: bool) -> None:
    """Refuse a Plan that leaves something out, unless that is agreed to.

    Raises:
        Refused: something is unplaced and `partial` was not given.
    """
    if plan.unplaced and not partial:
        raise Refused(
            Sentence(
                "{unplaced} components of the plan are unplaced: {summary}",
                unplaced=len(plan.unplaced),
                summary=plan.unplaced[0].summary,
            ),
            hint="add what they lack, or agree with --partial",
        )
