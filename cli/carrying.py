"""Shows the journals of moves that `rebalance` and `maintain` carried out, and how they are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.proposals import tell_proposal
from cli.session import Session
from cmp.errors import Invalid, Refused
from cmp.model.references import EnvironmentRef
from cmp.sentences import Sentence

if TYPE_CHECKING:
    from cmp.model.journal import StepEntry
    from cmp.services.moves.documents import CarriedOut, Proposed, Returned


def put_back(session: Session, env: EnvironmentRef, drain: str, *, apply: bool) -> None:
    """Put back what left a drained host, or show what that would do; of a pool or center show the Plan.

    Raises:
        Refused: what is asked for with `apply` is a Plan; the hint says how it is carried out.
    """
    from cmp.services.moves import moving  # noqa: PLC0415

    found = (moving.put_back if apply else moving.way_back)(session.means, env, drain)
    if found.proposed is not None:
        _tell_plan(session, found, found.proposed, apply=apply)
    elif apply:
        tell(session, env, found)
    elif found.journal is not None:
        _table(session, found.journal.back)
        session.line(session.word("put_back_with", command=f"maintain {env} --drain {drain} --back --apply"))
        session.answer(found)


def _tell_plan(session: Session, found: Returned, proposed: Proposed, *, apply: bool) -> None:
    """Show the Plan by which a pool or a center is used again, and the hosts that were woken for it."""
    if found.journal is not None:
        _table(session, found.journal.current)
    tell_proposal(session, proposed)
    session.answer(found)
    if apply:
        raise Refused(
            Sentence("what returns to {drain} is a Plan: {file}", drain=found.drain, file=proposed.file),
            hint=Sentence("carry it out with `tricenter apply {file}`", file=proposed.file),
        )


def refuse_both(**given: object) -> None:
    """Refuse options that exclude each other.

    Raises:
        Invalid: more than one of them was given.
    """
    named = [f"--{name}" for name, value in given.items() if value]
    if len(named) > 1:
        raise Invalid(
            Sentence("{names} exclude each other", names=" and ".join(named)), hint="give one of them"
        )


def tell(session: Session, env: EnvironmentRef, done: CarriedOut | Returned) -> None:
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
