"""The commands that show and carry out a Plan: preview, apply, destroy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.estate import EnvironmentPath
from cli.session import Session, leave, now, session_of
from cmp.errors import Differs, Refused

if TYPE_CHECKING:
    from cmp.services.bringing_up import Applied, Charge
    from stacks.engine.guard import Unagreed
    from stacks.engine.results import Changes, StackResult

PlanPath = Annotated[Path, typer.Argument(metavar="PLAN", help="A Plan that `tricenter plan` wrote.")]
Partial = Annotated[
    bool, typer.Option("--partial", help="Carry out what is placed although something is not.")
]
AllowDelete = Annotated[int, typer.Option("--allow-delete", min=0, help="Agree to so many deletions.")]


def preview(
    context: typer.Context,
    plan: PlanPath,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 where something would change.")] = False,
) -> None:
    """Show what carrying a Plan out would change and which policies it would break; changes nothing."""
    from cmp.services.carrying_out import applying  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services.carrying_out.documents import stacks_document  # noqa: PLC0415
    from cmp.store import plans  # noqa: PLC0415

    session = session_of(context)
    results = applying.preview(plans.load(plan), session.layout, session.display)
    tell_changes(session, results)
    session.answer(stacks_document(results))
    if any(violation.stops for result in results for violation in result.violations):
        leave(Refused)
    if check and any(result.changes.total for result in results):
        leave(Differs)


def apply(
    context: typer.Context, plan: PlanPath, partial: Partial = False, allow_delete: AllowDelete = 0
) -> None:
    """Carry a Plan out on all clouds, then verify it through their APIs; exit code 4 on a mismatch."""
    from cmp.services.bringing_up import apply_and_verify  # noqa: PLC0415 - `--help` has to be quick
    from cmp.store import plans  # noqa: PLC0415

    session = session_of(context)
    applied = apply_and_verify(plans.load(plan), charge_of(session, partial, allow_delete))
    tell_changes(session, applied.results)
    tell_verification(session, applied)
    session.answer(applied.document)
    if applied.mismatches:
        leave(Differs)


def destroy(
    context: typer.Context,
    env: EnvironmentPath,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything of an environment from all clouds."""
    from cmp.loaders.loading import load  # noqa: PLC0415
    from cmp.services import bringing_up  # noqa: PLC0415
    from cmp.services.carrying_out.documents import stacks_document  # noqa: PLC0415

    session = session_of(context)
    environment = load(env).environment
    if not yes:
        require_typed(environment.name, "delete everything of it from all clouds", hint="or agree with --yes")
    results = bringing_up.destroy(env, environment, charge_of(session))
    tell_changes(session, results)
    session.line(session.word("stopped", name=environment.name))
    session.answer(stacks_document(results))


def charge_of(session: Session, partial: bool = False, allow_delete: int = 0) -> Charge:
    """On whose word this call changes things: what was agreed to by options, and whom to ask for more."""
    from cmp.services.bringing_up import Charge  # noqa: PLC0415
    from cmp.services.carrying_out.applying import Consent  # noqa: PLC0415
    from stacks.engine.guard import Agreement  # noqa: PLC0415

    consent = Consent(partial, Agreement(allow_delete))
    return Charge(session.layout, session.display, now(), consent, lambda refusal: _typed(session, refusal))


def _typed(session: Session, refusal: Unagreed) -> frozenset[str]:
    """On a terminal, have the name of each stack typed that deletions are asked for.

    Raises:
        Refused: there is no terminal, JSON was asked for, or something else was typed.
    """
    if session.json or not sys.stdin.isatty():
        raise refusal
    print(f"tricenter: {refusal}", file=sys.stderr)
    for stack in refusal.stacks:
        require_typed(stack, "agree to these deletions", hint=refusal.hint)
    return frozenset(refusal.stacks)


def require_typed(name: str, what: str, *, hint: str) -> None:
    """Have a name typed on a terminal.

    Raises:
        Refused: there is no terminal, or something else was typed.
    """
    if not sys.stdin.isatty():
        raise Refused(f"to {what}, somebody has to type `{name}`, and there is no terminal", hint=hint)
    if input(f"Type `{name}` to {what}: ").strip() != name:
        raise Refused("something else was typed: nothing was changed", hint=hint)


def tell_changes(session: Session, results: Sequence[StackResult]) -> None:
    """Show per stack what is created, updated, deleted and left, and every policy finding."""
    rows = [(result.name, _counted(result.changes)) for result in results]
    session.table(("stack", "action"), rows, title=session.word("change_table"))
    for result in results:
        for violation in result.violations:
            session.line(f"{violation.level}: {violation.policy}: {violation.resource}: {violation.message}")


def _counted(changes: Changes) -> str:
    updated = changes.update + changes.replace
    return f"{changes.create} / {updated} / {changes.delete} / {changes.same}"


def tell_verification(session: Session, applied: Applied) -> None:
    """Say that everything was found as planned, or show each mismatch."""
    from cli.clouds import tell_differences  # noqa: PLC0415
    from cmp.services.verifying.documents import counted  # noqa: PLC0415

    if applied.mismatches:
        session.line(session.word("mismatches", count=len(applied.mismatches)))
        tell_differences(session, applied.mismatches)
        return
    servers, rules = counted(applied.found)
    session.line(session.word("verified", servers=servers, rules=rules))
