"""The commands that show and carry out a Plan: preview, apply, destroy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.estate import EnvironmentPath
from cli.session import Session, leave, now, session_of
from cmp.errors import Differs, Refused

if TYPE_CHECKING:
    from cmp.services.carrying_out.applying import Consent
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
    from cmp.services.verifying.drift import read_back  # noqa: PLC0415
    from cmp.store import plans  # noqa: PLC0415

    session = session_of(context)
    wanted = plans.load(plan)
    results = carry_out(session, plan, partial, allow_delete)
    tell_changes(session, results)
    found, mismatches = read_back(wanted, session.layout)
    tell_verification(session, found, mismatches)
    session.answer(stacks_document(results) | verification_document(mismatches))
    if mismatches:
        leave(Differs)


def destroy(
    context: typer.Context,
    env: EnvironmentPath,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything of an environment from all clouds."""
    from cmp.loaders.loading import load  # noqa: PLC0415
    from cmp.services.carrying_out import applying  # noqa: PLC0415
    from cmp.services.moves import moving  # noqa: PLC0415

    session = session_of(context)
    environment = load(env).environment
    if not yes:
        require_typed(environment.name, "delete everything of it from all clouds", hint="or agree with --yes")
    results = applying.destroy(environment, session.layout, session.display, now())
    moving.take_all_back(moving.Occasion(env, session.layout, now(), session.report))
    tell_changes(session, results)
    session.line(session.word("stopped", name=environment.name))
    session.answer(stacks_document(results))


def carry_out(session: Session, file: Path, partial: bool, allow_delete: int) -> Sequence[StackResult]:
    """Apply a Plan's file; on a terminal, offer to type the name of a stack that deletions are asked for.

    Raises:
        Refused: what would be deleted was not agreed to.
    """
    from cmp.services.carrying_out import applying  # noqa: PLC0415
    from cmp.store import plans  # noqa: PLC0415
    from stacks.engine.guard import Agreement, Unagreed  # noqa: PLC0415

    plan, agreed = plans.load(file), frozenset[str]()
    while True:
        consent: Consent = applying.Consent(partial, Agreement(allow_delete, agreed))
        try:
            return applying.apply(plan, session.layout, session.display, now(), consent)
        except Unagreed as refusal:
            if session.json or not sys.stdin.isatty():
                raise
            print(f"tricenter: {refusal}", file=sys.stderr)
            for stack in refusal.stacks:
                require_typed(stack, "agree to these deletions", hint=refusal.hint)
            agreed |= frozenset(refusal.stacks)


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


def tell_verification(session: Session, found: Any, mismatches: Sequence[Any]) -> None:
    """Say that everything was found as planned, or show each mismatch."""
    from cli.clouds import tell_differences  # noqa: PLC0415
    from cmp.services.verifying.comparing import SERVERS  # noqa: PLC0415

    if mismatches:
        session.line(session.word("mismatches", count=len(mismatches)))
        tell_differences(session, mismatches)
        return
    ours = [resource for resource in found.resources if resource.managed]
    servers = sum(resource.kind in SERVERS for resource in ours)
    rules = sum(
        len(resource.facts.get("rules", ())) for resource in ours if resource.kind == "security_group"
    )
    session.line(session.word("verified", servers=servers, rules=rules))


def stacks_document(results: Sequence[StackResult]) -> dict[str, Any]:
    """What became of stacks, as JSON has it."""
    stacks = [
        {
            "name": str(result.name),
            "changes": {
                "create": result.changes.create,
                "update": result.changes.update,
                "replace": result.changes.replace,
                "delete": result.changes.delete,
                "same": result.changes.same,
            },
        }
        for result in results
    ]
    violations = [
        {
            "stack": str(result.name),
            "policy": violation.policy,
            "level": violation.level.value,
            "resource": violation.resource,
            "message": violation.message,
        }
        for result in results
        for violation in result.violations
    ]
    return {"stacks": stacks, "policy": {"violations": violations}}


def verification_document(mismatches: Sequence[Any]) -> dict[str, Any]:
    """What verification found, as JSON has it."""
    from cli.clouds import as_document  # noqa: PLC0415

    return {"verify": {"mismatches": [as_document(mismatch) for mismatch in mismatches]}}
