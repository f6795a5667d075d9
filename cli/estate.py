"""The commands that need no cloud: validate an environment, plan it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import EnvironmentNamed
from cli.horizon import tell_ahead
from cli.session import Session, leave, session_of, shown, tell_cordons
from cmp.errors import Interrupted, Invalid, NothingFits
from cmp.model.when import instant
from cmp.sentences import Sentence

if TYPE_CHECKING:
    from cli.stopping import Stopper
    from cmp.model.plan import Plan
    from cmp.services.planning.keeping import KeptPlan
    from cmp.services.planning.making import PlanMade
    from cmp.services.planning.planning import Wish

NAMED = 5
"""So many things are named in one line; JSON has all of them."""


def validate(context: typer.Context, env: EnvironmentNamed) -> None:
    """Parse and cross-check an environment and lint its addresses."""
    from cmp.services.planning.reading import validate as ask  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = session.ask(ask, env)
    environment = found.environment
    session.line(
        session.word(
            "valid",
            name=environment.name,
            workloads=len(environment.workloads),
            components=sum(len(workload.components) for workload in environment.workloads),
            pools=len(environment.estate.pools),
            centers=len(environment.estate.centers),
        )
    )
    session.answer(found)


def plan(
    context: typer.Context,
    env: EnvironmentNamed,
    out: Annotated[str | None, typer.Option("--out", help="Where to write the Plan.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Plan for a moment (ISO 8601, Asia/Shanghai).")
    ] = None,
    previous: Annotated[str | None, typer.Option("--from", help="Start from this Plan.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start from nothing.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Breaks ties; part of the inputs.")] = 0,
    horizon: Annotated[
        str | None, typer.Option("--horizon", help="Prove every peak of demand until then: 90d, 18m, 1y.")
    ] = None,
    effort: Annotated[
        int | None, typer.Option("--effort", min=0, help="Attempts to improve; the same number replays.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0, help="Improve so long instead; no such promise.")
    ] = None,
    max_moves: Annotated[
        int, typer.Option("--max-moves", min=0, help="Servers that may move to save something.")
    ] = 0,
) -> None:
    """Place everything; what cannot be placed is listed, with exit code 3.

    With --horizon every peak of demand from --at (or now) is proved too, with scale steps and what has to be
    bought by when; exit code 3 if a peak does not fit and no purchase closes the gap. Ctrl-C ends the search
    with the best so far (exit code 5).
    """
    from cli.stopping import Stopper  # noqa: PLC0415

    stopper = Stopper(seconds)
    from cmp.services.planning import making  # noqa: PLC0415

    _refuse_both(effort, seconds, max_moves, fresh)
    session = session_of(context)
    with stopper as stop:
        search = _search(session, stop, effort, seconds)
        wish = replace(search, at=moment(at), seed=seed, previous=previous, fresh=fresh, max_moves=max_moves)
        show = partial(_show, session, stop)
        if horizon is None:
            made = session.ask(making.make, env, wish, out, show)
        else:
            made = session.ask(making.look_ahead, env, wish, horizon, out, show)
    tell_made(session, made)


def _refuse_both(effort: int | None, seconds: float | None, max_moves: int, fresh: bool) -> None:
    """Refuse options that say two different things."""
    if effort is not None and seconds is not None:
        raise Invalid("--effort and --seconds exclude each other", hint="give one of them")
    if max_moves and fresh:
        raise Invalid(
            "--max-moves counts from a plan before, and --fresh knows none", hint="give one of them"
        )


def _search(session: Session, stop: Stopper, effort: int | None, seconds: float | None) -> Wish:
    """How long to search, who may end it, and who hears of it."""
    from cli.stopping import EVER, SearchProgress  # noqa: PLC0415
    from cmp.services.planning.planning import Wish  # noqa: PLC0415

    say, watched = partial(_searching, session), session.display.rewrites
    return Wish(
        effort=effort if seconds is None else EVER,
        seconds=seconds,
        stop=stop,
        interrupted=stop.was_interrupted,
        told=SearchProgress(say, at_once=seconds is not None, watched=watched),
    )


def _show(session: Session, stop: Stopper, kept: KeptPlan) -> None:
    """Show a Plan once it is kept; Ctrl-C ends as usual what follows."""
    stop.release()
    tell_plan(session, kept)


def _searching(session: Session, attempts: int, objective: float) -> None:
    """Say how far a search has come."""
    now = f"{objective:,.1f}"
    session.report(session.word("searching", attempts=f"{attempts:,}", objective=now))


def tell_made(session: Session, made: PlanMade) -> None:
    """Show what was found beyond the Plan, and leave with the exit code that all of it asks for."""
    if made.since is not None:
        from cli.comparing import tell_since  # noqa: PLC0415 - it asks for this module's options

        tell_since(session, made.since)
    if made.ahead is not None:
        tell_ahead(session, made.ahead)
    for workload, holders in made.whose.items():
        if holders:
            session.line(session.word("whose", workload=workload))
        if any(each.together for each in holders):
            session.line(session.word("whose_together"))
        for each in holders:
            session.line(f"  {session.spoken(each.sentence)}")
    session.answer(made)
    if made.interrupted:
        leave(Interrupted)
    if made.leaves_out:
        leave(NothingFits)


def tell_plan(session: Session, kept: KeptPlan) -> None:
    """Show a Plan to people: the placements, then what could not be placed."""
    made = kept.plan
    rows = [
        (
            row.workload,
            row.component,
            made.environment.workload[row.workload].recovery.grade,
            session.term("role", row.role.value),
            row.center,
            row.pool,
            row.replicas,
            row.replicas_on_takeover,
        )
        for row in made.placements
    ]
    columns = ("workload", "component", "grade", "role", "center", "pool", "replicas", "takeover")
    session.table(columns, rows, title=session.word("placement_table"))
    placed = len({row.workload for row in made.placements})
    where = {"hash": made.hash[:12], "path": shown(kept.name)}
    session.line(session.word("placed", rows=len(rows), workloads=placed, **where))
    if made.bound is not None:
        total, least = f"{made.objective.total:,.1f}", f"{made.bound.value:,.1f}"
        session.line(session.word("bounded", total=total, least=least, gap=f"{made.bound.gap:.1%}"))
    tell_first_moves(session, made)
    if made.before_peak is not None:
        sides = len({(row.workload, row.component, row.role) for row in made.before_peak.rows})
        session.line(session.word("return_after_peak", count=sides))
    tell_gaps(session, made)
    tell_cordons(session, made.environment)
    if made.unplaced:
        session.line(session.word("unplaced", count=len(made.unplaced)))
        for sentence in kept.unplaced:
            session.line(f"  {session.spoken(sentence)}")


def tell_first_moves(session: Session, made: Plan) -> None:
    """Show the servers that have to change hosts inside their pools before the Plan can be carried out."""
    rows = [
        (each.server, f"{each.pool}/{each.host}", f"{each.pool}/{each.to}", f"{each.minutes:.1f}")
        for each in made.moves_first
    ]
    if rows:
        title = session.word("moves_first", count=len(rows))
        session.table(("server", "from", "to", "minutes"), rows, title=title)


def tell_gaps(session: Session, made: Plan) -> None:
    """Say which figures were not known, by name: the first few, and how many more."""
    for gap in made.gaps:
        names = ", ".join(gap.of[:NAMED]) + (" …" if len(gap.of) > NAMED else "")
        key = "facts_expired" if gap.why == "expired" else "facts_missing"
        session.line(session.word(key, what=gap.what, count=len(gap.of), names=names))
        if gap.workloads:
            session.line(session.word("facts_refused", workloads=", ".join(gap.workloads)))


def moment(text: str | None) -> datetime | None:
    """Read the moment to plan for; one without an offset is local time of Asia/Shanghai.

    Raises:
        Invalid: it is no ISO 8601 date or time.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            Sentence("--at {text} is no moment: write 2027-05-20 or 2027-05-20T10:00", text=text)
        ) from error
    return instant(found)
