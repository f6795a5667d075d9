"""The commands that show and carry out a Plan: preview, apply, destroy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import EnvironmentNamed, PlanNamed
from cli.completing import clouds_and_workloads
from cli.session import Session, leave, session_of
from cli.showing import visible
from cmp.errors import Differs, Refused

if TYPE_CHECKING:
    from cmp.model.events import ResourceChange
    from cmp.services.bringing_up import Applied, Charge, Deletions
    from cmp.services.carrying_out.documents import StackResults

NAMED = 8
"""Resources told by name in one line; JSON names all."""

NOTHING_NAMED: list[str] = []
"""All is carried out."""

Only = Annotated[
    list[str],
    typer.Option(
        "--only",
        metavar="CLOUD|WORKLOAD",
        autocompletion=clouds_and_workloads,
        help="Only what stands in this cloud or belongs to this workload; may be given several times.",
    ),
]
Partial = Annotated[
    bool, typer.Option("--partial", help="Carry out what is placed although something is not.")
]
AllowDelete = Annotated[int, typer.Option("--allow-delete", min=0, help="Agree to so many deletions.")]


def preview(
    context: typer.Context,
    plan: PlanNamed,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 where something would change.")] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="Ask about stacks too that would only get the Plan's tag."),
    ] = False,
    details: Annotated[bool, typer.Option("--details", help="Name everything that changes.")] = False,
    only: Only = NOTHING_NAMED,
) -> None:
    """Show what carrying a Plan out would change and which policies it would break; changes nothing."""
    from cmp.services.carrying_out import applying  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = session.ask(applying.preview, plan, tuple(only), every=every)
    tell_changes(session, found, ahead=True, named=None if details else NAMED)
    session.answer(found)
    if found.is_refused:
        leave(Refused)
    if check and found.changes_something:
        leave(Differs)


def apply(
    context: typer.Context,
    plan: PlanNamed,
    partial: Partial = False,
    allow_delete: AllowDelete = 0,
    only: Only = NOTHING_NAMED,
) -> None:
    """Carry a Plan out on all clouds, then verify it through their APIs; exit code 4 on a mismatch."""
    from cmp.services.bringing_up import apply_and_verify  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    applied = session.ask(apply_and_verify, plan, charge_of(session, partial, allow_delete, only))
    tell_changes(session, applied)
    tell_verification(session, applied)
    session.answer(applied)
    if applied.mismatches:
        leave(Differs)


def destroy(
    context: typer.Context,
    env: EnvironmentNamed,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything of an environment from all clouds."""
    from cmp.services import bringing_up  # noqa: PLC0415 - `--help` has to be quick

    def sure(name: str) -> None:
        if not yes:
            require_typed(name, "delete everything of it from all clouds", hint="or agree with --yes")

    session = session_of(context)
    taken = bringing_up.destroy(session.means, env, sure)
    tell_changes(session, taken)
    session.line(session.word("stopped", name=taken.name))
    session.answer(taken)


def charge_of(
    session: Session, partial: bool = False, allow_delete: int = 0, only: Sequence[str] = ()
) -> Charge:
    """On whose word this call changes things: what was agreed to by options, and whom to ask for more."""
    from cmp.services.bringing_up import Charge  # noqa: PLC0415

    return Charge(lambda asked: _typed(session, asked), partial, allow_delete, tuple(only))


def _typed(session: Session, asked: Deletions) -> frozenset[str]:
    """On a terminal, have the name of each stack typed that deletions are asked for.

    Raises:
        Refused: there is no terminal, JSON was asked for, or something else was typed.
    """
    if session.json or not sys.stdin.isatty():
        raise asked.refusal
    print(visible(f"tricenter: {asked.refusal}"), file=sys.stderr)
    for stack in asked.stacks:
        require_typed(stack, "agree to these deletions", hint=asked.refusal.hint)
    return frozenset(asked.stacks)


def require_typed(name: str, what: str, *, hint: str) -> None:
    """Have a name typed on a terminal.

    Raises:
        Refused: there is no terminal, or something else was typed.
    """
    if not sys.stdin.isatty():
        raise Refused(f"to {what}, somebody has to type `{name}`, and there is no terminal", hint=hint)
    if input(visible(f"Type `{name}` to {what}: ")).strip() != name:
        raise Refused("something else was typed: nothing was changed", hint=hint)


def tell_changes(
    session: Session, found: StackResults, *, ahead: bool = False, named: int | None = NAMED
) -> None:
    """Show per stack what is counted, by name what changes, and every policy finding.

    Stacks whose clouds were not asked stand in one sentence. `ahead`: nothing was done yet. `named`: how many
    resources of one stack are told by name; None for all.
    """
    rows = [
        (result.name, c.create, c.update - c.retagged, c.replace, c.delete, c.retagged, c.same)
        for result in found.results
        if result.asked and ((c := result.changes).total or c.same)
    ]
    heads = ("stack", "create", "update", "replace", "delete", "retagged", "same")
    session.table(heads, rows, title=session.word("would_change" if ahead else "change_table"))
    for (stack, operation), changes in found.by_name.items():
        session.line(session.word(f"to_{operation}", stack=stack, what=_names(session, changes, named)))
    unasked = [result.changes.retagged for result in found.results if not result.asked]
    if unasked:
        session.line(session.word("only_retagged", count=len(unasked), resources=sum(unasked)))
    for result in found.results:
        for violation in result.violations:
            session.line(f"{violation.level}: {violation.policy}: {violation.resource}: {violation.message}")


def _names(session: Session, changes: Sequence[ResourceChange], named: int | None) -> str:
    """Kind and name of each, and of an update the fields; of many the first, and how many more."""
    told = [
        f"{change.kind} {change.name}" + (f" ({', '.join(change.fields)})" if change.fields else "")
        for change in changes[:named]
    ]
    more = 0 if named is None else len(changes) - named
    return ", ".join([*told, session.word("and_more", count=more)] if more > 0 else told)


def tell_verification(session: Session, applied: Applied) -> None:
    """Say that everything was found as planned, or show each mismatch."""
    from cli.clouds import tell_differences  # noqa: PLC0415

    if applied.mismatches:
        session.line(session.word("mismatches", count=len(applied.mismatches)))
        tell_differences(session, applied.mismatches)
        return
    there = applied.counted
    session.line(session.word("verified", servers=there.servers, pods=there.pods, rules=there.rules))
