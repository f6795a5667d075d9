"""The commands `tricenter net …`: assess, plan, rehearse and carry out the move of a private network."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.estate import EnvironmentPath
from cli.session import Session, session_of, shown
from cmp.errors import Differs, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.model.migration import MigrationPlan
    from cmp.model.migration_journal import Check, MigrationJournal, Rehearsal, Verification
    from cmp.services.migrating.place import Place
    from cmp.services.migrating.planning import Planned
    from cmp.services.migrating.run import Run
    from cmp.services.migrating.watching import Watcher

app = typer.Typer(
    help="The move of a private network onto the extranet.", no_args_is_help=True, rich_markup_mode=None
)

Network = Annotated[str, typer.Argument(help="A private network of network.yaml.")]


@app.command()
def assess(context: typer.Context, env: EnvironmentPath, network: Network) -> None:
    """Look at every host over SSH and write the readiness matrix; changes nothing."""
    from cmp.network.addresses.renumbering import renumber  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services.migrating import assessing  # noqa: PLC0415
    from cmp.services.migrating.places import present_place  # noqa: PLC0415
    from cmp.services.migrating.planning import network_of  # noqa: PLC0415

    session = session_of(context)
    found = network_of(env, session.layout, network)
    assessing.refuse_classified(found.private, found.hosts)
    with present_place(found, session.layout) as place:
        matrix, facts = assessing.assess(
            found.environment.name, found.private, found.hosts, place, _now(), HostProgress(session)
        )
    filters = assessing.filters_of(facts, renumber(found.segment, found.hosts))
    _, page = assessing.write(matrix, facts, filters, found.folder)
    session.table(
        ("host", "capability", "message"),
        [(row.host, row.capability, "; ".join((*row.blocks, *row.upgrades))[:90]) for row in matrix.rows],
        title=session.word("net_readiness"),
    )
    session.line(session.word("net_page", path=shown(page)))
    session.answer(matrix.model_dump(mode="json") | {"counts": dict(matrix.counts), "page": str(page)})


@app.command()
def plan(
    context: typer.Context,
    env: EnvironmentPath,
    network: Network,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plan here too.")] = None,
) -> None:
    """Plan the move: new addresses, waves, what each host does and undoes; write it for review."""
    from cmp.services.migrating.planning import make_plan  # noqa: PLC0415 - `--help` has to be quick
    from cmp.store.files import write_atomically  # noqa: PLC0415
    from cmp.store.migrations import PLAN  # noqa: PLC0415

    session = session_of(context)
    planned = make_plan(env, session.layout, network)
    if out is not None:
        write_atomically(out, planned.plan.to_json())
    tell_plan(session, planned.plan)
    session.line(
        session.word(
            "net_plan_written", hash=planned.plan.hash[:12], path=shown(out or planned.folder / PLAN)
        )
    )
    session.answer(planned.plan.model_dump(mode="json"))


@app.command()
def rehearse(context: typer.Context, env: EnvironmentPath, network: Network) -> None:
    """Build a copy of the network in the host lab, fire every way back once, and move it there."""
    from cmp.services.migrating import rehearsing  # noqa: PLC0415
    from cmp.services.migrating.class_rates import class_rates  # noqa: PLC0415
    from cmp.services.migrating.places import rehearsal_place  # noqa: PLC0415
    from cmp.services.migrating.planning import current_plan  # noqa: PLC0415
    from cmp.store.migrations import REHEARSALS  # noqa: PLC0415

    session = session_of(context)
    planned = current_plan(env, session.layout, network)
    with rehearsal_place(planned, session.layout, session.report) as (place, watcher):
        rehearsal = rehearsing.rehearse(planned.plan, _run(session, place))
    rehearsal = rehearsing.measured(rehearsal, watcher)
    # Only now: a loaded line would disturb the probes that watch the copy.
    classes = planned.environment.network.traffic_classes
    rehearsal = rehearsing.weighed(rehearsal, class_rates(classes, session.report))
    REHEARSALS.save(rehearsal, planned.folder)
    tell_rehearsal(session, rehearsal)
    session.answer(rehearsal.model_dump(mode="json"))
    if not rehearsal.passed:
        raise typer.Exit(3)


@app.command()
def migrate(
    context: typer.Context,
    env: EnvironmentPath,
    network: Network,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a move that was stopped.")] = False,
    retire: Annotated[bool, typer.Option("--retire", help="Take the old addresses off as well.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the stages and change nothing.")] = False,
    any_time: Annotated[bool, typer.Option("--any-time", help="Also outside of change windows.")] = False,
) -> None:
    """Carry the plan out, wave by wave; what is not confirmed in time goes back by itself."""
    from cmp.model.migration import Phase  # noqa: PLC0415
    from cmp.network.moving.planning import MOVING  # noqa: PLC0415
    from cmp.services.migrating import migrating  # noqa: PLC0415
    from cmp.services.migrating.places import place_of  # noqa: PLC0415
    from cmp.services.migrating.planning import current_plan  # noqa: PLC0415

    session = session_of(context)
    planned = current_plan(env, session.layout, network)
    phases = (*MOVING, Phase.RETIRE) if retire else MOVING
    if dry_run:
        tell_plan(session, planned.plan)
        session.answer(planned.plan.model_dump(mode="json"))
        return
    with place_of(planned, session.layout, old=not retire) as (place, watcher):
        run = _run(session, place, any_time=any_time)
        journal = migrating.migrate(planned, run, resume=resume, phases=phases)
    journal = migrating.measured(journal, watcher, planned)
    found = _verified(session, planned, journal, watcher)
    page = migrating.hand_over(planned, journal, session.layout)
    tell_journal(session, journal, planned, found)
    session.line(session.word("net_pack", path=shown(page)))


@app.command()
def verify(context: typer.Context, env: EnvironmentPath, network: Network) -> None:
    """Look again: who reaches whom, large packets, bulk TCP; writes the acceptance pack anew."""
    from cmp.services.migrating import migrating  # noqa: PLC0415
    from cmp.services.migrating.planning import plan_under_way  # noqa: PLC0415
    from cmp.store.migrations import JOURNALS  # noqa: PLC0415

    session = session_of(context)
    planned = plan_under_way(env, session.layout, network)
    journal = JOURNALS.load(planned.folder)
    if journal is None:
        raise Invalid(f"{network} has not begun to move: there is nothing to verify")
    found = _verified(session, planned, journal, None)
    page = migrating.hand_over(planned, journal, session.layout)
    tell_journal(session, journal, planned, found)
    session.line(session.word("net_pack", path=shown(page)))
    if not found.passed:
        raise typer.Exit(Differs.exit_code)


@app.command()
def rollback(
    context: typer.Context,
    env: EnvironmentPath,
    network: Network,
    waves: Annotated[int | None, typer.Option("--waves", min=1, help="So many stages; default all.")] = None,
) -> None:
    """Take confirmed waves back, the newest first, armed and checked like the way there."""
    from cmp.services.migrating import migrating  # noqa: PLC0415
    from cmp.services.migrating.places import place_of  # noqa: PLC0415
    from cmp.services.migrating.planning import plan_under_way  # noqa: PLC0415

    session = session_of(context)
    planned = plan_under_way(env, session.layout, network)
    with place_of(planned, session.layout) as (place, _watcher):
        journal = migrating.roll_back(planned, _run(session, place), waves)
    tell_journal(session, journal, planned)


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
    from cmp.services.migrating import checking_packs  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = checking_packs.check_pack(folder, session.layout.keys, key)
    session.line(session.word(f"net_signed_{found.key.standing}", name=found.key.fingerprint))
    session.answer(found.told)


@app.command()
def routers(
    context: typer.Context,
    env: EnvironmentPath,
    network: Network,
    maker: Annotated[
        str | None, typer.Option("--maker", help="The bare text of frr, vrp or comware alone.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="The way back instead.")] = False,
) -> None:
    """Write what the new edge has to change as text for FRR, Huawei VRP and H3C Comware; asks no router."""
    from cmp.services.migrating.routing import router_texts  # noqa: PLC0415

    session = session_of(context)
    found = router_texts(env, session.layout, network)
    known = [text.maker for text in found.texts]
    if maker not in {None, *known}:
        raise Invalid(f"--maker {maker} is no language that is written", hint=f"known: {', '.join(known)}")
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
    session.answer(found.model_dump(mode="json"))


@app.command(name="rotate-key")
def rotate_key(context: typer.Context) -> None:
    """Take a new key for acceptance packs; the public part of the old one stays."""
    from cmp.store import keys  # noqa: PLC0415

    session = session_of(context)
    name = keys.rotate(session.layout.keys)
    session.line(session.word("net_new_key", name=name))
    session.answer({"key": name})


@app.command()
def status(context: typer.Context, env: EnvironmentPath, network: Network) -> None:
    """Say how far a move has come, from its journal; asks no host."""
    from cmp.services.migrating.planning import plan_under_way  # noqa: PLC0415
    from cmp.store.migrations import JOURNALS  # noqa: PLC0415

    session = session_of(context)
    planned = plan_under_way(env, session.layout, network)
    journal = JOURNALS.load(planned.folder)
    if journal is None:
        session.line(session.word("net_not_begun", network=network))
        session.answer({"waves": [], "state": "not-begun"})
        return
    tell_journal(session, journal, planned)


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


def tell_journal(
    session: Session, journal: MigrationJournal, planned: Planned, found: Verification | None = None
) -> None:
    """Show what each wave did, what is measured, and what was found when it was verified."""
    _tell_stages(session, journal)
    _tell_checks(session, (*journal.steps, *(found.checks if found else ())))
    for kind, milliseconds in sorted(journal.loss_ms.items()):
        session.line(f"  {kind}: {milliseconds:.0f} ms")
    session.line(session.word("net_state", network=journal.network, state=journal.state))
    waves = [
        {
            "phase": stage.phase,
            "wave": stage.wave,
            "direction": stage.direction,
            "hosts": [entry.host for entry in journal.of(stage)],
            "state": sorted({str(entry.standing) for entry in journal.of(stage)}),
            "checks": [check.model_dump(mode="json") for check in stage.checks],
        }
        for stage in journal.stages
    ]
    session.answer(
        {
            "waves": waves,
            "steps": [check.model_dump(mode="json") for check in journal.steps],
            "loss_ms": dict(journal.loss_ms),
            "measured": dict(journal.measured),
            "verified": found.model_dump(mode="json") if found else None,
            "state": journal.state,
            "folder": str(planned.folder),
        }
    )


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
            ", ".join(sorted({str(entry.standing) for entry in journal.of(stage)})),
            "; ".join(check.said for check in stage.checks)[:100],
        )
        for stage in journal.stages
    ]
    session.table(("phase", "wave", "hosts", "state", "checks"), rows, title=session.word("net_stages"))


class HostProgress:
    """Says of each host that a play comes to it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, host: str) -> None:
        """A task begins on this host."""
        self._session.report(host)

    def end(self, host: str) -> None:
        """A task has ended on this host: nothing is said."""


def _verified(
    session: Session, planned: Planned, journal: MigrationJournal, watcher: Watcher | None
) -> Verification:
    """Verify a move and keep what was found."""
    from cmp.services.migrating import verifying  # noqa: PLC0415
    from cmp.services.migrating.places import still_place  # noqa: PLC0415
    from cmp.store.migrations import VERIFICATIONS  # noqa: PLC0415

    session.report(session.word("net_verifying"))
    place = still_place(planned, session.layout)
    before = verifying.baseline(planned.folder)
    report = watcher.report if watcher else None
    retired = verifying.retired_hosts(journal)
    findings = verifying.verify(planned.plan, place, before, report, retired)
    found = verifying.verification(planned.plan, findings, journal, _now())
    VERIFICATIONS.save(found, planned.folder)
    return found


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the edge where the clock comes in


def _run(session: Session, place: Place, *, any_time: bool = False) -> Run:
    """What a run brings along from the edge: the clock, secrets, where progress is told."""
    from cmp.services.migrating.run import Run  # noqa: PLC0415

    return Run(place, _now, lambda: secrets.token_hex(16), session.report, any_time)
