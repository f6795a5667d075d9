"""What schedules ask for, over every way of keeping them: each time once, whoever looks, whatever dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.address_stores import emptied
from support.needs import needs
from support.service_parts import LI, NOON, a_revision

from cmp.errors import Conflict, Invalid, Refused
from cmp.model.actors import ActorKind
from cmp.model.operations import OperationRecord, OperationState
from cmp.model.schedules import CatchUp, Schedule
from cmp.operations import changes
from cmp.operations.database import ServiceDatabase
from cmp.operations.memory import MemoryOperations
from cmp.operations.schedules import MemorySchedules, SqlSchedules
from cmp.operations.sql import SqlRecord
from cmp.ports.operations import Operations, Wanted
from cmp.ports.schedules import Schedules
from cmp.workflows.scheduling import Scheduling, refuse_unfit
from toolchain.system_packages import POSTGRES

POSTGRESQL = pytest.param("postgresql", marks=needs(POSTGRES, root=False))


@dataclass
class Desk:
    """Operations and schedules kept the same way, and a clock that the test sets."""

    operations: Operations
    schedules: Schedules
    time: datetime = NOON
    allowed: set[str] = field(default_factory=lambda: {"read", "plan"})

    def __post_init__(self) -> None:
        """Have an environment."""
        self.operations.push(a_revision(), "")

    @property
    def scheduling(self) -> Scheduling:
        """Another process that looks."""
        return Scheduling(
            self.operations, self.schedules, lambda: self.time, lambda _w, what, _e: what in self.allowed
        )

    def look(self, **later: float) -> int:
        """Let time pass, then look; how many operations were asked for."""
        self.time += timedelta(**later)
        return len(self.scheduling.look())

    def make(self, **changed: Any) -> Schedule:
        return self.schedules.put(a_schedule(**changed), None)

    @property
    def kept(self) -> Schedule:
        found = self.schedules.found("lab", "nightly")
        assert found is not None
        return found

    @property
    def asked(self) -> tuple[OperationRecord, ...]:
        return self.operations.listed(Wanted())

    def finish(self) -> None:
        for each in self.asked:
            self.operations.change(each.id, lambda op: changes.ended(op, OperationState.DONE, self.time))


def a_schedule(**changed: Any) -> Schedule:
    """Verify every night at three in Shanghai, which is 19:00 UTC; made at noon."""
    given = {
        "id": "schedule-1",
        "name": "nightly",
        "environment": "lab",
        "environment_id": "lab-1",
        "kind": "verify",
        "cron": "0 3 * * *",
        "zone": "Asia/Shanghai",
        "actor": LI,
        "actor_kind": ActorKind.PERSON,
        "created": NOON.isoformat(),
    }
    return Schedule(**{**given, **changed})


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    if request.param == "memory":
        yield Desk(MemoryOperations(), MemorySchedules())
        return
    url = f"sqlite:///{tmp_path}/service.sqlite"
    if request.param == "postgresql":
        url = emptied(request.getfixturevalue("postgres"))
    database = ServiceDatabase(url)
    database.prepare()
    yield Desk(SqlRecord(database), SqlSchedules(database))
    database.close()


def test_a_time_is_asked_for_once_by_however_many_look(desk: Desk) -> None:
    desk.make()

    assert [desk.look(hours=6), desk.look(hours=1), desk.look(), desk.look(minutes=1)] == [0, 1, 0, 0]

    (operation,) = desk.asked
    assert (operation.kind, operation.actor, operation.environment) == ("verify", LI, "lab")
    assert operation.reason == "schedule nightly"
    assert (desk.kept.operation, desk.kept.missed, desk.kept.trouble) == (operation.id, 0, "")


def test_a_kill_between_asking_and_writing_it_down_asks_for_nothing_twice(desk: Desk) -> None:
    made = desk.make()
    assert desk.look(hours=7) == 1

    desk.schedules.put(made, desk.kept)  # as it was before the process wrote it down
    desk.look()

    assert len(desk.asked) == 1
    assert desk.kept.last == desk.time.isoformat()


def test_a_time_that_was_missed_is_skipped_or_made_up_for_once_while_it_is_not_too_old(desk: Desk) -> None:
    desk.make()
    assert desk.look(days=3, hours=8) == 0
    assert desk.kept.missed == 4

    desk.schedules.put(desk.kept.changed(catch_up=CatchUp.ONCE), desk.kept)
    assert desk.look(days=3) == 1
    assert desk.kept.missed == 4 + 2
    desk.finish()

    desk.schedules.put(desk.kept.changed(oldest=600), desk.kept)
    assert desk.look(days=2) == 0
    assert desk.kept.missed == 4 + 2 + 2


def test_it_does_not_overlap_with_itself(desk: Desk) -> None:
    desk.make()
    assert desk.look(hours=7) == 1

    assert desk.look(days=1) == 0
    assert (desk.kept.missed, desk.kept.trouble) == (1, f"operation {desk.asked[0].id} is still queued")

    desk.finish()
    assert desk.look(days=1) == 1
    assert desk.kept.trouble == ""


def test_a_clock_that_is_set_back_repeats_nothing(desk: Desk) -> None:
    desk.make()
    assert desk.look(hours=7) == 1
    desk.finish()

    assert [desk.look(hours=-5), desk.look(hours=5), desk.look(hours=1)] == [0, 0, 0]
    assert desk.look(hours=23) == 1


def test_whoever_may_not_any_more_asks_for_nothing(desk: Desk) -> None:
    desk.make()
    desk.allowed = set()

    assert desk.look(hours=7) == 0
    assert (desk.kept.missed, desk.kept.trouble) == (1, f"{LI} may not verify any more")


def test_an_environment_of_the_same_name_inherits_no_schedule(desk: Desk) -> None:
    desk.make(environment_id="lab-0")

    assert desk.look(hours=7) == 0
    assert "no environment" in desk.kept.trouble


def test_what_is_paused_asks_for_nothing_and_what_passed_is_missed(desk: Desk) -> None:
    desk.make(paused="holidays")

    assert desk.look(days=2) == 0
    desk.schedules.put(desk.kept.changed(paused=""), desk.kept)
    assert desk.look() == 0
    assert desk.kept.missed == 2


def test_of_two_who_change_it_one_is_told(desk: Desk) -> None:
    made = desk.make()
    desk.schedules.put(made.changed(paused="by one"), made)

    for act in (
        lambda: desk.schedules.put(made.changed(paused="by another"), made),
        lambda: desk.schedules.put(a_schedule(id="schedule-2"), None),
    ):
        refused_by(act)
    assert desk.kept.paused == "by one"
    assert [desk.schedules.drop("lab", "nightly"), desk.schedules.drop("lab", "nightly")] == [True, False]
    assert desk.schedules.listed() == ()


def refused_by(act: Callable[[], object]) -> None:
    with pytest.raises(Conflict):
        act()


def test_a_schedule_changes_nothing_and_names_no_plan() -> None:
    refuse_unfit(a_schedule())
    for kind, ask in (("apply", {"plan": "f" * 64}), ("prove", {"plan": "f" * 64})):
        with pytest.raises(Refused, match="asked for by a person"):
            refuse_unfit(a_schedule(kind=kind, ask=ask))
    with pytest.raises(Invalid, match="what is asked for is wrong"):
        refuse_unfit(a_schedule(kind="plan", ask={"effort": "much"}))
    with pytest.raises(Invalid, match="no time zone"):
        refuse_unfit(a_schedule(zone="Asia/Nowhere"))
