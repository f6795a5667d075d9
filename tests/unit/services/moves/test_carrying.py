"""Moves are carried out step by step; whatever interrupts them, they are finished or taken back."""

from __future__ import annotations

from contextlib import suppress

import pytest
from support.standing_servers import (
    CLOUD,
    POOL,
    a_carrier,
    a_cloud_of,
    a_journal,
    a_server,
    a_standing_plan,
    listed,
    migration,
    moves_of,
    switch,
)

from cmp.clouds.memory import MemoryCloud
from cmp.errors import Conflict, Interrupted, NothingFits, Refused
from cmp.model.happenings import Event
from cmp.model.journal import Journal, JournalState, Progress
from cmp.model.moves import StepKind
from cmp.model.plan import Plan
from cmp.services.moves.carrying import Carrier, carry, do_step, next_step, opened
from cmp.services.standings import host_map_of

HOSTS = (1, 2, 3, 3)
KEPT_PER_STEP = 2


class Killed(BaseException):
    """What kill -9 looks like from inside a test."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return a_standing_plan()


def a_consolidation(plan: Plan, cloud: MemoryCloud) -> Journal:
    """Host 3 is emptied over a third place, host 4 switched on for it, host 3 switched off."""
    cloud.hosts.off[f"{POOL}-4"] = "tricenter rebalance, earlier"
    return a_journal(
        plan,
        cloud,
        switch(StepKind.POWER_ON, 4),
        migration(plan, 2, 3, 4),
        migration(plan, 3, 3, 1),
        migration(plan, 2, 4, 2),
        switch(StepKind.POWER_OFF, 3),
    )


def test_every_step_is_written_before_it_begins_and_after_it_is_done(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    kept: list[Journal] = []
    told: list[Event | str] = []

    done = carry(a_consolidation(plan, cloud), a_carrier(cloud, kept, told))

    assert done.state is JournalState.DONE
    assert [len(guests) for _, _, _, guests in listed(cloud)] == [2, 2, 0, 0]
    assert [host[1] for host in listed(cloud)] == [True, True, False, True]
    assert "rebalance-1" in cloud.hosts.off[f"{POOL}-3"]
    progress = [[entry.progress for entry in journal.entries] for journal in kept]
    assert progress[0] == [Progress.WAITING] * 5
    assert progress[1][0] is Progress.BEGUN
    assert progress[2][:2] == [Progress.DONE, Progress.WAITING]
    assert len(kept) == 1 + 5 * KEPT_PER_STEP + 1
    assert any(getattr(each, "values", {}).get("number") == 2 for each in told)


def test_taking_back_leads_to_the_beginning(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_consolidation(plan, cloud)
    before = listed(cloud)

    back = carry(carry(journal, a_carrier(cloud, [])).turned(), a_carrier(cloud, []))

    assert back.state is JournalState.TAKEN_BACK
    assert listed(cloud) == before


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("at", range(1 + 5 * KEPT_PER_STEP + 1))
def test_a_run_that_is_killed_anywhere_goes_on_and_goes_back(plan: Plan, at: int, written: bool) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_consolidation(plan, cloud)
    before = listed(cloud)
    last = _killed(journal, cloud, at, written=written)

    done = carry(last, a_carrier(cloud, [])) if last.is_open else last

    assert [len(guests) for _, _, _, guests in listed(cloud)] == [2, 2, 0, 0]
    carry(done.turned(), a_carrier(cloud, []))
    assert listed(cloud) == before


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("at", range(1 + 5 * KEPT_PER_STEP + 1))
def test_a_run_that_is_killed_anywhere_is_taken_back_even_if_killed_again(
    plan: Plan, at: int, written: bool
) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_consolidation(plan, cloud)
    before = listed(cloud)
    last = _killed(journal, cloud, at, written=written)

    again = _killed(last.turned(), cloud, at // 2, written=written)
    carry(again, a_carrier(cloud, []))

    assert listed(cloud) == before


def test_the_first_step_that_fails_stops_all_and_the_same_journal_goes_on(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_consolidation(plan, cloud)
    cloud.hosts.down.add(f"{POOL}-1")
    kept: list[Journal] = []

    with pytest.raises(Interrupted, match=r"stopped at step 3 of 5 .*host bj-a-hygon-1 is down; 2 steps are"):
        carry(journal, a_carrier(cloud, kept))

    stopped = kept[-1]
    assert [entry.progress for entry in stopped.entries[1:4]] == ["done", "failed", "waiting"]
    assert [len(guests) for _, _, _, guests in listed(cloud)] == [1, 1, 1, 1]
    cloud.hosts.down.clear()
    assert carry(stopped, a_carrier(cloud, [])).state is JournalState.DONE


def test_a_refusal_stays_one_and_says_how_to_go_back(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    cloud.hosts.room = 1

    with pytest.raises(NothingFits, match="stopped at step 1 of 1") as refusal:
        carry(a_journal(plan, cloud, migration(plan, 0, 1, 2)), a_carrier(cloud, []))

    assert "--undo rebalance-1" in refusal.value.hint


def test_what_was_so_already_is_not_taken_back(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_journal(plan, cloud, migration(plan, 2, 3, 4), migration(plan, 3, 3, 4))
    cloud.hosts.move(str(journal.entries[0].server), f"{POOL}-4")
    moved = listed(cloud)

    done = carry(journal, a_carrier(cloud, []))
    carry(done.turned(), a_carrier(cloud, []))

    assert [entry.progress for entry in done.entries] == [Progress.FOUND, Progress.DONE]
    assert listed(cloud) == moved


def test_a_server_that_went_elsewhere_stops_the_way_there_and_is_left_alone_on_the_way_back(
    plan: Plan,
) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_journal(plan, cloud, migration(plan, 2, 3, 4), migration(plan, 3, 3, 4))
    done = carry(journal, a_carrier(cloud, []))
    cloud.hosts.move(str(done.entries[0].server), f"{POOL}-1")

    with pytest.raises(Conflict, match=r"does not hold any more: somebody changed it"):
        carry(done.model_copy(update={"state": JournalState.UNDER_WAY}), a_carrier(cloud, []))
    back = carry(done.turned(), a_carrier(cloud, []))

    assert [(entry.progress, entry.said) for entry in back.back] == [
        (Progress.DONE, ""),
        (Progress.LEFT, f"it stands on {POOL}-1 by now: left alone"),
    ]


def test_a_host_that_is_not_empty_is_not_switched_off(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_journal(plan, cloud, switch(StepKind.POWER_OFF, 4))
    a_server(cloud, "guest", {}, host=4)

    with pytest.raises(Conflict, match=f"{POOL}-4 is not empty: guest"):
        carry(journal, a_carrier(cloud, []))

    assert cloud.hosts.read(f"{POOL}-4").enabled


def test_strangers_on_a_host_keep_it_from_being_switched_off_before_anything_moves(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    a_server(cloud, "guest", {}, host=3)
    wanted = moves_of(plan, migration(plan, 2, 3, 4), switch(StepKind.POWER_OFF, 3))

    with pytest.raises(Refused, match="guest, .* stands on it|not of this environment"):
        opened(wanted, host_map_of(plan, {CLOUD: cloud}), "rebalance-1", "now")


def test_hosts_of_a_provider_are_not_ours_to_move_between(plan: Plan) -> None:
    with pytest.raises(Refused, match="its provider's"):
        opened(moves_of(plan, switch(StepKind.POWER_OFF, 4)), host_map_of(plan, {}), "rebalance-1", "now")


def _killed(journal: Journal, cloud: MemoryCloud, at: int, *, written: bool) -> Journal:
    """The journal as it lies on disk after a run that was killed at its n-th write, before or after it."""
    kept = [journal]

    def keep(changed: Journal) -> None:
        if len(kept) > at:
            if written:
                kept.append(changed)
            raise Killed
        kept.append(changed)

    try:
        carry(journal, Carrier({CLOUD: cloud.hosts}, keep, lambda _line: None))
    except Killed:
        return kept[-1]
    return kept[-1]


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("back", [False, True])
def test_single_steps_that_are_killed_are_done_again(plan: Plan, back: bool, written: bool) -> None:
    """As a workflow drives them: each step by a carrier of its own, killed at each of its writes in turn."""
    cloud = a_cloud_of(plan, HOSTS)
    journal = a_consolidation(plan, cloud)
    before = listed(cloud)
    if back:
        journal = carry(journal, a_carrier(cloud, [])).turned()

    while (number := next_step(journal)) is not None:
        for at in range(KEPT_PER_STEP):
            journal = _killed_in(journal, number, cloud, at, written=written)
        if number == next_step(journal):
            journal = do_step(journal, number, a_carrier(cloud, []))

    assert journal.state is (JournalState.TAKEN_BACK if back else JournalState.DONE)
    assert [len(guests) for _, _, _, guests in listed(cloud)] == ([1, 1, 2, 0] if back else [2, 2, 0, 0])
    if back:
        assert listed(cloud) == before


def test_a_step_that_is_done_is_not_done_again(plan: Plan) -> None:
    cloud = a_cloud_of(plan, HOSTS)
    done = carry(a_consolidation(plan, cloud), a_carrier(cloud, []))
    kept: list[Journal] = []
    after = listed(cloud)

    for number in range(len(done.entries) + 1):
        assert do_step(done, number, a_carrier(cloud, kept)) == done

    assert next_step(done) is None
    assert listed(cloud) == after


def _killed_in(journal: Journal, number: int, cloud: MemoryCloud, at: int, *, written: bool) -> Journal:
    """What is kept after a kill at the `at`-th write of one step; the step is done where it writes less."""
    kept, left = [journal], [at]

    def keep(changed: Journal) -> None:
        if left[0] == 0 and not written:
            raise Killed
        kept.append(changed)
        left[0] -= 1
        if left[0] == -1:
            raise Killed

    with suppress(Killed):
        do_step(journal, number, Carrier({CLOUD: cloud.hosts}, keep, lambda _told: None))
    return kept[-1]
