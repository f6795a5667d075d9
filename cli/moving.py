"""The commands that move what runs: rebalance proposes what pays back, maintain frees hosts and pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import EnvironmentNamed
from cli.proposals import tell_proposal
from cli.session import Session, session_of
from cmp.model.references import EnvironmentRef

if TYPE_CHECKING:
    from cmp.services.moves.proposing import MovesWish


def rebalance(
    context: typer.Context,
    env: EnvironmentNamed,
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
    from cmp.services.moves import moving  # noqa: PLC0415
    from cmp.services.moves.proposing import MovesWish  # noqa: PLC0415

    session = session_of(context)
    carrying.refuse_both(undo=undo, apply=apply)
    if undo is not None:
        carrying.tell(session, env, moving.take_back(session.means, env, undo))
        return
    session.report(session.word("looking_for_moves"))
    move(session, env, MovesWish(max_moves=max_moves), apply=apply)


def maintain(
    context: typer.Context,
    env: EnvironmentNamed,
    drains: Annotated[list[str], typer.Option("--drain", help="host:POOL/N, pool:POOL or center:CENTER.")],
    apply: Annotated[bool, typer.Option("--apply", help="Carry it out.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Put back what left it; it is used again.")] = False,
    why: Annotated[
        str, typer.Option("--why", help="Kept with what is drained, for those who come next.")
    ] = "",
) -> None:
    """Say how a host, pool or center is freed with every promise kept, and filled again; free a host."""
    from cli import carrying  # noqa: PLC0415
    from cmp.services.moves.proposing import MovesWish  # noqa: PLC0415

    session = session_of(context)
    each = list(dict.fromkeys(drains))
    if back:
        for drain in each:
            carrying.put_back(session, env, drain, apply=apply)
        return
    session.report(session.word("looking_for_room", drain=", ".join(each)))
    for drain in each if apply else each[:1]:
        others = tuple(other for other in each if other != drain)
        move(
            session,
            env,
            MovesWish(drain=drain, beside=others, who=session.means.actor.display, why=why),
            apply=apply,
        )


def move(session: Session, env: EnvironmentRef, wish: MovesWish, *, apply: bool) -> None:
    """Propose moves, and with `apply` carry them out, or go on with those that were begun."""
    from cli import carrying  # noqa: PLC0415
    from cmp.services.moves import moving  # noqa: PLC0415

    if apply:
        done = moving.carry_out(session.means, env, wish, lambda found: tell_proposal(session, found))
        carrying.tell(session, env, done)
        return
    found = moving.propose(session.means, env, wish)
    tell_proposal(session, found)
    session.answer(found)
