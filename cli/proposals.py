"""Shows what is proposed to move, and where the Plan lies that leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.session import Session, shown, tell_cordons
from cmp.model.moves import MovePlan, Step, StepKind

if TYPE_CHECKING:
    from cmp.services.moves.documents import Proposed


def tell_proposal(session: Session, found: Proposed) -> None:
    """Show a proposal, and where the Plan lies that its transfers lead to."""
    tell_moves(session, found.moves)
    if found.target is not None and found.file is not None:
        tell_cordons(session, found.target.environment)
        session.line(session.word("target_written", hash=found.target.hash[:12], path=shown(found.file)))


def tell_moves(session: Session, moves: MovePlan) -> None:
    """Show to people what moves, in which order, what it earns, and what one should know."""
    if moves.moves:
        rows = [
            (
                move.subject,
                len(move.steps),
                f"{move.cost.minutes:.1f}",
                f"{move.gain_per_hour:.1f}",
                f"{move.break_even_hours:.1f}",
            )
            for move in moves.moves
        ]
        columns = ("move", "steps", "minutes", "gain_per_hour", "break_even")
        session.table(columns, rows, title=session.word("moves_table"))
    if moves.steps:
        headings = ("number", "step", "server", "from", "to", "gib", "seconds")
        session.table(
            headings, [_step(session, step) for step in moves.steps], title=session.word("steps_table")
        )
        session.line(session.word("way_back", steps=len(moves.inverse)))
    before, after = moves.before["total"], moves.after["total"]
    session.line(session.word("objective_change", before=f"{before:.1f}", after=f"{after:.1f}"))
    for note in moves.notes:
        session.line(f"  {note}")


def _step(session: Session, step: Step) -> tuple[object, ...]:
    what = step.server or (f"{step.workload}/{step.component} {step.role}" if step.workload else "")
    kind = session.word(f"step_{step.kind.replace('-', '_')}")
    if step.kind is StepKind.MIGRATE and not step.live:
        kind = session.word("step_cold")
    to = f"{step.to_pool or step.pool}/{step.to}" if step.to else ""
    gib = f"{step.mib / 1024:.1f}" if step.mib else ""
    return step.number, kind, what, f"{step.pool}/{step.host}", to, gib, f"{step.seconds:.0f}"
