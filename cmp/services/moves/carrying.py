"""Carries moves out step by step with a journal: written before and after each, resumed, and taken back.

Every step is looked at before and after, so it may be run again; a run that was killed, or that stopped at a
step that failed, leaves a journal that the next run goes on with, or takes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cmp.clouds.hosts import Guest, Host, Hosts
from cmp.clouds.patience import Pace, until
from cmp.errors import CmpError, Conflict, Interrupted, Refused, TryLater
from cmp.model.happenings import Event, Value
from cmp.model.journal import Journal, JournalState, Progress, StepEntry, Switch
from cmp.model.moves import MovePlan, Step, StepKind
from cmp.sentences import Sentence
from cmp.services.standings import HostMap

Report = Callable[[Event | str], None]
"""Takes one line of progress."""

BOOT = Pace(within=120, every=2)
"""How long a host that was switched on may take to answer, beyond what its step estimates."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carrying out needs: the hosts of each cloud, where the journal is kept, who hears of progress."""

    hosts: Mapping[str, Hosts]
    keep: Callable[[Journal], None]
    say: Report

    def of(self, entry: StepEntry) -> Hosts:
        """The hosts of the cloud that a step is for.

        Raises:
            Refused: they are the provider's.
        """
        found = self.hosts.get(entry.step.cloud)
        if found is None:
            raise Refused(
                Sentence(
                    "the hosts of {cloud} are its provider's: nothing can be moved between them",
                    cloud=entry.step.cloud,
                ),
                hint="what moves between pools is a Plan",
            )
        return found


def opened(moves: MovePlan, found: HostMap, name: str, began: str) -> Journal:
    """The journal of moves inside pools, with what the clouds call servers and hosts.

    Raises:
        Refused: a step leads to another pool, or strangers stand on a host that is to be switched off.
        CmpError: what a cloud said that could not list its hosts.
    """
    if any(step.kind is StepKind.TRANSFER for step in moves.steps):
        raise Refused("moves between pools are carried out as a Plan", hint="apply the Plan that was written")
    reason = f"tricenter {moves.purpose} {moves.subject}".rstrip() + f", {name}"
    entries = tuple(_entry(step, found, reason) for step in moves.steps)
    _refuse_strangers(entries, found)
    return Journal(
        id=name,
        environment=moves.environment,
        plan=moves.plan,
        purpose=moves.purpose,
        subject=moves.subject,
        began=began,
        entries=entries,
    )


def carry(journal: Journal, carrier: Carrier) -> Journal:
    """Carry out what is left of a journal, there or back, and keep it at every step.

    Raises:
        Conflict: what was done before does not hold any more.
        Refused: a step was refused; what was done before it stays, consistent, and is in the journal.
        Interrupted: a step did not succeed now; the same command goes on from there.
    """
    journal = taken_up(journal, carrier)
    while (number := next_step(journal)) is not None:
        journal = do_step(journal, number, carrier)
    return journal


def taken_up(journal: Journal, carrier: Carrier) -> Journal:
    """The journal as a run begins or goes on with it, kept; what was done before has to hold still.

    Raises:
        Conflict: somebody changed that meanwhile; the sentence says what.
    """
    carrier.keep(journal)
    refuse_changed(journal, carrier)
    return journal


def next_step(journal: Journal) -> int | None:
    """The index of the step that comes next; after the last one comes the end, which closes it; then None."""
    if not journal.is_open:
        return None
    waiting = (n for n, entry in enumerate(journal.current) if not entry.progress.is_settled)
    return next(waiting, len(journal.current))


def do_step(journal: Journal, number: int, carrier: Carrier) -> Journal:
    """Do one step, which may have been begun or done before, and keep the journal before and after it.

    Args:
        journal: as it was kept last: of an older one nobody knows what was done since.
        number: what `next_step` told.
        carrier: what it is done with.

    Raises:
        Refused: it was refused; what was done before it stays, consistent, and is in the journal.
        Interrupted: it did not succeed now; it may be done again.
    """
    if number == len(journal.current):
        closed = journal.finished() if journal.is_open else journal
        carrier.keep(closed)
        return closed
    if journal.current[number].progress.is_settled:
        return journal
    return _step(journal, number, carrier)


def refuse_changed(journal: Journal, carrier: Carrier) -> None:
    """Refuse to rest on what was done before where it does not hold any more.

    Raises:
        Conflict: somebody changed it meanwhile; the sentence says what.
    """
    last = {entry.subject: entry for entry in journal.current if entry.progress is Progress.DONE}
    later = {entry.subject for entry in journal.current if not entry.progress.is_settled}
    for subject, entry in last.items():
        if subject not in later and not _holds(entry, carrier):
            raise Conflict(
                Sentence(
                    "journal {id}: step {number} ({entry}) was done and does not hold any more: "
                    "somebody changed it",
                    id=journal.id,
                    number=entry.step.number,
                    entry=sentence(entry),
                ),
                hint=_remedy(journal),
            )


def sentence(entry: StepEntry) -> str:
    """What a step does, for people."""
    if entry.step.kind is StepKind.MIGRATE:
        return f"{entry.step.server}: {entry.host} to {entry.to}"
    verb = "on" if entry.step.kind is StepKind.POWER_ON else "off"
    return f"switch {entry.host} {verb}"


def happening(entry: StepEntry) -> Event:
    """What a step does, as part of an event."""
    if entry.step.kind is StepKind.MIGRATE:
        return Event("server-moves", str(entry.server), {"source": entry.host, "to": str(entry.to)})
    return Event("switch-on" if entry.step.kind is StepKind.POWER_ON else "switch-off", entry.host)


def _entry(step: Step, found: HostMap, reason: str) -> StepEntry:
    if (error := found.silent.get(step.cloud)) is not None:
        raise error
    host, to = found.names.get((step.pool, step.host)), found.names.get((step.pool, step.to or step.host))
    if host is None or to is None:
        raise Refused(
            Sentence(
                "the hosts of {pool} are its provider's: nothing can be moved between them", pool=step.pool
            ),
            hint="drain a host of a pool whose cloud shows its hosts",
        )
    if step.kind is StepKind.MIGRATE:
        return StepEntry(step=step, host=host, to=to, server=found.ids[step.cloud, str(step.server)])
    on = step.kind is StepKind.POWER_ON
    return StepEntry(step=step, host=host, wanted=Switch(on=on, reason="" if on else reason))


def _refuse_strangers(entries: tuple[StepEntry, ...], found: HostMap) -> None:
    """Refuse to switch off what something stands on that does not move.

    Raises:
        Refused: the sentence names host and servers.
    """
    moving = {entry.server for entry in entries}
    for entry in entries:
        if entry.wanted is not None and not entry.wanted.on:
            guests = found.hosts[entry.step.cloud].read(entry.host).guests
            if stay := [guest.name for guest in guests if guest.id not in moving]:
                raise Refused(
                    Sentence(
                        "{host} cannot be switched off: {names} stands on it and is not of this environment",
                        host=entry.host,
                        names=", ".join(stay),
                    ),
                    hint="ask its owner to move it",
                )


def _step(journal: Journal, index: int, carrier: Carrier) -> Journal:
    """Carry out one step: look, write that it begins, do it, look again, write that it is done."""
    entry = journal.current[index]
    told: dict[str, Value] = {"number": index + 1, "of": len(journal.current), "what": happening(entry)}
    try:
        if entry.progress in {Progress.WAITING, Progress.FAILED}:
            entry = _looked(entry, journal, carrier)
            journal = _kept(journal, index, entry, carrier)
            if entry.progress.is_settled:
                carrier.say(
                    Event("step-found", entry.host, told | {"why": entry.said or Event("so-already")})
                )
                return journal
        carrier.say(Event("step", entry.host, told))
        _do(entry, carrier)
        if not _holds(entry, carrier):
            raise Conflict("looked at again, it is not so")
    except CmpError as error:
        journal = _kept(journal, index, entry.marked(Progress.FAILED, str(error)), carrier)
        raise _stopped(journal, index, error) from error
    return _kept(journal, index, entry.marked(Progress.DONE), carrier)


def _looked(entry: StepEntry, journal: Journal, carrier: Carrier) -> StepEntry:
    """The step as it stands before it begins: so already, to be left alone, or begun."""
    if entry.wanted is not None:
        host = carrier.of(entry).read(entry.host)
        before = entry.before or Switch(on=host.enabled, reason=host.reason)
        if _is_switched(host, entry.wanted):
            return entry.marked(Progress.FOUND)
        return entry.marked(Progress.BEGUN).model_copy(update={"before": before})
    guest = carrier.of(entry).guest(str(entry.server))
    if guest is not None and guest.host == entry.to and guest.settled:
        return entry.marked(Progress.FOUND)
    if guest is None or guest.host not in {entry.host, entry.to}:
        where = "is gone" if guest is None else f"stands on {guest.host} by now"
        if journal.state is JournalState.GOING_BACK:
            return entry.marked(Progress.LEFT, f"it {where}: left alone")
        raise Conflict(f"{entry.step.server} {where}", hint="take the moves back and propose them again")
    return entry.marked(Progress.BEGUN)


def _do(entry: StepEntry, carrier: Carrier) -> None:
    hosts = carrier.of(entry)
    if entry.wanted is None:
        hosts.move(str(entry.server), str(entry.to), live=entry.step.live, tell=carrier.say)
    elif entry.wanted.on:
        hosts.switch(entry.host, on=True)
        _wait_until_up(entry, hosts, carrier.say)
    else:
        hosts.switch(entry.host, on=False, reason=entry.wanted.reason)
        _refuse_occupied(entry, hosts)


def _wait_until_up(entry: StepEntry, hosts: Hosts, say: Report) -> None:
    """A host that was without power takes its time to answer."""
    if hosts.read(entry.host).up:
        return
    say(Event("waiting-for-host", entry.host))

    def late() -> CmpError:
        return TryLater(
            Sentence("{host} is enabled and does not answer", host=entry.host), hint="switch its power on"
        )

    pace = Pace(BOOT.within + entry.step.seconds, BOOT.every)
    until(lambda: True if hosts.read(entry.host).up else None, pace, late)


def _refuse_occupied(entry: StepEntry, hosts: Hosts) -> None:
    """Let a host take servers again that was not empty when it was switched off.

    Raises:
        Conflict: something stands on it.
    """
    guests = hosts.read(entry.host).guests
    if guests and entry.step.kind is StepKind.POWER_OFF:
        before = entry.before or Switch(on=True)
        hosts.switch(entry.host, on=before.on, reason=before.reason)
        raise Conflict(
            Sentence(
                "{host} is not empty: {names}",
                host=entry.host,
                names=", ".join(guest.name for guest in guests),
            ),
            hint="take the moves back and propose them again",
        )


def _holds(entry: StepEntry, carrier: Carrier) -> bool:
    """True when what a step leads to is so."""
    hosts = carrier.of(entry)
    if entry.wanted is not None:
        return _is_switched(hosts.read(entry.host), entry.wanted)
    guest: Guest | None = hosts.guest(str(entry.server))
    return guest is not None and guest.settled and guest.host == entry.to


def _is_switched(host: Host, wanted: Switch) -> bool:
    if wanted.on:
        return host.enabled and host.up
    return not host.enabled and host.reason == wanted.reason


def _kept(journal: Journal, index: int, entry: StepEntry, carrier: Carrier) -> Journal:
    changed = journal.marked(index, entry)
    carrier.keep(changed)
    return changed


def _stopped(journal: Journal, index: int, error: CmpError) -> CmpError:
    """Say where it stopped and what to do; a refusal stays one, all else may be gone the next time."""
    entry = journal.current[index]
    kind = type(error) if isinstance(error, Refused) else Interrupted
    where = f"step {index + 1} of {len(journal.current)} ({sentence(entry)})"
    told = f"stopped at {where}: {error}; {index} steps are done and stay"
    cause = f"{error.hint}; then " if error.hint else ""
    return kind(told, hint=f"{cause}{_remedy(journal)}")


def _remedy(journal: Journal) -> str:
    undo = f"tricenter rebalance ENV --undo {journal.id}"
    if journal.state is JournalState.GOING_BACK:
        return f"run `{undo}` again"
    return f"run the same command again, or take it back: `{undo}`"
