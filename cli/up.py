"""The main job in one command: `tricenter up ENV`, and `tricenter down ENV` back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.apply import NOTHING_NAMED, AllowDelete, Only, Partial, charge_of, tell_changes, tell_verification
from cli.arguments import EnvironmentNamed
from cli.describe import tell_proof
from cli.estate import tell_plan
from cli.session import Session, leave, session_of, shown
from cmp.errors import Differs, NothingFits
from cmp.model.references import EnvironmentRef

if TYPE_CHECKING:
    from cmp.services.bringing_up import BroughtUp


def up(
    context: typer.Context,
    env: EnvironmentNamed,
    partial: Partial = False,
    allow_delete: AllowDelete = 0,
    only: Only = NOTHING_NAMED,
) -> None:
    """Bring the estate up: lab, validate, plan, prove, preview, apply, verify."""
    from cmp.services.bringing_up import bring_up  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    brought = bring_up(session.means, env, charge_of(session, partial, allow_delete, only))
    tell(session, env, brought)
    session.answer(brought)
    if brought.applied is None:
        leave(NothingFits)
    if brought.applied.mismatches:
        leave(Differs)


def down(context: typer.Context, env: EnvironmentNamed) -> None:
    """Delete everything of an environment from all clouds, then stop its lab."""
    from cmp.services.bringing_up import take_down  # noqa: PLC0415

    session = session_of(context)
    taken = take_down(session.means, env)
    tell_changes(session, taken)
    session.line(session.word("stopped", name=taken.name))
    session.answer(taken)


def tell(session: Session, env: EnvironmentRef, brought: BroughtUp) -> None:
    """Show what was brought up, from the placements to the commands that come next."""
    tell_plan(session, brought.kept)
    if brought.applied is None:
        return
    tell_changes(session, brought.applied)
    for reason, count in brought.left_out.items():
        session.line(session.word("not_carried_out", count=count, why=reason))
    tell_proof(session, brought.proof)
    tell_verification(session, brought.applied)
    tell_next(session, env)


def tell_next(session: Session, env: EnvironmentRef) -> None:
    """Name the commands that come naturally next."""
    session.line()
    session.line(session.word("next"))
    for command in ("drift", "inventory", "prove", "down"):
        session.line(f"  tricenter {command} {shown(str(env))}")
