"""Moves a network by its reviewed plan, goes on with one that was begun, takes confirmed waves back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from cmp.errors import Conflict, Invalid, Refused
from cmp.model.migration import MigrationPlan, Phase
from cmp.model.migration_journal import (
    Direction,
    HostStanding,
    MigrationJournal,
    MoveState,
    Rehearsal,
    Stage,
    Verification,
)
from cmp.model.named_file import NamedFile
from cmp.network.moving.planning import MOVING
from cmp.network.moving.stages import backward, entries, forward, still_moved
from cmp.plays.runner import Host, PlayOutcome, play
from cmp.ports.bundle import Ports
from cmp.ports.keys import fingerprint
from cmp.ports.migrations import KeptMove
from cmp.services.addresses import addressing
from cmp.services.migrating import accepting
from cmp.services.migrating.carrying import FIRE, SWITCH, Carrier, carry
from cmp.services.migrating.gates import (
    refuse_closed,
    refuse_in_use,
    refuse_lasting,
    refuse_unready,
    refuse_unrehearsed,
)
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.run import Run
from cmp.services.migrating.steps import names_back, names_left, published
from cmp.services.migrating.verifying import baseline, forget_baseline, keep_baseline
from cmp.services.migrating.watching import Pace, Watcher, figures
from cmp.services.migrating.zones import PublishedZone


def migrate(
    planned: Planned, run: Run, *, resume: bool = False, phases: Sequence[Phase] = MOVING
) -> MigrationJournal:
    """Carry a plan out, wave by wave; a move that is done already stays as it is.

    Around the hosts' own phases go their names: they have to be forgotten soon before anything moves, lead to
    the new addresses once all hosts have moved, and to no old one before the old addresses go.

    Raises:
        Refused: it was not rehearsed, a move that was begun is not asked to go on, or a step must not begin.
        Conflict: a move of another plan was begun.
        Interrupted: a wave failed; its hosts are back, the waves before it stay.
    """
    journal = opened(planned, run, resume=resume, phases=phases)
    return carry(journal, carrier_to(planned, run))


def opened(
    planned: Planned, run: Run, *, resume: bool = False, phases: Sequence[Phase] = MOVING
) -> MigrationJournal:
    """The journal to carry out, fresh or begun earlier, once all is so that its first wave may begin.

    Whoever calls this is lent the environment until the last step of the journal is done.

    Raises:
        Refused: it was not rehearsed, a move that was begun is not asked to go on, or it must not begin now.
        Conflict: a move of another plan was begun.
    """
    plan = planned.plan
    journal = _journal(planned, run, resume, phases)
    if run.place.is_real:
        refuse_unrehearsed(planned)
        refuse_closed(plan, run)
    if not _has_begun(journal):
        if run.place.is_real:
            refuse_unready(planned, run)
        refuse_lasting(plan, run)
    if run.place.sources:
        _forget_taken_back(planned.kept)
        keep_baseline(plan, run.place, planned.kept)
    if Phase.RETIRE in phases:
        journal = names_left(journal, PublishedZone(plan, run.place, run.say), planned.kept.keep)
        refuse_in_use(plan, run)
    return journal


def carrier_to(planned: Planned, run: Run) -> Carrier:
    """What the stages onto the extranet are carried out with: after the last one names lead there."""
    save = planned.kept.keep

    def close(journal: MigrationJournal) -> MigrationJournal:
        zone = PublishedZone(planned.plan, run.place, run.say)
        return published(journal, zone, baseline(planned.kept), save)

    return replace(carrier_of(planned.plan, run, save), close=close)


def roll_back(planned: Planned, run: Run, waves: int | None = None) -> MigrationJournal:
    """Take the last confirmed stages back the same way, the newest first; None takes all of them.

    Raises:
        Invalid: nothing was moved yet.
        Interrupted: a wave did not go back; the same command goes on.
    """
    journal = planned.kept.kept(MigrationJournal)
    if journal is None:
        raise Invalid(f"nothing of {planned.plan.network} was moved yet: there is nothing to take back")
    back = backward(journal, waves)
    return carry(back, carrier_of(planned.plan, run, planned.kept.keep))


def measured(journal: MigrationJournal, watcher: Watcher | None, planned: Planned) -> MigrationJournal:
    """The journal with what was measured while it ran, kept; unchanged where nobody watched or nothing moved.

    Raises:
        TryLater: the journal cannot be written.
    """
    if watcher is None or watcher.report is None:
        return journal
    loss, figures_seen = figures(watcher.report)
    told = journal.model_copy(update={"loss_ms": loss, "measured": figures_seen})
    planned.kept.keep(told)
    return told


def hand_over(planned: Planned, journal: MigrationJournal, ports: Ports) -> str:
    """Keep whose the new addresses are, and the signed acceptance pack; tells where people find its page.

    Raises:
        Invalid: the signing key cannot be used, or somebody else holds the addresses.
        TryLater: a part cannot be kept.
    """
    plan = planned.plan
    if journal.state is MoveState.DONE:
        moved = [each for move in plan.moves for each in move.addresses]
        addressing.keep_moved(plan.environment, plan.network, plan.segment, moved, ports)
    signer = ports.keys.signer()
    rehearsal = planned.kept.kept(Rehearsal)
    found = planned.kept.kept(Verification)
    if found is not None and (found.plan, found.journal) != (plan.hash, journal.id):
        found = None  # what was found of another move is no evidence of this one
    if found is not None:
        journal = journal.model_copy(update={"measured": {**journal.measured, **found.measured}})
    rehearsed = rehearsal.checks if rehearsal and rehearsal.plan == plan.hash else ()
    checks = (*rehearsed, *(found.checks if found else ()))
    document = accepting.pack(plan, journal, rehearsal, checks, fingerprint(signer.public))
    for part in accepting.signed(document, signer):
        planned.kept.keep_part(NamedFile(f"{accepting.FOLDER}/{part.name}", part.content))
    return planned.kept.where(f"{accepting.FOLDER}/{accepting.PAGE}")


def begun(
    plan: MigrationPlan, name: str, now: datetime, place: str, phases: Sequence[Phase]
) -> MigrationJournal:
    """A fresh journal of some phases of a plan."""
    stages = forward(plan, phases)
    return MigrationJournal(
        id=name,
        environment=plan.environment,
        network=plan.network,
        plan=plan.hash,
        began=now.isoformat(timespec="seconds"),
        place=place,
        entries=entries(plan, stages),
        stages=stages,
    )


def carrier_of(plan: MigrationPlan, run: Run, save: Callable[[MigrationJournal], None]) -> Carrier:
    """What the stages of a plan are carried out with."""
    pace = Pace(run.place.watching)

    def start(playbook: str, hosts: Sequence[Host], variables: Mapping[str, object]) -> PlayOutcome:
        if playbook not in {SWITCH, FIRE}:
            return play(playbook, hosts, variables, door=run.place.door)
        with pace:
            return play(playbook, hosts, variables, door=run.place.door, hears=pace)

    return Carrier(
        plan=plan,
        place=run.place,
        play=start,
        save=save,
        say=run.say,
        token=run.token,
        now=lambda: run.now().isoformat(timespec="milliseconds"),
        enter=partial(enter, plan=plan, run=run),
    )


def enter(journal: MigrationJournal, stage: Stage, *, plan: MigrationPlan, run: Run) -> MigrationJournal:
    """Before a wave: a window is open on the way there; on the way back names leave the new addresses first.

    Raises:
        Refused: no window is open any more.
        Interrupted: names still lead to addresses that would be taken away.
    """
    if stage.direction is Direction.FORWARD:
        if run.place.is_real:
            refuse_closed(plan, run)
        return journal
    if stage.phase is not Phase.BESIDE:
        return journal
    zone = PublishedZone(plan, run.place, run.say)
    return names_back(journal, zone, {entry.host for entry in journal.of(stage)})


def _forget_taken_back(kept: KeptMove) -> None:
    """Forget who reached whom before an earlier move once nothing of that is left: it tells of no other day.

    Where some waves of it were not taken back it stays: how it was before them cannot be asked any more.
    """
    earlier = kept.kept(MigrationJournal)
    if earlier is None or (earlier.state is MoveState.TAKEN_BACK and not still_moved(earlier)):
        forget_baseline(kept)


def _has_begun(journal: MigrationJournal) -> bool:
    return any(entry.standing is not HostStanding.WAITING for entry in journal.entries)


def _journal(planned: Planned, run: Run, resume: bool, phases: Sequence[Phase]) -> MigrationJournal:
    """The journal to go on with, or a fresh one.

    Raises:
        Conflict: a move of another plan was begun.
        Refused: a move was begun, and it was not said that it shall go on.
    """
    plan = planned.plan
    journal = planned.kept.kept(MigrationJournal)
    if journal is None or journal.state is MoveState.TAKEN_BACK:
        now = run.now()
        return begun(plan, f"{plan.network[:20]}-{now:%Y%m%d-%H%M%S}", now, run.place.kind, phases)
    if journal.plan != plan.hash:
        raise Conflict(
            f"a move by the plan {journal.plan[:12]} was begun, and this one is {plan.hash[:12]}",
            hint=f"take that back first: `tricenter net rollback ENV {plan.network}`",
        )
    if journal.state is MoveState.UNDER_WAY or journal.state is MoveState.STOPPED:
        if not resume:
            raise Refused(
                f"the move of {plan.network} was begun and is {journal.state}: nothing was changed",
                hint="go on with --resume, or take it back with `tricenter net rollback`",
            )
        return journal
    return _with_phases(journal, plan, phases)


def _with_phases(journal: MigrationJournal, plan: MigrationPlan, phases: Sequence[Phase]) -> MigrationJournal:
    """The journal with phases appended that it does not hold yet."""
    known = {stage.phase for stage in journal.stages}
    fresh: tuple[Stage, ...] = forward(plan, [phase for phase in phases if phase not in known])
    return journal.model_copy(
        update={
            "stages": (*journal.stages, *fresh),
            "entries": (*journal.entries, *entries(plan, fresh)),
        }
    )
