"""The command that plans for the time after a loss: what runs then, where, and what is promised no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import EnvironmentNamed
from cli.session import Session, session_of

if TYPE_CHECKING:
    from cmp.model.plan_after import PlanAfter, RowAfter, Spent

SHOWN = ("takes-over", "anew", "stands-by", "gives-way", "stops", "lost")
"""What is listed row by row; what stays is only counted."""


def after(
    context: typer.Context,
    env: EnvironmentNamed,
    lose: Annotated[
        list[str], typer.Option("--lose", help="center:X, location:X, cloud:X, host:POOL/N; may be repeated.")
    ],
    plan: Annotated[
        str | None, typer.Option("--plan", help="Lose it of this Plan, not the one at hand.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="Why it counts as lost; kept in the Plan after.")] = "",
) -> None:
    """Plan for the time after a loss: what takes over, what is placed anew, what is promised no more."""
    from cmp.services.planning.afterwards import AfterWish, plan_for_after  # noqa: PLC0415

    session = session_of(context)
    wish = AfterWish(tuple(lose), plan, session.here.actor.display, why)
    found = session.ask(plan_for_after, env, wish)
    _tell(session, found.after)
    session.answer(found)


def _tell(session: Session, found: PlanAfter) -> None:
    """Show the rows that change, how many stay, and every promise that is gone."""
    _tell_rows(session, found.rows)
    counts = Counter(row.becomes.value for row in found.rows)
    names = {kind.replace("-", "_"): counts[kind] for kind in ("stays", *SHOWN) if kind != "lost"}
    lost = {"lost": ", ".join(found.lost), "lost_rows": counts["lost"]}
    session.line(session.word("after_counts", **lost, **names))
    _tell_spent(session, found.spent)
    if found.plan.unplaced:
        session.line(session.word("after_unplaced", count=len(found.plan.unplaced)))
    session.line(session.word("after_checked", hash=found.hash[:12], before=found.before[:12]))
    session.line(session.word("after_limits", lost=", ".join(found.lost)))


def _tell_rows(session: Session, rows: Iterable[RowAfter]) -> None:
    told = [
        (
            session.word(f"after_{row.becomes.value}"),
            row.workload,
            row.component,
            row.was.value if row.was else "–",
            row.role.value if row.role else "–",
            row.pool,
            f"{row.before} → {row.replicas}",
        )
        for kind in SHOWN
        for row in rows
        if row.becomes.value == kind
    ]
    if told:
        columns = ("changed", "workload", "component", "role_before", "role_after", "pool", "replicas")
        session.table(columns, told, title=session.word("after_rows"))


def _tell_spent(session: Session, spent: Iterable[Spent]) -> None:
    """Each promise once, with all that are concerned."""
    concerned: dict[tuple[str, str], list[str]] = {}
    for each in spent:
        name = f"{each.workload}/{each.component}" if each.component else each.workload
        concerned.setdefault((each.kind.value, each.what), []).append(name)
    rows = [
        (session.word(f"spent_{kind}", what=what), len(names), ", ".join(names))
        for (kind, what), names in sorted(concerned.items())
    ]
    if rows:
        session.table(("promise", "how_many", "concerned"), rows, title=session.word("after_spent"))
