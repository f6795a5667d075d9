"""A move is compared with how it was before it, and not before an earlier one that was taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.builders import an_environment
from support.moving_network import Bench, a_migration_plan

from cmp.model.migration import MigrationPlan, Phase
from cmp.model.migration_journal import Direction, HostEntry, HostStanding, MigrationJournal, MoveState
from cmp.services.migrating.migrating import migrate
from cmp.services.migrating.place import Place
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.run import Run
from cmp.services.migrating.verifying import BASELINE, baseline
from cmp.store.file_ports import FileMove

EARLIER = '[["near", "192.0.2.11", 4, "tcp", 443, true]]'


def nothing_to_move() -> MigrationPlan:
    """A plan of a network whose hosts are all gone: it is carried out without plays."""
    return a_migration_plan().model_copy(update={"moves": (), "waves": ()}).sealed()


def moved(planned: Planned) -> MigrationJournal:
    place = Place("lab", Bench(planned.plan).hosts, planned.plan.witnesses, sources={"near": ()})
    run = Run(place, lambda: datetime(2026, 12, 1, tzinfo=UTC), lambda: "0" * 32, lambda _: None)
    return migrate(planned, run)


def an_earlier_move(state: MoveState, *confirmed: tuple[str, Direction]) -> MigrationJournal:
    entries = tuple(
        HostEntry(phase=Phase.BESIDE, wave="rest", host=host, direction=way, standing=HostStanding.CONFIRMED)
        for host, way in confirmed
    )
    return MigrationJournal(
        id="before",
        environment="test",
        network="desk-net",
        plan="p",
        began="b",
        place="lab",
        state=state,
        entries=entries,
    )


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    (tmp_path / BASELINE).write_text(EARLIER)
    return Planned(nothing_to_move(), an_environment(), FileMove(tmp_path))


def test_a_move_after_one_that_was_taken_back_asks_anew_how_it_is(planned: Planned) -> None:
    forth_and_back = ("desk-1", Direction.FORWARD), ("desk-1", Direction.BACK)
    planned.kept.keep(an_earlier_move(MoveState.TAKEN_BACK, *forth_and_back))

    journal = moved(planned)

    assert journal.state is MoveState.DONE
    assert baseline(planned.kept) == {}


def test_what_a_run_asked_that_was_killed_before_it_began_is_asked_again(planned: Planned) -> None:
    moved(planned)

    assert baseline(planned.kept) == {}


def test_while_some_of_an_earlier_move_stays_the_picture_before_it_does(planned: Planned) -> None:
    confirmed = ("desk-1", Direction.FORWARD), ("desk-2", Direction.FORWARD), ("desk-2", Direction.BACK)
    planned.kept.keep(an_earlier_move(MoveState.TAKEN_BACK, *confirmed))

    moved(planned)

    assert list((baseline(planned.kept) or {}).values()) == [True]


def test_a_move_that_goes_on_keeps_the_picture_of_its_beginning(planned: Planned) -> None:
    done = an_earlier_move(MoveState.DONE, ("desk-1", Direction.FORWARD))
    planned.kept.keep(done.model_copy(update={"plan": planned.plan.hash}))

    moved(planned)

    assert list((baseline(planned.kept) or {}).values()) == [True]
