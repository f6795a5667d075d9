"""A move goes wave by wave; what fails takes its wave back and stops the rest; a killed run goes on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import product

import pytest
from support.moving_network import Bench, HostsInMemory, a_migration_plan, some_hosts

from cmp.errors import Interrupted, TryLater
from cmp.model.migration_journal import Direction, HostStanding, MigrationJournal, MoveState
from cmp.network.moving.planning import MOVING
from cmp.network.moving.stages import backward, entries, forward
from cmp.services.migrating.carrying import (
    CONFIRM,
    FIRE,
    LOOK,
    SWITCH,
    carry,
    do_step,
    next_step,
    taken_up,
)


def a_bench(**ill: object) -> Bench:
    return Bench(a_migration_plan(some_hosts(6)), HostsInMemory(**ill))  # type: ignore[arg-type]


def a_journal(bench: Bench) -> MigrationJournal:
    stages = forward(bench.plan, MOVING)
    return MigrationJournal(
        id="move",
        environment="test",
        network="desk-net",
        plan=bench.plan.hash,
        began="2026-01-01",
        place="rehearsal",
        stages=stages,
        entries=entries(bench.plan, stages),
    )


def standings(journal: MigrationJournal) -> set[HostStanding]:
    return {entry.standing for entry in journal.entries}


def test_every_host_is_confirmed_in_each_phase_and_the_canary_is_first() -> None:
    bench = a_bench()

    done = carry(a_journal(bench), bench.carrier())

    assert done.state is MoveState.DONE
    assert standings(done) == {HostStanding.CONFIRMED}
    switched = [hosts for playbook, hosts in bench.hosts.played if playbook == SWITCH]
    assert switched[0] == bench.plan.waves[0].hosts
    assert len(switched) == len(MOVING) * len(bench.plan.waves)


def test_a_second_run_changes_nothing() -> None:
    bench = a_bench()
    done = carry(a_journal(bench), bench.carrier())
    bench.hosts.played.clear()

    again = carry(done, bench.carrier())

    assert again == done
    assert bench.hosts.played == []


@pytest.mark.parametrize("way", ["failed", "unreachable", "silent"])
@pytest.mark.parametrize("playbook", [SWITCH, CONFIRM])
def test_a_host_that_fails_takes_its_wave_back_and_stops_the_rest(way: str, playbook: str) -> None:
    bench = a_bench()
    victim = bench.plan.waves[1].hosts[-1]
    bench.hosts.ill[playbook, victim] = way

    with pytest.raises(Interrupted, match=victim):
        carry(a_journal(bench), bench.carrier())

    left = bench.kept[-1]
    assert left.state is MoveState.STOPPED
    canary, second, rest = (left.of(stage) for stage in left.stages[:3])
    assert {entry.standing for entry in canary} == {HostStanding.CONFIRMED}
    assert all(entry.standing is HostStanding.WAITING for entry in rest)
    assert all(entry.standing is not HostStanding.SWITCHED for entry in second)
    assert not set(bench.hosts.changes.values()) - {"confirmed", "reverted", "armed"}


def test_a_host_that_does_not_answer_from_outside_is_never_confirmed() -> None:
    bench = a_bench()
    canary = bench.plan.waves[0].hosts[0]
    bench.hosts.silent.add(canary)

    with pytest.raises(Interrupted, match="does not answer from outside"):
        carry(a_journal(bench), bench.carrier())

    assert CONFIRM not in [playbook for playbook, _ in bench.hosts.played]
    assert set(bench.hosts.changes.values()) == {"reverted"}


@pytest.mark.parametrize("moment", [SWITCH, CONFIRM])
def test_a_controller_killed_in_any_state_goes_on_by_asking_the_hosts(moment: str) -> None:
    bench = a_bench(dies=moment)
    with pytest.raises(KeyboardInterrupt):
        carry(a_journal(bench), bench.carrier())

    done = carry(bench.kept[-1], bench.carrier())

    assert LOOK in [playbook for playbook, _ in bench.hosts.played]
    assert standings(done) == {HostStanding.CONFIRMED}
    assert all(len(tokens) == len(MOVING) for tokens in bench.hosts.applied.values())


def test_after_a_failure_is_put_right_the_same_journal_goes_on() -> None:
    bench = a_bench()
    victim = bench.plan.waves[1].hosts[0]
    bench.hosts.ill[SWITCH, victim] = "unreachable"
    with pytest.raises(Interrupted):
        carry(a_journal(bench), bench.carrier())
    bench.hosts.ill.clear()

    done = carry(bench.kept[-1], bench.carrier())

    assert done.state is MoveState.DONE
    assert standings(done) == {HostStanding.CONFIRMED}


def test_confirmed_waves_are_taken_back_newest_first() -> None:
    bench = a_bench()
    done = carry(a_journal(bench), bench.carrier())
    bench.hosts.played.clear()

    back = carry(backward(done, 2), bench.carrier())

    assert back.state is MoveState.TAKEN_BACK
    undone = [stage for stage in back.stages if stage.direction is Direction.BACK]
    assert [(stage.phase, stage.wave) for stage in undone] == [("cutover", "rest"), ("cutover", "fifth")]
    assert FIRE not in [playbook for playbook, _ in bench.hosts.played]


def test_all_waves_can_be_taken_back_in_two_steps() -> None:
    bench = a_bench()
    done = carry(a_journal(bench), bench.carrier())

    once = carry(backward(done, 1), bench.carrier())
    whole = carry(backward(once, None), bench.carrier())

    back = [entry for entry in whole.entries if entry.direction is Direction.BACK]
    assert len(back) == len(done.entries)
    assert {entry.standing for entry in back} == {HostStanding.CONFIRMED}


def test_a_way_back_that_is_not_whole_is_told_with_what_is_missing() -> None:
    bench = a_bench()
    victim = bench.plan.waves[0].hosts[0]
    bench.hosts.ill[CONFIRM, victim] = "failed"
    bench.hosts.ill[FIRE, victim] = "undone"

    with pytest.raises(Interrupted):
        carry(a_journal(bench), bench.carrier())

    (entry,) = [
        each
        for each in bench.kept[-1].entries
        if each.host == victim and each.standing is not HostStanding.WAITING
    ]
    assert entry.standing is HostStanding.REVERTED
    assert "missing: ip -4 route replace default via 192.0.2.1" in entry.said


def test_a_move_is_driven_stage_by_stage_and_killed_at_every_write() -> None:
    """As a workflow drives it: a carrier a step, each killed before and after each of its writes in turn."""
    bench = a_bench()
    journal = taken_up(a_journal(bench), bench.carrier())
    closed: list[MoveState] = []

    def close(known: MigrationJournal) -> MigrationJournal:
        closed.append(known.state)
        return known

    while (number := next_step(journal)) is not None:
        for at, written in product(range(6), (False, True)):
            if next_step(journal) == number:
                journal = _killed_in(bench, journal, number, at, written=written)
        if next_step(journal) == number:
            journal = do_step(journal, number, replace(bench.carrier(), close=close))

    assert journal.state is MoveState.DONE
    assert standings(journal) == {HostStanding.CONFIRMED}
    assert {host: len(t) for host, t in bench.hosts.applied.items()} == dict.fromkeys(
        bench.hosts.applied, len(MOVING)
    )
    assert set(closed) <= {MoveState.UNDER_WAY}


def test_a_move_is_not_done_before_what_comes_last_is() -> None:
    bench = a_bench()

    def close(_journal: MigrationJournal) -> MigrationJournal:
        raise TryLater("the name server does not answer")

    with pytest.raises(TryLater, match="name server"):
        carry(a_journal(bench), replace(bench.carrier(), close=close))

    left = bench.kept[-1]
    assert left.state is MoveState.STOPPED
    assert standings(left) == {HostStanding.CONFIRMED}
    assert next_step(left) == len(left.stages)
    played = len(bench.hosts.played)
    assert carry(left, bench.carrier()).state is MoveState.DONE
    assert len(bench.hosts.played) == played


class Killed(BaseException):
    """What kill -9 looks like from inside a test."""


def _killed_in(
    bench: Bench, journal: MigrationJournal, number: int, at: int, *, written: bool
) -> MigrationJournal:
    """What is kept after a kill at the `at`-th write of one step."""
    kept, left = [journal], [at]

    def save(changed: MigrationJournal) -> None:
        if left[0] == 0 and not written:
            raise Killed
        kept.append(changed)
        bench.kept.append(changed)  # tokens are numbered by it
        left[0] -= 1
        if left[0] == -1:
            raise Killed

    with suppress(Killed):
        do_step(journal, number, replace(bench.carrier(), save=save))
    return kept[-1]
