"""Plans an environment as asked for: keeps the Plan, says who stands in the way, looks ahead from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cmp.means import Means
from cmp.model.horizon import Horizon
from cmp.model.references import EnvironmentRef
from cmp.model.suggestion import InTheWay
from cmp.ports.loaded import Loaded
from cmp.services.planning import planning
from cmp.services.planning.keeping import KeptPlan, make_and_keep
from cmp.services.planning.planning import Wish
from cmp.services.planning.since import SinceApplied, since_applied
from cmp.services.planning.sources import sources_of

Show = Callable[[KeptPlan], None]
"""Takes the Plan once it is kept, before it is looked at further."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What lies ahead of a Plan: peaks, steps and purchases, and the name that it is kept under."""

    horizon: Horizon
    name: str


@dataclass(frozen=True, slots=True)
class PlanMade:
    """A Plan that was made and kept, and whose promises stand in the way of what it leaves out, by workload.

    `ahead` is there where it was asked for, `since` where a Plan of this environment was applied. Where
    somebody interrupted the search the Plan is the best until then, and nothing was looked for further.
    """

    kept: KeptPlan
    whose: Mapping[str, tuple[InTheWay, ...]] = field(default_factory=dict)
    ahead: Ahead | None = None
    interrupted: bool = False
    since: SinceApplied | None = None

    @property
    def leaves_out(self) -> bool:
        """True where something finds no place, now or at a peak that no purchase would make fit."""
        return bool(self.kept.plan.unplaced or (self.ahead is not None and self.ahead.horizon.open))

    @property
    def document(self) -> dict[str, Any]:
        """The Plan, what it changes, and what lies ahead or who stands in the way of what is left out."""
        return self._found | ({"since_applied": self.since.document} if self.since else {})

    @property
    def _found(self) -> dict[str, Any]:
        if self.ahead is not None:
            ahead = self.ahead.horizon.model_dump(mode="json", exclude={"schema_version", "plan"})
            return self.kept.document | ahead
        if not self.kept.plan.unplaced or self.interrupted:
            return self.kept.document
        whose = [
            {"of": workload, **each.document} for workload, found in self.whose.items() for each in found
        ]
        return self.kept.document | {"whose": whose}


def silently(_kept: KeptPlan) -> None:
    """Show nothing."""


def make(
    means: Means, ref: EnvironmentRef, wish: Wish, out: str | None = None, show: Show = silently
) -> PlanMade:
    """Plan an environment anew and keep the Plan, in `out` or where Plans lie; facts count as of now.

    Raises:
        Invalid: the environment is wrong, or the file cannot be written.
        Stale: the Plan to start from is of another environment.
        NothingFits: its address plan has no room left.
    """
    wish = replace(wish, now=means.now())
    kept = make_and_keep(ref, means.ports, wish, out)
    show(kept)
    since = since_applied(kept.plan, means.ports)
    if wish.interrupted() or not kept.plan.unplaced:
        return PlanMade(kept, interrupted=wish.interrupted(), since=since)
    from cmp.services.planning.describing import stand_in_the_way  # noqa: PLC0415 - most Plans place all

    previous = planning.started_from(kept.plan, means.ports, wish)
    return PlanMade(kept, stand_in_the_way(kept.plan, previous, means.say), since=since)


def look_ahead(
    means: Means, ref: EnvironmentRef, wish: Wish, until: str, out: str | None = None, show: Show = silently
) -> PlanMade:
    """Plan as `make` does, then prove every peak of demand until then; what is known is kept at each proof.

    Where somebody interrupts the search for the Plan, nothing is looked ahead from it.

    Args:
        means: what the use case works with.
        ref: the environment.
        wish: how the Plan is wanted; the horizon begins at its moment, or now.
        until: the length of the horizon, such as `90d` or `18m`.
        out: where the Plan is kept instead.
        show: takes the Plan before anything is proved from it.

    Raises:
        Invalid: it is no horizon, the environment is wrong, or a file cannot be written.
        Stale: the Plan to start from is of another environment.
        NothingFits: its address plan has no room left.
    """
    from cmp.scheduler.horizon.phases import horizon_end  # noqa: PLC0415 - seldom asked for

    wish = replace(wish, now=means.now())
    start = wish.at or means.now()
    span = start, horizon_end(start, until)
    loaded = means.ports.environments.load(ref)
    kept = make_and_keep(ref, means.ports, wish, out, loaded)
    show(kept)
    since = since_applied(kept.plan, means.ports)
    if wish.interrupted():
        return PlanMade(kept, interrupted=True, since=since)
    return PlanMade(kept, ahead=_ahead(means, ref, loaded, kept, span), since=since)


def _ahead(
    means: Means, ref: EnvironmentRef, loaded: Loaded, kept: KeptPlan, span: tuple[datetime, datetime]
) -> Ahead:
    from cmp.services.planning.horizon import foresee  # noqa: PLC0415 - seldom asked for

    def keep(known: Horizon) -> str:
        return means.ports.plans.keep_ahead(kept.name, known)

    sources = sources_of(ref, means.ports, loaded).known_to(kept.plan)
    found = foresee(sources, kept.plan, span, means.say, keep)
    return Ahead(found, keep(found))
