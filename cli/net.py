"""The commands `tricenter net …`: assess, plan, rehearse and carry out the move of a private network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import EnvironmentNamed
from cli.session import Session, leave, session_of, shown
from cmp.errors import Differs, Invalid, Refused
from cmp.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.model.migration import MigrationPlan
    from cmp.model.migration_journal import Check, MigrationJournal, Rehearsal
    from cmp.services.migrating.documents import Moved

app = typer.Typer(
    help="The move of a private network onto the extranet.", no_args_is_help=True, rich_markup_mode=None
)

Network = Annotated[str, typer.Argument(help="A private network of network.yaml.")]


@app.command()
def assess(
    context: typer.Context,
    env: EnvironmentNamed,
    network: Network,
    accept_new: Annotated[
        bool, typer.Option("--accept-new", help="Believe SSH host keys that nobody knows yet, and pin them.")
    ] = False,
) -> None:
    """Look at every host over SSH and write the readiness matrix; changes nothing."""
    from cmp.services.migrating import networks  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = networks.assess(session.means, env, network, accept_new=accept_new)
    session.table(
        ("host", "capability", "message"),
        [
            (row.host, row.capability, "; ".join((*row.blocks, *row.upgrades))[:90])
            for row in found.matrix.rows
        ],
        title=session.word("net_readiness"),
    )
    session.line(session.word("net_page", path=shown(found.page)))
    session.answer(found)


@app.command()
def plan(
    context: typer.Context,
    env: EnvironmentNamed,
    network: Network,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plan here too.")] = None,
) -> None:
    """Plan the move: new addresses, waves, what each host does and undoes; write it for review."""
    from cmp.handing import write_here  # noqa: PLC0415
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    found = networks.plan(session.means, env, network)
    if out is not None:
        write_here(out, found.plan.to_json())
    tell_plan(session, found.plan)
    session.line(session.word("net_plan_written", hash=found.plan.hash[:12], path=shown(out or found.place)))
    session.answer(found)


@app.command()
def rehearse(context: typer.Context, env: EnvironmentNamed, network: Network) -> None:
    """Build a copy of the network in the host lab, fire every way back once, and move it there."""
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    found = networks.rehearse(session.means, env, network)
    tell_rehearsal(session, found.rehearsal)
    session.answer(found)
    if not found.rehearsal.passed:
        leave(Refused)


@app.command()
def migrate(
    context: typer.Context,
    env: EnvironmentNamed,
    network: Network,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a move that was stopped.")] = False,
    retire: Annotated[bool, typer.Option("--retire", help="Take the old addresses off as well.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the stages and change nothing.")] = False,
    any_time: Annotated[bool, typer.Option("--any-time", help="Also outside of change windows.")] = False,
) -> None:
    """Carry the plan out, wave by wave; what is not confirmed in time goes back by itself."""
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    if dry_run:
        planned = networks.reviewed(session.means, env, network)
        tell_plan(session, planned.plan)
        session.answer(planned)
        return
    wish = networks.MigrateWish(resume, retire, any_time)
    moved = networks.migrate(session.means, env, network, wish)
    tell_move(session, moved)
    if moved.differs:
        leave(Differs)


@app.command()
def verify(context: typer.Context, env: EnvironmentNamed, network: Network) -> None:
    """Look again: who reaches whom, large packets, bulk TCP; writes the acceptance pack anew."""
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    found = networks.verify(session.means, env, network)
    tell_move(session, found)
    if found.differs:
        leave(Differs)


@app.command()
def rollback(
    context: typer.Context,
    env: EnvironmentNamed,
    network: Network,
    waves: Annotated[int | None, typer.Option("--waves", min=1, help="So many stages; default all.")] = None,
) -> None:
    """Take confirmed waves back, the newest first, armed and checked like the way there."""
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    tell_move(session, networks.roll_back(session.means, env, network, waves))


@app.command(name="check-pack")
def check_pack(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder of an acceptance pack.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The public key that it has to be signed by, kept elsewhere.")
    ] = None,
) -> None:
    """Check offline that a pack is as it was signed, by --key or else by keys of this installation.

    The public key in the pack proves nothing: whoever forges the one forges the other.
    """
    from cmp.handing import handed, handed_pack  # noqa: PLC0415
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    given = handed(key, "the public key") if key else None
    found = networks.check_pack(session.means, handed_pack(folder), given)
    session.line(session.word(f"net_signed_{found.key.standing}", name=found.key.fingerprint))
    session.answer(found)


@app.command()
def routers(
    context: typer.Context,
    env: EnvironmentNamed,
    network: Network,
    maker: Annotated[
        str | None, typer.Option("--maker", help="The bare text of frr, vrp or comware alone.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="The way back instead.")] = False,
) -> None:
    """Write what the new edge has to change as text for FRR, Huawei VRP and H3C Comware; asks no router."""
    from cmp.services.migrating.routing import router_texts  # noqa: PLC0415

    session = session_of(context)
    found = router_texts(session.means, env, network)
    known = [text.maker for text in found.texts]
    if maker not in {None, *known}:
        raise Invalid(
            Sentence("--maker {maker} is no language that is written", maker=maker),
            hint=Sentence("known: {names}", names=", ".join(known)),
        )
    for text in found.texts:
        if maker is None:
            session.line(session.word("net_router", router=found.router, title=text.title))
        if maker in {None, text.maker}:
            session.line(text.back if back else text.forward)
        if maker is None and text.sources and not back:
            session.line(session.word("net_sources"))
            session.line(text.sources)
    for note in found.notes if maker is None else ():
        session.line(session.word("net_note", note=note))
    session.answer(found)


@app.command(name="rotate-key")
def rotate_key(context: typer.Context) -> None:
    """Take a new key for acceptance packs; the public part of the old one stays."""
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    found = networks.rotate_key(session.means)
    session.line(session.word("net_new_key", name=found.name))
    session.answer(found)


@app.command()
def status(context: typer.Context, env: EnvironmentNamed, network: Network) -> None:
    """Say how far a move has come, from its journal; asks no host."""
    from cmp.services.migrating import networks  # noqa: PLC0415

    session = session_of(context)
    tell_move(session, networks.status(session.means, env, network))


def tell_plan(session: Session, plan: MigrationPlan) -> None:
    """Show a plan to people: where to, in which waves, what it saves."""
    segment = plan.segment
    session.line(
        session.word(
            "net_segment", network=plan.network, old=segment.old, ipv4=segment.ipv4, ipv6=segment.ipv6
        )
    )
    rows = [
        (wave.name, len(wave.hosts), ", ".join(wave.hosts[:4]) + (" …" if len(wave.hosts) > 4 else ""))  # noqa: PLR2004
        for wave in plan.waves
    ]
    session.table(("wave", "hosts", "names"), rows, title=session.word("net_waves"))
    session.line(
        session.word("net_estimate", seconds=plan.estimated_seconds, cny=f"{plan.saved_cny_per_year:,.0f}")
    )
    for note in plan.notes:
        session.line(session.word("net_note", note=note))


def tell_rehearsal(session: Session, rehearsal: Rehearsal) -> None:
    """Show which ways back were fired, and whether the copy moved."""
    rows = [
        (
            each.host,
            each.kind,
            each.manager,
            session.word("yes" if each.exact else "no"),
            f"{each.seconds_after_deadline * 1000:.0f} ms",
        )
        for each in rehearsal.fired
    ]
    session.table(
        ("host", "kind", "manager", "exact", "after_deadline"), rows, title=session.word("net_fired")
    )
    _tell_stages(session, rehearsal.journal)
    _tell_checks(session, (*rehearsal.journal.steps, *rehearsal.checks))
    session.line(session.word("net_rehearsed" if rehearsal.passed else "net_not_rehearsed"))
    for reason in rehearsal.reasons:
        session.line(f"  {reason}")


def tell_move(session: Session, found: Moved) -> None:
    """Show what each wave did, what is measured, what verification found, and where the pack is."""
    journal = found.journal
    if journal is None:
        session.line(session.word("net_not_begun", network=found.network))
    else:
        _tell_stages(session, journal)
        _tell_checks(session, (*journal.steps, *(found.verified.checks if found.verified else ())))
        for kind, milliseconds in sorted(journal.loss_ms.items()):
            session.line(f"  {kind}: {milliseconds:.0f} ms")
        session.line(session.word("net_state", network=journal.network, state=journal.state))
    session.answer(found)
    if found.page is not None:
        session.line(session.word("net_pack", path=shown(found.page)))


def _tell_checks(session: Session, checks: Sequence[Check]) -> None:
    if not checks:
        return
    rows = [(check.name, session.word("yes" if check.ok else "no"), check.said) for check in checks]
    session.table(("check", "ok", "message"), rows, title=session.word("net_verified"))


def _tell_stages(session: Session, journal: MigrationJournal) -> None:
    rows = [
        (
            f"{stage.direction} {stage.phase}",
            stage.wave,
            len(journal.of(stage)),
            ", ".join(journal.standings(stage)),
            "; ".join(check.said for check in stage.checks)[:100],
        )
        for stage in journal.stages
    ]
    session.table(("phase", "wave", "hosts", "state", "checks"), rows, title=session.word("net_stages"))
