"""Carries the stages of a move out: arm and switch, look from outside, confirm afresh, or go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import CmpError, Interrupted
from cmp.model.happenings import Event, Value
from cmp.model.migration import HostChange, HostMove, MigrationPlan, Phase
from cmp.model.migration_journal import Check, Direction, HostStanding, MigrationJournal, MoveState, Stage
from cmp.network.moving.stages import seconds_to_confirm
from cmp.plays.runner import Host, PlayOutcome
from cmp.sentences import Sentence
from cmp.services.migrating.place import Address, Place, asks_of, reach_of

SWITCH, CONFIRM, FIRE, LOOK = (
    f"extranet/{name}.yml" for name in ("30-switch", "40-confirm", "50-fire", "60-look")
)
PATIENCE = 3
"""How often outside is asked before silence counts: the first packet to a new address finds no neighbour."""

Play = Callable[[str, Sequence[Host], Mapping[str, object]], PlayOutcome]
Save = Callable[[MigrationJournal], None]
Say = Callable[[Event], None]
Enter = Callable[[MigrationJournal, Stage], MigrationJournal]
Close = Callable[[MigrationJournal], MigrationJournal]


@dataclass(frozen=True, slots=True)
class Carrier:
    """What a run works with; `token` gives a fresh secret and `now` the moment as text.

    `enter` is asked before each stage: it does what has to come first, or says why the stage must not begin.
    `close` does what comes after the last one of a move that was not taken back; it may be asked twice.
    """

    plan: MigrationPlan
    place: Place
    play: Play
    save: Save
    say: Say
    token: Callable[[], str]
    now: Callable[[], str]
    enter: Enter = lambda journal, _stage: journal
    close: Close = lambda journal: journal


def carry(journal: MigrationJournal, carrier: Carrier) -> MigrationJournal:
    """Go through the stages that are not done yet, one after the other; the first that fails stops the rest.

    Raises:
        Interrupted: a wave failed; its hosts are back as they were, and the waves before it stay. Or it must
            not begin.
    """
    journal = taken_up(journal, carrier)
    while (number := next_step(journal)) is not None:
        journal = do_step(journal, number, carrier)
    return journal


def taken_up(journal: MigrationJournal, carrier: Carrier) -> MigrationJournal:
    """The journal as a run begins or goes on with it, kept."""
    return _kept(journal.model_copy(update={"state": MoveState.UNDER_WAY}), carrier)


def next_step(journal: MigrationJournal) -> int | None:
    """The index of the stage that comes next; after the last one the end, which closes it; then None."""
    if journal.state in {MoveState.DONE, MoveState.TAKEN_BACK}:
        return None
    waiting = (n for n, stage in enumerate(journal.stages) if _is_to_do(journal, stage))
    return next(waiting, len(journal.stages))


def do_step(journal: MigrationJournal, number: int, carrier: Carrier) -> MigrationJournal:
    """Do one stage, which may have been begun or done before, and keep the journal before and after it.

    Args:
        journal: as it was kept last: what hosts know by token is asked of them.
        number: what `next_step` told.
        carrier: what it is done with.

    Raises:
        Interrupted: the wave failed; its hosts are back as they were, and the waves before it stay.
        Refused: it must not begin.
    """
    if number == len(journal.stages):
        return _closed(journal, carrier)
    stage = journal.stages[number]
    if not _is_to_do(journal, stage):
        return journal
    where: dict[str, Value] = {"number": number + 1, "of": len(journal.stages), "stage": _titled(stage)}
    carrier.say(Event("stage", carrier.plan.network, where | {"count": len(journal.of(stage))}))
    return _stage(_entered(journal, stage, carrier), stage, carrier)


def _is_to_do(journal: MigrationJournal, stage: Stage) -> bool:
    if stage.direction is Direction.FORWARD and _was_taken_back(journal, stage):
        return False
    return any(entry.standing is not HostStanding.CONFIRMED for entry in journal.of(stage))


def _closed(journal: MigrationJournal, carrier: Carrier) -> MigrationJournal:
    """The journal once nothing of it remains; what comes after the last stage is done before it says so."""
    back = any(stage.direction is Direction.BACK for stage in journal.stages)
    if not back:
        journal = _or_stopped(journal, carrier.close, carrier)
    return _kept(
        journal.model_copy(update={"state": MoveState.TAKEN_BACK if back else MoveState.DONE}), carrier
    )


def _entered(journal: MigrationJournal, stage: Stage, carrier: Carrier) -> MigrationJournal:
    """Before a stage: what has to be done first; the move stops where that cannot be."""
    return _kept(_or_stopped(journal, lambda known: carrier.enter(known, stage), carrier), carrier)


def _or_stopped(journal: MigrationJournal, act: Close, carrier: Carrier) -> MigrationJournal:
    try:
        return act(journal)
    except CmpError:
        _kept(journal.model_copy(update={"state": MoveState.STOPPED}), carrier)
        raise


def _stage(journal: MigrationJournal, stage: Stage, carrier: Carrier) -> MigrationJournal:
    """One stage: settle what a killed run left, switch, look from outside, confirm."""
    journal = _settled(journal, stage, carrier)
    journal = _kept(journal.noted(stage.model_copy(update={"began": carrier.now(), "checks": ()})), carrier)
    carrier.place.watching.mark(_title(stage))
    journal = _switched(journal, stage, carrier)
    journal = _seen_from_outside(journal, stage, carrier)
    journal = _confirmed(journal, stage, carrier)
    ended = journal.known(stage).model_copy(update={"ended": carrier.now()})
    return _kept(journal.noted(ended), carrier)


def _settled(journal: MigrationJournal, stage: Stage, carrier: Carrier) -> MigrationJournal:
    """Ask hosts that a killed run left open where they stand: they alone know."""
    tokens = {entry.host: entry.token for entry in journal.of(stage) if entry.standing.is_open}
    if not tokens:
        return journal
    carrier.say(Event("asking-hosts", carrier.plan.network, {"count": len(tokens)}))
    outcome = carrier.play(LOOK, hosts_of(tokens, stage, carrier), {"extranet_tokens": tokens})
    if trouble := outcome.trouble(list(tokens)):
        raise Interrupted(_sentence("could not be asked where they stand", trouble), hint="run it again")
    marks = {
        host: (_STANDING.get(str(result.get("state")), HostStanding.REVERTED), str(result.get("why", "")))
        for host, result in outcome.results.items()
    }
    return _kept(journal.marked(stage, marks), carrier)


_STANDING: Mapping[str, HostStanding] = {
    "armed": HostStanding.SWITCHED,
    "confirming": HostStanding.SWITCHED,
    "confirmed": HostStanding.CONFIRMED,
}
"""How a host's own word for a change reads here; every other word means that it stands as before."""


def _switched(journal: MigrationJournal, stage: Stage, carrier: Carrier) -> MigrationJournal:
    """Arm and switch every host of the stage that stands as before."""
    hosts = [
        entry.host
        for entry in journal.of(stage)
        if entry.standing in {HostStanding.WAITING, HostStanding.REVERTED, HostStanding.ARMING}
    ]
    if not hosts:
        return journal
    moves = carrier.plan.by_host()
    tokens = {host: carrier.token() for host in hosts}
    journal = _kept(journal.with_tokens(stage, tokens), carrier)
    outcome = carrier.play(
        SWITCH,
        hosts_of(hosts, stage, carrier),
        {
            "extranet_tokens": tokens,
            "extranet_name": f"{carrier.plan.network} {_title(stage)}",
            "extranet_seconds": seconds_to_confirm(len(journal.of(stage))),
            "extranet_transactions": {host: transaction_of(moves[host], stage) for host in hosts},
        },
    )
    trouble = outcome.trouble(hosts)
    journal = journal.marked(
        stage, {host: (HostStanding.SWITCHED, "") for host in hosts if host not in trouble}
    )
    journal = _kept(journal, carrier)
    if trouble:
        _give_up(journal, stage, carrier, "did not switch", trouble)
    return journal


def _seen_from_outside(journal: MigrationJournal, stage: Stage, carrier: Carrier) -> MigrationJournal:
    """Look at every switched host by fresh connections, at its old and new addresses in both families."""
    hosts = [entry.host for entry in journal.of(stage) if entry.standing is HostStanding.SWITCHED]
    old, new = _addresses_after(stage)
    moves = carrier.plan.by_host()
    asks = [ask for host in hosts for ask in asks_of(moves[host], old=old, new=new)]
    left: Sequence[object] = asks
    for _round in range(PATIENCE):
        left = carrier.place.outside.unanswered([ask for ask in asks if ask in left])
        if not left:
            break
    silent = [ask for ask in asks if ask in left]
    check = Check(
        name="answers from outside",
        ok=not silent,
        said="; ".join(map(str, silent)) or f"{len(asks)} addresses answer",
    )
    journal = _kept(journal.noted(_with_check(journal, stage, check)), carrier)
    if silent:
        trouble = {ask.host: f"{ask.target} does not answer from outside" for ask in silent}
        _give_up(journal, stage, carrier, "cannot be reached", trouble)
    return journal


def _confirmed(journal: MigrationJournal, stage: Stage, carrier: Carrier) -> MigrationJournal:
    """Confirm every switched host over a fresh connection, once its addresses reach the witnesses."""
    tokens = {
        entry.host: entry.token for entry in journal.of(stage) if entry.standing is HostStanding.SWITCHED
    }
    if not tokens:
        return journal
    journal = _kept(journal.marked(stage, dict.fromkeys(tokens, (HostStanding.CONFIRMING, ""))), carrier)
    old, new = _addresses_after(stage)
    moves = carrier.plan.by_host()
    reach = {host: reach_of(moves[host], carrier.place.witnesses, old=old, new=new) for host in tokens}
    outcome = carrier.play(
        CONFIRM,
        hosts_of(tokens, stage, carrier, after=True),
        {"extranet_tokens": tokens, "extranet_reach": reach},
    )
    trouble = outcome.trouble(list(tokens))
    marks = {host: (HostStanding.CONFIRMED, "") for host in tokens if host not in trouble}
    pairs = sum(len(each) for each in reach.values())
    check = Check(
        name="reaches the witnesses, confirmed over a fresh connection",
        ok=not trouble,
        said=_sentence("were not confirmed", trouble) if trouble else f"{pairs} pairs, {len(marks)} hosts",
    )
    journal = journal.marked(stage, marks)
    journal = _kept(journal.noted(_with_check(journal, stage, check)), carrier)
    if trouble:
        _give_up(journal, stage, carrier, "were not confirmed", trouble)
    return journal


def _give_up(
    journal: MigrationJournal, stage: Stage, carrier: Carrier, what: str, trouble: Mapping[str, str]
) -> None:
    """Take the hosts of a failed stage back and stop; one that cannot be asked goes back by its own timer.

    Raises:
        Interrupted: always, with every reason.
    """
    tokens = {entry.host: entry.token for entry in journal.of(stage) if entry.standing.is_open}
    failed = tuple(f"{host}: {why}" for host, why in sorted(trouble.items()))
    carrier.say(Event(what.replace(" ", "-"), carrier.plan.network, {"count": len(trouble), "hosts": failed}))
    outcome = (
        carrier.play(FIRE, hosts_of(tokens, stage, carrier), {"extranet_tokens": tokens}) if tokens else None
    )
    marks = {}
    for host in tokens:
        told = outcome.results.get(host, {}) if outcome else {}
        why = trouble.get(host, "its wave failed")
        if told.get("state") == "confirmed":
            marks[host] = (HostStanding.CONFIRMED, "")
        elif told.get("exact") is False:
            marks[host] = (HostStanding.REVERTED, f"{why}; {told.get('msg', 'the way back is not whole')}")
        elif outcome and host not in outcome.trouble(list(tokens)):
            marks[host] = (HostStanding.REVERTED, why)
        else:
            marks[host] = (HostStanding.ARMING, f"{why}; goes back by its own timer")
    journal = journal.marked(stage, marks).model_copy(update={"state": MoveState.STOPPED})
    _kept(journal, carrier)
    raise Interrupted(
        Sentence(
            "{stage}: {what}; its hosts go back, the rest was not begun",
            stage=_title(stage),
            what=_sentence(what, trouble),
        ),
        hint="put that right, then run the command with --resume",
    )


def transaction_of(move: HostMove, stage: Stage) -> dict[str, object]:
    """The change as the host takes it, with the interfaces that `@old` and `@new` stand for."""
    change: HostChange = move.phases[stage.phase]
    chosen = change.forward if stage.direction is Direction.FORWARD else change.back
    return {
        **chosen.model_dump(mode="json"),
        "old": move.interface or "",
        "new": move.new_interface or "",
        "old_address": str(_held(move, stage)),
    }


def _held(move: HostMove, stage: Stage) -> Address:
    """An address that the host holds before the stage: by it the interface is found."""
    if move.is_edge:
        return move.reached_at
    retired = stage.phase is Phase.RETIRE and stage.direction is Direction.BACK
    return move.addresses[0].ipv4.ip if retired else move.old


def _addresses_after(stage: Stage) -> tuple[bool, bool]:
    """Whether old and new addresses have to answer once the stage is done."""
    if stage.direction is Direction.FORWARD:
        return stage.phase is not Phase.RETIRE, True
    return True, stage.phase is not Phase.BESIDE


def hosts_of(
    names: Mapping[str, str] | Sequence[str], stage: Stage, carrier: Carrier, *, after: bool = False
) -> list[Host]:
    """The hosts as plays reach them at this moment: by the new address once that is what must work."""
    old, new = _addresses_after(stage)
    by_new = (after and new and stage.phase is not Phase.BESIDE) or (
        stage.phase is Phase.RETIRE and (not old or not after)
    )
    known = carrier.plan.by_host()
    moves = [known[name] for name in names]
    return [
        carrier.place.host(move, move.addresses[0].ipv4.ip if by_new and not move.is_edge else None)
        for move in moves
    ]


def _with_check(journal: MigrationJournal, stage: Stage, check: Check) -> Stage:
    noted = journal.known(stage)
    return noted.model_copy(update={"checks": (*noted.checks, check)})


def _was_taken_back(journal: MigrationJournal, stage: Stage) -> bool:
    back = stage.model_copy(update={"direction": Direction.BACK})
    return any(entry.standing is HostStanding.CONFIRMED for entry in journal.of(back))


def _title(stage: Stage) -> str:
    back = "back from " if stage.direction is Direction.BACK else ""
    return f"{back}{stage.phase}, wave {stage.wave}"


def _titled(stage: Stage) -> Event:
    kind = "stage-back" if stage.direction is Direction.BACK else "stage-forward"
    return Event(kind, stage.phase, {"wave": stage.wave})


def _sentence(what: str, trouble: Mapping[str, str]) -> str:
    told = "; ".join(f"{host}: {why}" for host, why in sorted(trouble.items())[:5])
    more = f" and {len(trouble) - 5} more" if len(trouble) > 5 else ""  # noqa: PLR2004 - what fits a line
    return f"{len(trouble)} hosts {what}: {told}{more}"


def _kept(journal: MigrationJournal, carrier: Carrier) -> MigrationJournal:
    carrier.save(journal)
    return journal
