"""Defines what is to be drained, by whose word, and writes what follows from it as a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cmp.model.cordon import DrainKind
from cmp.model.moves import Basis, MovePlan, Purpose, Step
from cmp.model.plan import Plan
from cmp.scheduler.moves.observed import Reality
from cmp.scheduler.moves.proposal import with_total
from cmp.scheduler.moves.steps import numbered
from cmp.scheduler.objective.migration_cost import MoveEffort
from cmp.scheduler.objective.plan_diff import rows_in_use


@dataclass(frozen=True, slots=True)
class Drain:
    """What is to be free of servers: `host` is a number in the pool, from 1, where one is meant."""

    kind: DrainKind
    id: str
    host: int = 0

    def __str__(self) -> str:
        """As it is written on the command line."""
        return f"{self.kind}:{self.id}/{self.host}" if self.host else f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Word:
    """Who drains, when and why: it is kept with what is drained, for those who come next."""

    who: str = "an operator"
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    why: str = ""


UNSAID = Word()


@dataclass(frozen=True, slots=True)
class Maintained:
    """The proposal, and the Plan that holds while it lasts (None for a host: the Plan stays); unsealed."""

    proposal: MovePlan
    target: Plan | None


@dataclass(frozen=True, slots=True)
class Way:
    """Steps that free what is drained, those that lead back, and what the former take."""

    steps: Sequence[Step]
    back: Sequence[Step]
    effort: MoveEffort


def document(
    plan: Plan,
    reality: Reality,
    drains: Sequence[Drain],
    way: Way,
    target: Plan | None = None,
    notes: Sequence[str] = (),
) -> MovePlan:
    """The proposal of drains at one time, or of the end of one, with its costs and what one should know."""
    before = {name: value for name, value in sorted(plan.objective.parts.items()) if name != "move"}
    after = before if target is None else dict(sorted(target.objective.parts.items()))
    weights = plan.environment.policy.objective
    cost = round(weights.move * way.effort.minutes / weights.payback_hours, 3)
    return MovePlan(
        environment=plan.environment.name,
        plan=plan.hash,
        target=target.hash if target else None,
        purpose=Purpose.MAINTAIN,
        subject=", ".join(map(str, drains)),
        basis=reality.basis,
        moves=(),
        steps=numbered(way.steps),
        inverse=numbered(way.back),
        before=with_total({**before, "move": 0.0}),
        after=with_total({**after, "move": cost}),
        notes=(*_notes(reality, way.effort), *notes),
        rows_total=rows_in_use(plan.placements),
    )


def _notes(reality: Reality, effort: MoveEffort) -> tuple[str, ...]:
    """What one should know before one begins."""
    notes = [f"about {effort.minutes:.0f} minutes, {effort.mib / 1024:.0f} GiB carried"]
    if effort.downtime_ms:
        notes.append(f"servers stand still for {effort.downtime_ms / 1000:.1f} s in all")
    if reality.basis is Basis.PLAN:
        notes.append("no cloud was asked: hosts are as the packing of the applied Plan has them")
    return tuple(notes)
