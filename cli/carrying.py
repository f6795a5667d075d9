"""Shows the journals of moves that `rebalance` and `maintain` carried out, and how they are taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.session import Session
from cmp.errors import Invalid, Refused

if TYPE_CHECKING:
    from cmp.model.journal import StepEntry
    from cmp.services.moves.documents import CarriedOut

HOST = "host:"


def put_back(session: Session, env: Path, drain: str, *, apply: bool) -> None:
    """Put back what left a drained host, or show what that would do; of a pool or center write the Plan."""
    from cmp.services.moves import moving  # noqa: PLC0415

    if not drain.startswith(HOST):
        _put_back_pools(session, env, drain, apply=apply)
        return
    if apply:
        tell(session, env, moving.put_back(session.means, env, drain))
        return
    found = moving.way_back(session.means, env, drain)
    _table(session, found.journal.back)
    session.line(session.word("put_back_with", command=f"maintain {env} --drain {drain} --back --apply"))
    session.answer(found)


def _put_back_pools(session: Session, env: Path, drain: str, *, apply: bool) -> None:
    """Show and write the Plan by which a pool or a center is used again; with `apply` wake its hosts.

    Raises:
        Refused: what is asked for with `apply` is a Plan; the hint says how it is carried out.
    """
    from cli.moving import tell_proposal  # noqa: PLC0415 - it imports this module
    from cmp.services.moves import moving  # noqa: PLC0415
    from cmp.services.moves.proposing import MovesWish  # noqa: PLC0415

    found = moving.propose(session.means, env, MovesWish(drain=drain, back=True))
    if apply and (woken := moving.wake_up(session.means, env, drain).journal) is not None:
        _table(session, woken.current)
    tell_proposal(session, found)
    session.answer(found)
    if apply:
        raise Refused(
            f"what returns to {drain} is a Plan: {found.file}",
            hint=f"carry it out with `tricenter apply {found.file}`",
        )


def refuse_both(**given: object) -> None:
    """Refuse options that exclude each other.

    Raises:
        Invalid: more than one of them was given.
    """
    named = [f"--{name}" for name, value in given.items() if value]
    if len(named) > 1:
        raise Invalid(f"{' and '.join(named)} exclude each other", hint="give one of them")


def tell(session: Session, env: Path, done: CarriedOut) -> None:
    """Show a journal whose steps are settled, and how it is taken back; or that nothing is to move."""
    from cmp.model.journal import JournalState  # noqa: PLC0415

    journal = done.journal
    if journal is None:
        session.line(session.word("nothing_to_move"))
    else:
        _table(session, journal.current)
        if journal.state is JournalState.TAKEN_BACK:
            session.line(session.word("taken_back", journal=journal.id, steps=len(journal.back)))
        else:
            undo = f"rebalance {env} --undo {journal.id}"
            session.line(session.word("moved", journal=journal.id, steps=len(journal.entries), command=undo))
    session.answer(done)


def _table(session: Session, entries: tuple[StepEntry, ...]) -> None:
    rows = [
        (
            entry.step.number,
            session.word(f"step_{entry.step.kind.replace('-', '_')}"),
            entry.step.server or "",
            entry.host,
            entry.to or "",
            session.word(f"progress_{entry.progress}"),
            entry.said,
        )
        for entry in entries
    ]
    session.table(("number", "step", "server", "from", "to", "state", "message"), rows)
