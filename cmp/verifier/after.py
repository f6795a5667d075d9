"""Checks a Plan for the time after a loss: all that stands, and that only the loss took what is not there.

Nothing that the document says is believed: from the Plan before and the names of what was lost it is derived
anew where each group goes, which rows survive and which promises the loss may have consumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cmp.model.plan import Plan
from cmp.model.plan_after import PlanAfter, Spent
from cmp.model.recovery import Failure, FailureKind
from cmp.verifier.checking import check
from cmp.verifier.consumed import check_spent
from cmp.verifier.departed import Departure, departure_of
from cmp.verifier.drained_after import check_environment_after
from cmp.verifier.findings import Finding
from cmp.verifier.remaining import Lost
from cmp.verifier.rows import read_rows
from cmp.verifier.rows_after import check_list, check_rows_after

TAKEN = {FailureKind.CENTER, FailureKind.CLOUD, FailureKind.LOCATION, FailureKind.HOST}


@dataclass(frozen=True, slots=True)
class CheckedAfter:
    """What is wrong, none when it is accepted, and which promises the loss consumed."""

    findings: tuple[Finding, ...]
    consumed: tuple[Spent, ...]


def check_after(after: PlanAfter, before: Plan, day: date | None = None) -> CheckedAfter:
    """Check a Plan for the time after a loss against the Plan before.

    Args:
        after: the document; nothing it claims is believed.
        before: what stood when something was lost.
        day: on which facts have to hold, as in `check`.

    Returns:
        Everything that is wrong, sorted, each once, and the promises that the loss consumed.
    """
    findings = list(_document(after, before))
    lost = _lost(after)
    if lost is None:
        subject = ", ".join(after.lost)
        findings.append(Finding("after-document", subject, "names nothing that can be lost"))
        return CheckedAfter(tuple(sorted(set(findings))), ())
    findings += check_environment_after(after.plan, before, lost.failures)
    if not findings:
        findings += check(after.plan, day, lost)
        stood, stands = read_rows(before)[0], read_rows(after.plan)[0]
        gone: Departure = departure_of(stood, stands, lost.failures)
        findings += check_rows_after(gone, after.spent)
        findings += check_spent(gone, after.spent)
        findings += check_list(gone, after.rows)
    return CheckedAfter(tuple(sorted(set(findings))), after.spent)


def _document(after: PlanAfter, before: Plan) -> Iterator[Finding]:
    if not after.is_sealed:
        yield Finding(
            "after-document", "document", f"says {after.hash or 'nothing'}; {after.digest()} is right"
        )
    if after.before != before.hash:
        yield Finding("after-document", "before", f"follows {after.before}; the Plan before is {before.hash}")
    if after.plan.origin.previous != before.hash:
        previous = after.plan.origin.previous
        yield Finding("after-document", "plan", f"started from {previous}; the Plan before is {before.hash}")


def _lost(after: PlanAfter) -> Lost | None:
    """What the document says was lost; None where it names nothing that a Plan goes on after."""
    estate = after.plan.environment.estate
    failures: list[Failure] = []
    for text in after.lost:
        try:
            failure = Failure.parse(text)
        except ValueError:
            return None
        pool, _, number = failure.id.partition("/")
        known: Mapping[FailureKind, Collection[str]] = {
            FailureKind.CENTER: estate.center.keys(),
            FailureKind.CLOUD: estate.cloud.keys(),
            FailureKind.LOCATION: estate.location.keys(),
        }
        host = failure.kind is FailureKind.HOST and pool in estate.pool and number.isdecimal()
        if failure.id not in known.get(failure.kind, ()) and not host:
            return None
        failures.append(failure)
    return Lost(tuple(failures), after.spent) if failures else None
