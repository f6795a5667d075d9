"""Shows what `plan --horizon` found ahead of a Plan: peaks, scale steps and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.session import Session, shown

if TYPE_CHECKING:
    from cmp.model.horizon import Horizon, HorizonPhase, UnknownCalendar
    from cmp.services.planning.making import Ahead


def tell_ahead(session: Session, ahead: Ahead) -> None:
    """Show the peaks that were proved, the steps, and what has to be bought."""
    found = ahead.horizon
    title = session.word("horizon_table", end=f"{found.end:%Y-%m-%d}")
    own = [phase for phase in found.phases if phase.covered_by is None]
    columns = ("from_when", "until_when", "times", "peak", "fits", "moves")
    session.table(columns, [_phase(session, phase) for phase in own], title=title)
    _steps(session, found)
    _purchases(session, found)
    for unknown in found.unknown_calendars:
        known = _known(session, unknown)
        session.line(session.word("calendar_unknown", calendar=unknown.calendar, known=known))
    for phase in own:
        for given in phase.gives_way:
            session.line(
                session.word("gives_way_then", start=f"{phase.start:%Y-%m-%d}", **given.model_dump())
            )
        for sentence in (*phase.shortfall, *(each for peak in phase.unscheduled for each in peak.shortfall)):
            session.line(f"  {phase.start:%Y-%m-%d}: {sentence}")
    session.line(_verdict(session, found, ahead.name))


def _verdict(session: Session, found: Horizon, name: str) -> str:
    path = shown(name)
    if found.open:
        return session.word("horizon_open", count=len(found.open), path=path)
    if short := [phase for phase in found.phases if not phase.fits]:
        return session.word("horizon_bought", count=len(short), path=path)
    proofs = sum(phase.covered_by is None for phase in found.phases)
    return session.word("horizon_fits", phases=len(found.phases), proofs=proofs, path=path)


def _phase(session: Session, phase: HorizonPhase) -> tuple[object, ...]:
    raised = [
        f"{each.workload}/{each.component} ×{each.factor:g}" for each in phase.factors if each.factor > 1
    ]
    verdict = "yes" if phase.fits else "fits_after_purchase" if phase.closed else "no"
    dates = (f"{phase.start:%Y-%m-%d %H:%M}", f"{phase.end:%Y-%m-%d %H:%M}")
    return *dates, len(phase.spans), ", ".join(raised), session.word(verdict), phase.moves


def _steps(session: Session, found: Horizon) -> None:
    if not found.steps:
        session.line(session.word("no_steps"))
        return
    rows = [
        (
            f"{step.when:%Y-%m-%d %H:%M}",
            f"{step.until:%Y-%m-%d %H:%M}",
            step.times,
            f"{step.workload}/{step.component}",
            step.role.value,
            step.pool,
            f"{step.from_} → {step.to}",
        )
        for step in found.steps
        if step.kind == "scale"
    ]
    columns = ("from_when", "until_when", "times", "component", "role", "pool", "scaled")
    session.table(columns, rows, title=session.word("step_table"))
    if moves := len({(step.workload, step.component) for step in found.steps if step.kind == "move"}):
        session.line(session.word("steps_of_others", count=moves))


def _purchases(session: Session, found: Horizon) -> None:
    rows = [
        (
            f"{each.by} ({session.word('too_late')})" if each.late else str(each.by),
            each.needed,
            each.pool,
            each.chip,
            each.hosts,
            each.because,
        )
        for each in found.purchases
    ]
    if rows:
        columns = ("order_by", "needed_from", "pool", "chip", "hosts", "because")
        session.table(columns, rows, title=session.word("purchase_table"))


def _known(session: Session, unknown: UnknownCalendar) -> str:
    if unknown.since is None or unknown.until is None:
        return session.word("known_never")
    return session.word("known_between", since=unknown.since, until=unknown.until)
