"""Carries out, resumes and takes back moves for `rebalance` and `maintain`, and shows their journals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cli.session import Session, now
from cmp.errors import Invalid

if TYPE_CHECKING:
    from cmp.model.journal import Journal, StepEntry
    from cmp.services.moves.moving import MovesWish, Occasion, Show
    from cmp.services.moves.rebalancing import Proposal

NOTHING: Mapping[str, object] = {}


def site_of(session: Session, env: Path) -> Occasion:
    """Where and when moves are proposed and carried out."""
    from cmp.services.moves.moving import Occasion  # noqa: PLC0415

    return Occasion(env, session.layout, now(), session.report)


def carry_out(session: Session, site: Occasion, wish: MovesWish, show: Show) -> None:
    """Carry moves out, or go on with those that were begun; the JSON holds what was proposed now, too."""
    from cmp.services.moves import moving  # noqa: PLC0415

    proposed: dict[str, object] = {}

    def shown(proposal: Proposal) -> None:
        show(proposal)
        proposed.update(proposal.moves.model_dump(mode="json"))

    journal = moving.carry_out(site, wish, shown)
    if journal is None:
        session.line(session.word("nothing_to_move"))
        session.answer({**proposed, "journal": None})
        return
    tell(session, site.folder, journal, proposed)


def take_back(session: Session, site: Occasion, name: str) -> None:
    """Take back what a journal's moves changed."""
    from cmp.services.moves import moving  # noqa: PLC0415

    tell(session, site.folder, moving.take_back(site, name))


def put_back(session: Session, site: Occasion, drain: str, *, apply: bool) -> None:
    """Put back what left a drained host, or show what that would do."""
    from cmp.services.moves import moving  # noqa: PLC0415

    journal = moving.drained_by(site, drain)
    if apply:
        tell(session, site.folder, moving.take_back(site, journal.id))
        return
    turned = journal.turned()
    _table(session, turned.back)
    session.line(
        session.word("put_back_with", command=f"maintain {site.folder} --drain {drain} --back --apply")
    )
    session.answer({"journal": turned.model_dump(mode="json")})


def refuse_both(**given: object) -> None:
    """Refuse options that exclude each other.

    Raises:
        Invalid: more than one of them was given.
    """
    named = [f"--{name}" for name, value in given.items() if value]
    if len(named) > 1:
        raise Invalid(f"{' and '.join(named)} exclude each other", hint="give one of them")


def tell(session: Session, env: Path, journal: Journal, proposed: Mapping[str, object] = NOTHING) -> None:
    """Show a journal whose steps are settled, and how it is taken back."""
    from cmp.model.journal import JournalState  # noqa: PLC0415

    _table(session, journal.current)
    if journal.state is JournalState.TAKEN_BACK:
        session.line(session.word("taken_back", journal=journal.id, steps=len(journal.back)))
    else:
        command = f"rebalance {env} --undo {journal.id}"
        session.line(session.word("moved", journal=journal.id, steps=len(journal.entries), command=command))
    session.answer({**proposed, "journal": journal.model_dump(mode="json")})


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
