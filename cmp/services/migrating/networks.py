"""Moves a private network, from a first look to the signed pack: one function for all that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.events import LongWork
from cmp.model.happenings import Event
from cmp.model.migration import Phase
from cmp.model.migration_journal import MigrationJournal, Verification
from cmp.model.named_file import NamedFile
from cmp.model.references import EnvironmentRef
from cmp.network.addresses.renumbering import renumber
from cmp.network.moving.planning import MOVING
from cmp.ports.leases import KEYS
from cmp.sentences import Sentence
from cmp.services.carrying_out.access import LAB
from cmp.services.changes.changing import Change, changing
from cmp.services.changes.consenting import require
from cmp.services.migrating import assessing, checking_packs, migrating, pinning, rehearsing, verifying
from cmp.services.migrating.checking_packs import Checked, HandedPack
from cmp.services.migrating.class_rates import class_rates
from cmp.services.migrating.documents import Assessed, KeyRotated, Moved, NetworkPlan, Rehearsed
from cmp.services.migrating.place import Place
from cmp.services.migrating.places import place_of, present_place, rehearsal_place, still_place
from cmp.services.migrating.planning import (
    Planned,
    Present,
    current_plan,
    make_plan,
    network_of,
    plan_under_way,
    private_of,
)
from cmp.services.migrating.run import Run
from cmp.services.migrating.watching import Watcher
from cmp.store.migrations import PLAN


@dataclass(frozen=True, slots=True)
class MigrateWish:
    """How a plan is carried out: gone on with, until the old addresses are off, also outside of windows."""

    resume: bool = False
    retire: bool = False
    any_time: bool = False


@dataclass(frozen=True, slots=True)
class HostsTold:
    """Tells of each host that a play comes to it."""

    say: Callable[[Event], None]

    def begin(self, host: str) -> None:
        """A task begins on this host."""
        self.say(Event("at-host", host))

    def end(self, host: str) -> None:
        """A task has ended on this host: nothing is said."""


def assess(means: Means, ref: EnvironmentRef, network: str, *, accept_new: bool = False) -> Assessed:
    """Look at every host of a network and write the readiness matrix; nothing is changed.

    The SSH host key of every host is pinned at the first look, where the user knows it already or agrees with
    `accept_new`; a host that answers with another one later is not logged into.

    Raises:
        Invalid: the environment is wrong, has no such network, or a host told what no tool prints.
        Refused: the network or a host of it is classified: nobody looks at it.
        TryLater: the lab is not up, Ansible could not be started, or a file cannot be written.
    """
    found = network_of(ref, means.ports, network)
    assessing.refuse_classified(found.private, found.hosts)
    name, hears = found.environment.name, HostsTold(means.say)
    refused = _pinned(means, found, accept_new=accept_new) if found.environment.bindings != LAB else {}
    with present_place(found, means) as place:
        sure = replace(place, refused=refused)
        matrix, facts = assessing.assess(name, found.private, found.hosts, sure, means.now(), hears)
    filters = assessing.filters_of(facts, renumber(found.segment, found.hosts))
    for part in assessing.written(matrix, facts, filters):
        found.kept.keep_part(part)
    return Assessed(matrix, found.kept.where(assessing.PAGE))


def _pinned(means: Means, found: Present, *, accept_new: bool) -> Mapping[str, str]:
    """Pin the host keys of everybody who is logged into; why some are not, by their names."""
    everybody = pinning.reached(found.private, found.hosts)
    pinned = pinning.pin(everybody, found.kept.part(pinning.PINS) or b"", accept_new=accept_new)
    pinning.keep_pinned(pinned, found.kept)
    for host, why in sorted(pinned.refused.items()):
        means.say(Event("host-refused", host, {"why": why}))
    return pinned.refused


def plan(means: Means, ref: EnvironmentRef, network: str) -> NetworkPlan:
    """Plan a network's move, and keep the plan for review.

    Raises:
        Invalid: the environment is wrong, or has no such network.
        Refused: something forbids the move.
        NothingFits: the address plan has no room left.
        TryLater: it cannot be kept.
    """
    return _told(make_plan(ref, means.ports, network))


def reviewed(means: Means, ref: EnvironmentRef, network: str) -> NetworkPlan:
    """The plan that `migrate` would carry out now; nothing is changed on any host.

    Raises:
        Stale: the environment has changed since it was made.
        Refused: it would hurt, whoever wrote it.
        Invalid: the environment or the plan cannot be read.
    """
    return _told(current_plan(ref, means.ports, network))


def rehearse(means: Means, ref: EnvironmentRef, network: str) -> Rehearsed:
    """Build a copy of the network in the host lab, fire every way back once, move it there, keep the record.

    Raises:
        Stale: the environment has changed since the plan.
        Refused: the plan would hurt, or we are not root.
        Invalid: the environment or the plan cannot be read, or the lab cannot imitate the network.
        TryLater: the lab did not come up.
    """
    planned = current_plan(ref, means.ports, network)
    with rehearsal_place(planned, means) as (place, watcher):
        rehearsal = rehearsing.rehearse(planned.plan, _run(means, place))
    rehearsal = rehearsing.measured(rehearsal, watcher)
    # Only now: a loaded line would disturb the probes that watch the copy.
    classes = planned.environment.network.traffic_classes
    rehearsal = rehearsing.weighed(rehearsal, class_rates(classes, means.say))
    planned.kept.keep(rehearsal)
    return Rehearsed(rehearsal)


def migrate(means: Means, ref: EnvironmentRef, network: str, wish: MigrateWish = MigrateWish()) -> Moved:
    """Carry the plan out, wave by wave, verify it, and write the signed acceptance pack.

    Raises:
        Stale: the environment has changed since the plan.
        Refused: it was not rehearsed, a move that was begun is not asked to go on, or a step must not begin.
        Conflict: somebody else is changing the environment.
        Interrupted: a wave failed; its hosts are back, the waves before it stay.
        Invalid: the environment, the plan or the signing key cannot be read.
        TryLater: the lab is not up, nobody could be asked, or a file cannot be written.
    """
    loaded = means.ports.environments.load(ref)
    with _lent(means, loaded.environment, f"net migrate {network} of") as (held, change):
        planned = current_plan(ref, held.ports, network, loaded)
        require(held, change, planned.plan.hash)
        phases = (*MOVING, Phase.RETIRE) if wish.retire else MOVING
        with place_of(planned, held, old=not wish.retire) as (place, watcher):
            if place.is_real:
                private = private_of(planned.environment, network)
                pinning.refuse_changed(private, planned.environment.hosts[network].hosts, planned.kept)
            run = _run(held, place, any_time=wish.any_time)
            journal = migrating.migrate(planned, run, resume=wish.resume, phases=phases)
        return _handed_over(held, planned, migrating.measured(journal, watcher, planned), watcher)


def verify(means: Means, ref: EnvironmentRef, network: str) -> Moved:
    """Look again at a move that was begun, and write the acceptance pack anew.

    Raises:
        Invalid: the network has not begun to move, or its files or the signing key cannot be read.
        TryLater: the lab is not up, nobody could be asked, or a file cannot be written.
    """
    planned = plan_under_way(ref, means.ports, network)
    journal = planned.kept.kept(MigrationJournal)
    if journal is None:
        raise Invalid(
            Sentence("{network} has not begun to move: there is nothing to verify", network=network)
        )
    return _handed_over(means, planned, journal, None)


def roll_back(means: Means, ref: EnvironmentRef, network: str, waves: int | None = None) -> Moved:
    """Take the last confirmed stages back, the newest first; None takes all of them.

    Raises:
        Invalid: nothing was moved yet, or the environment or the plan cannot be read.
        Conflict: somebody else is changing the environment.
        Interrupted: a wave did not go back; the same command goes on.
        TryLater: the lab is not up.
    """
    loaded = means.ports.environments.load(ref)
    with _lent(means, loaded.environment, f"net rollback {network} of") as (held, _change):
        planned = plan_under_way(ref, held.ports, network, loaded)
        with place_of(planned, held) as (place, _watcher):
            journal = migrating.roll_back(planned, _run(held, place), waves)
        return Moved(network, planned.kept.where(), journal)


def status(means: Means, ref: EnvironmentRef, network: str) -> Moved:
    """How far a move has come, from its journal; no host is asked.

    Raises:
        Stale: no move was begun, and the environment has changed since the plan.
        Invalid: the environment, the plan or the journal cannot be read.
    """
    planned = plan_under_way(ref, means.ports, network)
    return Moved(network, planned.kept.where(), planned.kept.kept(MigrationJournal))


def check_pack(means: Means, pack: HandedPack, key: NamedFile | None = None) -> Checked:
    """Check an acceptance pack offline, by a public key or else by the keys of this installation.

    Raises:
        Invalid: a part of the pack, or a key, is missing or cannot be read.
        Differs: no known key signed it, or a file is not what was signed, or does not belong to it.
    """
    return checking_packs.check_pack(pack, means.ports.keys, key)


def rotate_key(means: Means) -> KeyRotated:
    """Take a new key for acceptance packs; the public part of the old one stays, for old packs.

    Raises:
        Invalid: the present key cannot be read.
        Conflict: somebody else is taking a new key.
        TryLater: a file cannot be written.
    """
    with changing(means, means.actor, KEYS, "net rotate-key of"):
        return KeyRotated(means.ports.keys.rotate())


@contextmanager
def _lent(means: Means, environment: Environment, command: str) -> Iterator[tuple[Means, Change]]:
    """The environment of a network for a change: the same means, which record through its lease."""
    with changing(means, means.actor, environment.name, command) as change:
        yield replace(means, ports=change.ports), change


def _handed_over(means: Means, planned: Planned, journal: MigrationJournal, watcher: Watcher | None) -> Moved:
    verified = _verified(means, planned, journal, watcher)
    page = migrating.hand_over(planned, journal, means.ports)
    return Moved(planned.plan.network, planned.kept.where(), journal, verified, page)


def _verified(
    means: Means, planned: Planned, journal: MigrationJournal, watcher: Watcher | None
) -> Verification:
    """Verify a move and keep what was found."""
    means.watch.begins(LongWork.VERIFYING)
    before = verifying.baseline(planned.kept)
    report = watcher.report if watcher else None
    retired = verifying.retired_hosts(journal)
    with still_place(planned, means) as place:
        findings = verifying.verify(planned.plan, place, before, report, retired)
    found = verifying.verification(planned.plan, findings, journal, means.now())
    planned.kept.keep(found)
    return found


def _told(planned: Planned) -> NetworkPlan:
    return NetworkPlan(planned.plan, planned.kept.where(PLAN))


def _run(means: Means, place: Place, *, any_time: bool = False) -> Run:
    return Run(place, means.now, means.token, means.say, any_time)
