"""The commands that move what runs: rebalance proposes what pays back, maintain frees hosts and pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.estate import EnvironmentPath
from cli.session import Session, session_of, shown
from cmp.model.moves import MovePlan, Step, StepKind

if TYPE_CHECKING:
    from cmp.services.moves.rebalancing import Proposal


def rebalance(
    context: typer.Context,
    env: EnvironmentPath,
    max_moves: Annotated[
        int | None, typer.Option("--max-moves", min=0, help="Move so many servers at most.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Carry out what moves inside pools.")] = False,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="JOURNAL", help="Take back what was carried out.")
    ] = None,
) -> None:
    """Propose moves that pay back, with cost, gain, break-even and the way back; carry them out."""
    from cli import carrying  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services.moves.moving import MovesWish, propose  # noqa: PLC0415

    session = session_of(context)
    carrying.refuse_both(undo=undo, apply=apply)
    site = carrying.site_of(session, env)
    if undo is not None:
        carrying.take_back(session, site, undo)
        return
    session.report(session.word("looking_for_moves"))
    wish = MovesWish(max_moves=max_moves)
    if apply:
        carrying.carry_out(session, site, wish, lambda found: tell_proposal(session, found))
        return
    found, _ = propose(site, wish)
    tell_proposal(session, found)
    session.answer(found.moves.model_dump(mode="json"))


def maintain(
    context: typer.Context,
    env: EnvironmentPath,
    drain: Annotated[str, typer.Option("--drain", help="host:POOL/N, pool:POOL or center:CENTER.")],
    apply: Annotated[bool, typer.Option("--apply", help="Carry it out.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Put back what left it.")] = False,
) -> None:
    """Say how a host, pool or center is freed with every promise kept, and filled again; free a host."""
    from cli import carrying  # noqa: PLC0415
    from cmp.services.moves.moving import MovesWish, propose  # noqa: PLC0415

    session = session_of(context)
    site = carrying.site_of(session, env)
    if back:
        carrying.put_back(session, site, drain, apply=apply)
        return
    session.report(session.word("looking_for_room", drain=drain))
    wish = MovesWish(drain=drain)
    if apply:
        carrying.carry_out(session, site, wish, lambda found: tell_proposal(session, found))
        return
    found, _ = propose(site, wish)
    tell_proposal(session, found)
    session.answer(found.moves.model_dump(mode="json"))


def tell_proposal(session: Session, proposal: Proposal) -> None:
    """Show a proposal, and write the Plan that its transfers lead to."""
    from cmp.services.moves import rebalancing  # noqa: PLC0415
    from cmp.store import plans  # noqa: PLC0415

    tell_moves(session, proposal.moves)
    if proposal.target is not None:
        path = rebalancing.target_file(session.layout, proposal.moves)
        plans.save(proposal.target, path)
        session.line(session.word("target_written", hash=proposal.target.hash[:12], path=shown(path)))


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
