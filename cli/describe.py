"""The commands that give reasons: explain why a component runs where it does, prove what is survived."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.estate import EnvironmentPath
from cli.session import Session, leave, session_of
from cmp.errors import Refused

if TYPE_CHECKING:
    from cmp.scheduler.explanation import ConstraintView, PoolView
    from cmp.scheduler.proof import Proof

ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(explain)
    app.command()(prove)


def explain(
    context: typer.Context,
    env: EnvironmentPath,
    workload: Annotated[str, typer.Argument(help="The workload's id.")],
    component: Annotated[str | None, typer.Option("--component", help="Only this component.")] = None,
    pool: Annotated[str | None, typer.Option("--pool", help="Only this pool.")] = None,
) -> None:
    """Tell for every pool each constraint with what is required and what is there."""
    from cmp.scheduler.explaining import told  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services import describing  # noqa: PLC0415

    session = session_of(context)
    answer = describing.explain(env, session.layout, describing.Question(workload, component, pool))
    tell_views(session, answer.pools, every=pool is not None)
    for side in answer.sides:
        session.line(told(answer.workload, side, session.language))
    session.answer(answer.model_dump(mode="json"))


def tell_views(session: Session, views: Sequence[PoolView], *, every: bool) -> None:
    """Show pool by pool what was refused and why; with `every`, each constraint with its values."""
    if every:
        columns = ("component", "role", "pool", "verdict", "constraint", "required", "observed", "check")
        rows = [
            (v.component, v.role, v.pool, v.verdict, c.name, c.required, c.observed, "✓" if c.ok else "✗")
            for v in views
            for c in v.constraints
        ]
        session.table(columns, rows)
        return
    reasons = [
        (v.component, v.role, v.pool, v.verdict, "; ".join(_spoken(c) for c in v.constraints if not c.ok))
        for v in views
    ]
    session.table(("component", "role", "pool", "verdict", "refused_by"), reasons)


def _spoken(constraint: ConstraintView) -> str:
    return f"{constraint.name}: {constraint.required} wanted, {constraint.observed or 'none'}"


def prove(
    context: typer.Context,
    env: EnvironmentPath,
    plan: Annotated[Path | None, typer.Option("--plan", help="Prove this Plan instead of a new one.")] = None,
    lose: Annotated[
        str,
        typer.Option(
            "--lose", help="center:X, location:X, cloud:X, host:, link:, chip:, vendor:, an id, or all."
        ),
    ] = ALL,
) -> None:
    """Prove what the loss of something does; exit code 3 where a promise breaks."""
    from cmp.services import describing  # noqa: PLC0415

    session = session_of(context)
    proof = describing.prove(env, session.layout, plan, lose)
    tell_proof(session, proof)
    session.answer(proof.model_dump(mode="json"))
    if proof.broken:
        leave(Refused)


def tell_proof(session: Session, proof: Proof) -> None:
    """Show for each failure whether it is survived, how much moves, and what falls short."""
    rows = [
        (
            failure.lose,
            session.word("yes" if failure.survives else "no"),
            len({move.workload for move in failure.moves}),
            "; ".join(failure.shortfall),
        )
        for failure in proof.failures
    ]
    session.table(("failure", "survives", "moves", "shortfall"), rows, title=session.word("survival"))
    if proof.broken:
        session.line(session.word("not_survived", count=len(proof.broken)))
    else:
        session.line(session.word("survived", count=sum(failure.promised for failure in proof.failures)))
