"""The main job in one command: `tricenter up ENV`, and `tricenter down ENV` back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.apply import (
    AllowDelete,
    Partial,
    carry_out,
    stacks_document,
    tell_changes,
    tell_verification,
    verification_document,
)
from cli.describe import tell_proof
from cli.estate import EnvironmentPath, tell_plan
from cli.session import Session, leave, now, session_of, shown
from cmp.errors import Differs, NothingFits

if TYPE_CHECKING:
    from cmp.loaders.loading import Loaded
    from cmp.model.environment import Environment
    from cmp.model.plan import Plan


def up(
    context: typer.Context, env: EnvironmentPath, partial: Partial = False, allow_delete: AllowDelete = 0
) -> None:
    """Bring the estate up: lab, validate, plan, prove, preview, apply, verify."""
    from cmp.loaders.loading import load  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services.planning.proofs import prove_plan  # noqa: PLC0415
    from cmp.services.verifying.drift import read_back  # noqa: PLC0415

    session = session_of(context)
    loaded = load(env)
    prepare(session, loaded.environment)
    made, file = make_plan(session, env, loaded)
    proof = prove_plan(made)
    if made.unplaced and not partial:
        session.answer(made.model_dump(mode="json"))
        leave(NothingFits)
    results = carry_out(session, file, partial, allow_delete)
    found, mismatches = read_back(made, session.layout)
    tell_plan(session, made, file)
    tell_changes(session, results)
    tell_not_carried_out(session, made)
    tell_proof(session, proof)
    tell_verification(session, found, mismatches)
    tell_next(session, env)
    session.answer(
        {"plan": made.model_dump(mode="json", exclude={"environment"})}
        | stacks_document(results)
        | verification_document(mismatches)
    )
    if mismatches:
        leave(Differs)


def down(context: typer.Context, env: EnvironmentPath) -> None:
    """Delete everything of an environment from all clouds, then stop its lab."""
    from cmp.loaders.loading import load  # noqa: PLC0415
    from cmp.services.carrying_out import applying  # noqa: PLC0415
    from cmp.services.carrying_out.access import LAB  # noqa: PLC0415
    from cmp.services.labs import labs  # noqa: PLC0415
    from cmp.services.moves import moving  # noqa: PLC0415

    session = session_of(context)
    environment = load(env).environment
    if environment.bindings == LAB:
        labs.start(environment, session.layout, session.report)
    results = applying.destroy(environment, session.layout, session.display, now())
    moving.take_all_back(moving.Occasion(env, session.layout, now(), session.report))
    if environment.bindings == LAB:
        labs.stop(environment, session.layout, session.report)
    tell_changes(session, results)
    session.line(session.word("stopped", name=environment.name))
    session.answer(stacks_document(results))


def prepare(session: Session, environment: Environment) -> None:
    """Bring up the lab that the environment is bound to, and the engine."""
    from cmp.services.carrying_out.access import LAB  # noqa: PLC0415
    from cmp.services.carrying_out.applying import workplace  # noqa: PLC0415
    from cmp.services.labs import labs  # noqa: PLC0415

    if environment.bindings == LAB:
        labs.start(environment, session.layout, session.report)
    workplace(environment, session.layout, session.report)


def make_plan(session: Session, env: Path, loaded: Loaded) -> tuple[Plan, Path]:
    """The Plan at hand of the environment, which lies then where `tricenter plan` writes it."""
    from cmp.services.addresses import addressing  # noqa: PLC0415
    from cmp.services.planning import planning  # noqa: PLC0415
    from cmp.store import plans  # noqa: PLC0415

    made = planning.plan_at_hand(env, session.layout, planning.Wish(now=now()), session.report, loaded)
    file = session.layout.plan(made.environment.name)
    addressing.keep(made, session.layout)
    plans.save(made, file)
    return made, file


def tell_not_carried_out(session: Session, made: Plan) -> None:
    """Say what the Plan holds that no stack does, by reason."""
    from stacks.programs.rows import centers_of, not_carried_out  # noqa: PLC0415

    reasons = Counter(row.reason for center in centers_of(made) for row in not_carried_out(made, center))
    for reason, count in sorted(reasons.items()):
        session.line(session.word("not_carried_out", count=count, why=reason))


def tell_next(session: Session, env: Path) -> None:
    """Name the commands that come naturally next."""
    session.line()
    session.line(session.word("next"))
    for command in ("drift", "inventory", "prove", "down"):
        session.line(f"  tricenter {command} {shown(env)}")
