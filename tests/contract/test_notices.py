"""What people are told while they are not looking, over every way of remembering it: once to each address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.address_stores import emptied
from support.needs import needs
from support.service_parts import LI, NOON, PLAN, a_revision, an_operation

from cmp.errors import CmpError, Refused, TryLater
from cmp.model.actors import ActorKind
from cmp.model.notices import Notice
from cmp.model.operations import ConsentNeeded, Failure, OperationState
from cmp.model.schedules import Schedule
from cmp.operations import changes
from cmp.operations.database import ServiceDatabase
from cmp.operations.memory import MemoryOperations
from cmp.operations.notices import UNDER_WAY, MemoryNotices, SqlNotices
from cmp.operations.schedules import MemorySchedules
from cmp.ports.notices import Notices
from cmp.workflows.noticing import SOONEST, TRIES, Noticing
from toolchain.system_packages import POSTGRES

POSTGRESQL = pytest.param("postgresql", marks=needs(POSTGRES, root=False))


@dataclass
class Box:
    """Somebody's address: takes what comes, or refuses it."""

    address: str
    refusal: CmpError | None = None
    came: list[str] = field(default_factory=list)

    def send(self, notice: Notice) -> None:
        """Take a notice."""
        if self.refusal is not None:
            raise self.refusal
        self.came.append(notice.event.kind)


@dataclass
class Desk:
    """Operations with people who are told, and a clock that the test sets."""

    notices: Notices
    boxes: list[Box]
    operations: MemoryOperations = field(default_factory=MemoryOperations)
    schedules: MemorySchedules = field(default_factory=MemorySchedules)
    time: datetime = NOON

    def __post_init__(self) -> None:
        """Have an operation."""
        self.operations.begin(an_operation(self.operations.push(a_revision(), "")))
        self.noticing = Noticing(self.operations, self.schedules, self.notices, self.boxes, lambda: self.time)

    def waits(self, hours: float = 24) -> None:
        until = (self.time + timedelta(hours=hours)).isoformat()
        needed = ConsentNeeded(approvals=1, reasons=("grade 6",), plan=PLAN, until=until)
        self.operations.change("op-1", lambda op: changes.awaiting(op, needed, self.time))

    def fails(self, state: OperationState = OperationState.FAILED) -> None:
        why = Failure(code="refused", message="no room")
        self.operations.change("op-1", lambda op: changes.ended(op, state, self.time, why))

    def look(self, **later: float) -> int:
        self.time += timedelta(**later)
        return self.noticing.look()


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    boxes = [Box("https://one.example"), Box("smtp://two.example")]
    if request.param == "memory":
        yield Desk(MemoryNotices(), boxes)
        return
    url = f"sqlite:///{tmp_path}/service.sqlite"
    if request.param == "postgresql":
        url = emptied(request.getfixturevalue("postgres"))
    database = ServiceDatabase(url)
    database.prepare()
    yield Desk(SqlNotices(database), boxes)
    database.close()


def test_consent_is_asked_for_once_and_again_before_it_expires(desk: Desk) -> None:
    desk.waits(hours=24)

    assert [desk.look(), desk.look(), desk.look(hours=21)] == [2, 0, 0]
    assert [desk.look(hours=1.5), desk.look()] == [2, 0]
    assert [box.came for box in desk.boxes] == [["consent-asked", "consent-expires"]] * 2


@pytest.mark.parametrize("state", [OperationState.FAILED, OperationState.HELD])
def test_what_went_wrong_is_told_and_old_troubles_are_not(desk: Desk, state: OperationState) -> None:
    desk.fails(state)

    assert [desk.look(days=2), desk.look()] == [0, 0]
    desk.fails(state)
    assert [desk.look(), desk.look()] == [2, 0]


def test_each_time_of_a_schedule_that_came_to_nothing_is_told(desk: Desk) -> None:
    made = Schedule(
        id="s-1",
        name="nightly",
        environment="lab",
        environment_id="lab-1",
        kind="verify",
        cron="0 3 * * *",
        zone="UTC",
        actor=LI,
        actor_kind=ActorKind.PERSON,
        created=NOON.isoformat(),
        last=NOON.isoformat(),
        trouble="it is still running",
    )
    desk.schedules.put(made, None)

    assert [desk.look(), desk.look()] == [2, 0]
    desk.schedules.put(made.changed(last=(NOON + timedelta(minutes=1)).isoformat()), made)
    assert desk.look() == 2


def test_who_does_not_answer_is_tried_later_and_later_then_the_others_are_told(desk: Desk) -> None:
    away, there = desk.boxes
    away.refusal = TryLater("nobody answers")
    desk.waits(hours=400)

    assert desk.look() == 1
    assert desk.look(seconds=SOONEST.total_seconds() - 1) == 0
    for number in range(1, TRIES):
        assert desk.look(seconds=2 * SOONEST.total_seconds() * 2 ** (number - 1)) == 0

    assert desk.notices.lost() == {away.address: 1}
    assert [desk.look(), desk.look()] == [1, 0]
    assert there.came == ["consent-asked", "notice-refused"]
    away.refusal = None
    assert desk.look(hours=5) == 0  # it never comes late


def test_a_refusal_is_told_to_the_others_at_once(desk: Desk) -> None:
    closed, there = desk.boxes
    closed.refusal = Refused("HTTP 410")
    desk.waits()

    assert [desk.look(), desk.look(), desk.look()] == [1, 1, 0]
    assert there.came == ["consent-asked", "notice-refused"]


def test_a_try_whose_process_died_is_made_again_and_by_one_alone(desk: Desk) -> None:
    notice, address = "op-1/1/asked", "https://one.example"
    assert desk.notices.claim(notice, address, desk.time) == 1  # and then it died

    desk.waits()
    assert desk.look() == 1
    assert desk.look(seconds=UNDER_WAY.total_seconds() + 1) == 1
    assert [box.came for box in desk.boxes] == [["consent-asked"]] * 2


def test_nobody_is_told_where_no_address_was_named(desk: Desk) -> None:
    desk.waits()
    desk.boxes.clear()

    assert desk.look() == 0
