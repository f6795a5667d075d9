"""Looks ahead from a Plan: proves every peak of a horizon, lists scale steps and what to buy by when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cmp.model.happenings import Event, Value
from cmp.model.horizon import Horizon, HorizonPhase, PhaseFactor, PhaseSpan, UnknownCalendar, UnscheduledPeak
from cmp.model.plan import Plan
from cmp.scheduler.horizon import phases, scale_steps
from cmp.scheduler.horizon.phases import DemandPhase, Factors, Timeline
from cmp.scheduler.horizon.scale_steps import Counts
from cmp.scheduler.horizon.trials import Trial, held, shortfall_of, tried
from cmp.scheduler.problem.sizes import MILLI
from cmp.services.planning.assembling import assemble
from cmp.services.planning.purchasing import DemandGap, Purchases, purchases_for
from cmp.services.planning.sources import Sources

Report = Callable[[Event], None]
"""Takes one line of progress."""
Keep = Callable[[Horizon], object]
"""Takes what is known so far, to be kept in case the work is stopped."""


@dataclass(frozen=True, slots=True, eq=False)
class PhaseOutcome:
    """How a phase was proved: its Plan, what falls short, unscheduled peaks on top, what closes a gap."""

    number: int
    plan: Plan
    shortfall: tuple[str, ...] = ()
    peaks: tuple[UnscheduledPeak, ...] = ()
    gaps: tuple[DemandGap, ...] = ()
    closed: bool = False

    @property
    def fits(self) -> bool:
        """True when the phase fits, and every unscheduled peak on top of it."""
        return not self.shortfall and all(peak.fits for peak in self.peaks)


@dataclass(slots=True, eq=False)
class Foresight:
    """The work on one horizon: what to prove, from which Plan, and what has been found so far."""

    sources: Sources
    base: Plan
    time: Timeline
    report: Report
    solved: dict[int, PhaseOutcome] = field(default_factory=dict)
    covered: dict[int, PhaseOutcome] = field(default_factory=dict)
    bought: Purchases = field(default_factory=Purchases)

    @property
    def normal(self) -> Factors:
        """The factors that the base Plan was made for."""
        return phases.factors_at(self.base.environment, self.time.components, self.base.origin.at)


def foresee(
    sources: Sources, base: Plan, span: tuple[datetime, datetime], report: Report, keep: Keep
) -> Horizon:
    """Prove every state of demand in a horizon, starting each from the base Plan.

    The larger states come first; a state of which no factor is larger than those of one that fits needs no
    proof of its own. `keep` is handed what is known after each proof.

    Args:
        sources: what the Plan was made from.
        base: the Plan to start from.
        span: the horizon, from a moment up to another.
        report: takes progress.
        keep: takes what is known so far.
    """
    work = Foresight(sources, base, phases.timeline(sources.environment, *span), report)
    order = _largest_first(work.time.phases)
    days = {"start": f"{work.time.start:%Y-%m-%d}", "end": f"{work.time.end:%Y-%m-%d}"}
    report(Event("states-of-demand", values={"count": len(order), **days}))
    for place, number in enumerate(order, start=1):
        outcome = _covering(work, number)
        if outcome is not None:
            work.covered[number] = outcome
            continue
        found = _prove(work, number)
        work.solved[number] = found
        _tell(work, found, f"{place}/{len(order)}")
        keep(_written(work, complete=False))
    _buy(work, keep)
    return _written(work, complete=True)


def _largest_first(found: Sequence[DemandPhase]) -> list[int]:
    """Phases by falling sum of their factors: whoever dominates another comes before it."""
    return sorted(range(len(found)), key=lambda number: (-sum(found[number].factors), found[number].start))


def _covering(work: Foresight, number: int) -> PhaseOutcome | None:
    """The proof that serves for a phase: that of the tightest larger one that fits with nobody giving way."""
    factors = work.time.phases[number].factors
    able = [
        outcome
        for outcome in work.solved.values()
        if outcome.fits
        and not outcome.plan.gives_way
        and phases.dominates(work.time.phases[outcome.number].factors, factors)
    ]
    return min(able, key=lambda each: (sum(work.time.phases[each.number].factors), each.number), default=None)


def _prove(work: Foresight, number: int) -> PhaseOutcome:
    """Make the Plan of a phase and put every unscheduled peak on top of it."""
    phase = work.time.phases[number]
    if phase.factors == work.normal:
        plan = work.base
    else:
        plan = assemble(work.sources, phase.start, work.base.origin.seed, work.base)
    shortfall = shortfall_of(plan)
    gaps = (DemandGap(phase.start, plan.environment, _raised(work, phase), shortfall),) if shortfall else ()
    if shortfall:
        return PhaseOutcome(number, plan, shortfall, (), gaps)
    peaks, more = _peaks(work, phase, plan)
    return PhaseOutcome(number, plan, (), peaks, more)


def _peaks(
    work: Foresight, phase: DemandPhase, plan: Plan
) -> tuple[tuple[UnscheduledPeak, ...], tuple[DemandGap, ...]]:
    """Every unscheduled peak, one at a time; all of them at once first, since that proves each."""
    names = work.time.components
    together = phase.factors
    for peak in work.time.peaks:
        together = peak.on(names, together)
    if together == phase.factors or _try(work, phase, plan, together).fits:
        return tuple(UnscheduledPeak(name=peak.name, fits=True) for peak in work.time.peaks), ()
    found, gaps = [], []
    for peak in work.time.peaks:
        factors = peak.on(names, phase.factors)
        trial = _try(work, phase, plan, factors)
        found.append(UnscheduledPeak(name=peak.name, fits=trial.fits, shortfall=trial.shortfall))
        if not trial.fits:
            gaps.append(DemandGap(work.time.start, trial.environment, (peak.name,), trial.shortfall))
    return tuple(found), tuple(gaps)


def _try(work: Foresight, phase: DemandPhase, plan: Plan, factors: Factors) -> Trial:
    """A state that no calendar names, tried on top of a phase's Plan; who gave way there does so still."""
    there = {
        (workload.id, component.id)
        for workload in plan.environment.workloads
        for component in workload.components
    } - {(each.workload, each.component) for each in plan.gives_way}
    wanted = {
        name: factor for name, factor in zip(work.time.components, factors, strict=True) if name in there
    }
    return tried(held(plan.environment, wanted), phase.start, plan)


def _buy(work: Foresight, keep: Keep) -> None:
    """Find what closes each gap, the earliest first; what was bought for one is there for the next."""
    failing = sorted(
        (outcome for outcome in work.solved.values() if outcome.gaps),
        key=lambda each: (work.time.phases[each.number].start, each.number),
    )
    for outcome in failing:
        work.report(Event("looking-for-purchases", values={"state": _when(work, outcome)}))
        closed = True
        for gap in outcome.gaps:
            bought = purchases_for(gap, work.base, work.bought)
            closed = closed and bought is not None
            work.bought = bought or work.bought
        work.solved[outcome.number] = replace(outcome, closed=closed)
        keep(_written(work, complete=False))


def _tell(work: Foresight, outcome: PhaseOutcome, place: str) -> None:
    if outcome.fits:
        work.report(Event("state-fits", values={"place": place, "state": _when(work, outcome)}))
        return
    first = next(iter(outcome.shortfall or [each for peak in outcome.peaks for each in peak.shortfall]))
    why: dict[str, Value] = {"place": place, "state": _when(work, outcome), "shortfall": first}
    work.report(Event("state-does-not-fit", values=why))


def _when(work: Foresight, outcome: PhaseOutcome) -> Event:
    phase = work.time.phases[outcome.number]
    raised = _raised(work, phase)
    start: dict[str, Value] = {"start": f"{phase.start:%Y-%m-%d %H:%M}"}
    return Event("peak-of", values=start | {"raised": raised}) if raised else Event("no-peak", values=start)


def _raised(work: Foresight, phase: DemandPhase) -> tuple[str, ...]:
    """The components that ask for more than usual in a phase."""
    pairs = zip(work.time.components, phase.factors, strict=True)
    return tuple(f"{'/'.join(name)} x{factor / MILLI:g}" for name, factor in pairs if factor > MILLI)


def _written(work: Foresight, *, complete: bool) -> Horizon:
    known = {**work.solved, **work.covered}
    return Horizon(
        plan=work.base.hash,
        start=work.time.start,
        end=work.time.end,
        lead_days=work.base.environment.policy.purchasing.lead_days,
        phases=tuple(_phase(work, number, known[number]) for number in sorted(known)),
        steps=scale_steps.steps(
            scale_steps.counts(work.base.placements),
            [
                (_counts(work, number, outcome), work.time.phases[number].spans)
                for number, outcome in sorted(known.items())
                if not outcome.shortfall
            ],
            {
                *work.time.components,
                *((row.workload, row.component) for each in known.values() for row in each.plan.gives_way),
            },
        ),
        purchases=work.bought.told(work.base.environment, work.time.start),
        unknown_calendars=tuple(
            UnknownCalendar(calendar=each.calendar, since=each.since, until=each.until)
            for each in work.time.unknown
        ),
        complete=complete,
    )


def _counts(work: Foresight, number: int, outcome: PhaseOutcome) -> Counts:
    """What runs where in a phase: as its Plan says, or scaled back from the base or the Plan covering it."""
    factors = work.time.phases[number].factors
    if outcome.number == number:
        return scale_steps.counts(outcome.plan.placements)
    wanted = dict(zip(work.time.components, factors, strict=True))
    plan = work.base if phases.dominates(work.normal, factors) and not work.base.unplaced else outcome.plan
    return scale_steps.scaled_back(plan.environment, plan.placements, work.base.placements, wanted)


def _phase(work: Foresight, number: int, outcome: PhaseOutcome) -> HorizonPhase:
    phase, own = work.time.phases[number], outcome.number == number
    base, there = scale_steps.counts(work.base.placements), _counts(work, number, outcome)
    lowered = scale_steps.lowered(work.time.components, work.normal, phase.factors)
    given = [(each.workload, each.component) for each in outcome.plan.gives_way]
    return HorizonPhase(
        start=phase.start,
        end=phase.spans[0].end,
        spans=tuple(PhaseSpan(start=span.start, end=span.end) for span in phase.spans),
        factors=tuple(_factors(work, phase)),
        fits=outcome.fits,
        closed=outcome.closed and own,
        covered_by=None if own else sorted({**work.solved, **work.covered}).index(outcome.number),
        plan=outcome.plan.hash if own and not outcome.shortfall else None,
        gives_way=outcome.plan.gives_way if own else (),
        moves=0 if outcome.shortfall else scale_steps.moved(base, there, [*lowered, *given]),
        unscheduled=outcome.peaks if own else (),
        shortfall=outcome.shortfall,
    )


def _factors(work: Foresight, phase: DemandPhase) -> Iterator[PhaseFactor]:
    for (workload, component), factor in zip(work.time.components, phase.factors, strict=True):
        if factor != MILLI:
            yield PhaseFactor(workload=workload, component=component, factor=factor / MILLI)
