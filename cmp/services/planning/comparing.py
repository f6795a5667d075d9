"""Compares two kept Plans: what moves, what it costs, which promises end otherwise, what is drained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cmp.means import Means
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.plan_difference import (
    Entering,
    PartDifference,
    PromiseDifference,
    RowChanges,
    Survival,
    TakenOver,
    TakeoverDifference,
)
from cmp.model.proof import FailureProof
from cmp.scheduler.survival import proving
from cmp.services.planning.row_changes import row_changes

TOTAL: Final = "total"
ORIGINS: Final = frozenset(
    {"schema_version", "hash", "inputs_hash", "source", "origin", "objective_before", "bound"}
)
"""Parts of a Plan that say how it came to be, and nothing of what it makes of the estate."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two Plans and what they differ in.

    `parts` names every part of the Plans that differs, also those that are told in no other way; where it is
    empty, carrying out the one or the other makes no difference. `objective` has every part, equal or not.
    """

    before: Plan
    after: Plan
    rows: RowChanges
    objective: tuple[PartDifference, ...]
    promises: tuple[PromiseDifference, ...]
    takeovers: tuple[TakeoverDifference, ...]
    drains: Entering
    moves_first: Entering
    unplaced: Entering
    parts: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """True where carrying out the one makes something else than carrying out the other."""
        return bool(self.parts)

    @property
    def same_environment(self) -> bool:
        """True where both were made of an environment of one name."""
        return self.before.environment.name == self.after.environment.name

    @property
    def document(self) -> dict[str, Any]:
        """Everything that differs, and the objective with all of its parts."""
        told = {name: getattr(self, name).document for name in ("rows", "drains", "moves_first", "unplaced")}
        told |= {name: [each.document for each in getattr(self, name)] for name in ("promises", "takeovers")}
        objective = [each.document | {"difference": each.difference} for each in self.objective]
        named = {"before": _named(self.before), "after": _named(self.after), "differs": self.differs}
        same = {"same_environment": self.same_environment, "parts": list(self.parts)}
        return named | same | told | {"objective": objective}


def compare(means: Means, before: str, after: str) -> Compared:
    """Compare two Plans by their names; of one environment or of two.

    Each is proved by itself against the failures that its own environment promises to survive.

    Raises:
        Invalid: a file is not there, is no Plan of this schema, or was changed since it was sealed.
    """
    first, second = (means.ports.plans.named(each) for each in (before, after))
    means.say(Event("proving-both"))
    then, now = _proofs(first), _proofs(second)
    return Compared(
        first,
        second,
        row_changes(first.placements, second.placements),
        _objective(first, second),
        tuple(_promises(then, now)),
        tuple(_takeovers(then, now)),
        _entering(_drains(first), _drains(second)),
        _entering(_moves(first), _moves(second)),
        _entering(_unplaced(first), _unplaced(second)),
        tuple(_parts(first, second)),
    )


def _named(plan: Plan) -> Mapping[str, str]:
    return {"hash": plan.hash, "environment": plan.environment.name, "source": plan.source}


def _parts(before: Plan, after: Plan) -> Iterator[str]:
    """The parts of a Plan that differ, by their names in it."""
    for name in Plan.model_fields:
        if name not in ORIGINS and getattr(before, name) != getattr(after, name):
            yield name


def _objective(before: Plan, after: Plan) -> tuple[PartDifference, ...]:
    then, now = before.objective.parts, after.objective.parts
    names = dict.fromkeys((*then, *now))
    parts = [PartDifference(name=name, before=then.get(name), after=now.get(name)) for name in names]
    return (*parts, PartDifference(name=TOTAL, before=before.objective.total, after=after.objective.total))


def _proofs(plan: Plan) -> Mapping[str, FailureProof]:
    """How each failure ends that the Plan's environment promises to survive, by its name."""
    proof = proving.prove(plan, plan.environment.failures, details=True)
    return {failure.lose: failure for failure in proof.failures}


def _promises(
    before: Mapping[str, FailureProof], after: Mapping[str, FailureProof]
) -> Iterator[PromiseDifference]:
    for lose in dict.fromkeys((*before, *after)):
        then, now = _survival(before.get(lose)), _survival(after.get(lose))
        if then != now:
            yield PromiseDifference(lose=lose, before=then, after=now)


def _survival(failure: FailureProof | None) -> Survival | None:
    if failure is None:
        return None
    return Survival(
        survives=failure.survives,
        promised=failure.counts.promised,
        not_promised=failure.counts.not_promised,
        takeover_seconds=failure.takeover_seconds,
        shortfall=failure.shortfall,
    )


def _takeovers(
    before: Mapping[str, FailureProof], after: Mapping[str, FailureProof]
) -> Iterator[TakeoverDifference]:
    for lose in dict.fromkeys((*before, *after)):
        then, now = _taken_over(before.get(lose)), _taken_over(after.get(lose))
        for workload in sorted({*then, *now}):
            if then.get(workload) != now.get(workload):
                yield TakeoverDifference(
                    lose=lose, workload=workload, before=then.get(workload), after=now.get(workload)
                )


def _taken_over(failure: FailureProof | None) -> Mapping[str, TakenOver]:
    return {
        each.workload: TakenOver(
            center=each.center, seconds=each.seconds, rto_seconds=each.rto_seconds, ok=each.ok
        )
        for each in (failure.order if failure is not None else ())
    }


def _entering(before: Iterable[str], after: Iterable[str]) -> Entering:
    """What only one of both has, in its order."""
    then, now = tuple(before), tuple(after)
    return Entering(
        before=tuple(each for each in then if each not in set(now)),
        after=tuple(each for each in now if each not in set(then)),
    )


def _drains(plan: Plan) -> Iterator[str]:
    """What is drained, since when, by whom and why, in no language."""
    for each in plan.environment.cordons:
        why = f": {each.why}" if each.why else ""
        yield f"{each.subject} ({each.since:%Y-%m-%d %H:%M}, {each.who}{why})"


def _moves(plan: Plan) -> Iterator[str]:
    for each in plan.moves_first:
        yield f"{each.server} {each.pool}/{each.host} → {each.pool}/{each.to}"


def _unplaced(plan: Plan) -> Iterator[str]:
    return (f"{each.workload}/{each.component} ({each.role})" for each in plan.unplaced)
