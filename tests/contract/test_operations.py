"""Whoever keeps operations behaves the same: in memory, and durably on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.address_stores import a_postgres, emptied
from support.needs import needs
from support.service_parts import (
    LI,
    NOON,
    PLAN,
    WANG,
    ZHAO,
    Carrying,
    a_revision,
    an_operation,
    answered,
    cancel,
    driving,
    prepared,
    resume,
    state_of,
    until_cancelled,
)

from cmp.errors import Conflict, Refused, Stale
from cmp.model.operations import ConsentGiven, OperationRecord, OperationState, StepState
from cmp.operations import changes
from cmp.operations.database import ServiceDatabase
from cmp.operations.durable import DurableOperations
from cmp.operations.memory import MemoryOperations
from cmp.ports.operations import Carried, Operations, Wanted
from cmp.workflows.consent import Policy
from lab.processes import wait_until
from toolchain.system_packages import POSTGRES

S = OperationState
POSTGRESQL = pytest.param("postgresql", marks=needs(POSTGRES, root=False))
SOON = 30
STEPS = ["foresee", "apply", "verify"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with a_postgres() as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Operations]:
    if request.param == "memory":
        yield (memory := MemoryOperations())
        memory.stop()
        return
    shared = request.param == "postgresql"
    url = emptied(request.getfixturevalue("postgres")) if shared else f"sqlite:///{tmp_path}/service.sqlite"
    database = ServiceDatabase(url)
    operations = DurableOperations(database, "here")
    operations.prepare()
    yield operations
    operations.stop()
    database.close()


def reaches(kept: Operations, *states: OperationState, name: str = "op-1") -> OperationRecord:
    """The operation once it is in one of these states."""
    assert wait_until(lambda: state_of(kept, name) in states, SOON, pause=0.05), kept.found(name)
    found = kept.found(name)
    assert found is not None
    return found


def consents(
    kept: Operations, who: str, *, agreed: bool = True, now: timedelta = timedelta()
) -> OperationRecord:
    given = ConsentGiven(by=who, at=NOON.isoformat(), agreed=agreed, plan=PLAN)
    return kept.change("op-1", lambda op: changes.consented(op, given, NOON + now), carry_on=True)


def test_an_operation_is_carried_out_once_step_by_step(kept: Operations) -> None:
    carrier = Carrying()
    revision = prepared(kept)
    kept.start(driving(kept, carrier))

    first, again = (kept.begin(an_operation(revision)) for _ in range(2))

    done = reaches(kept, S.DONE)
    assert first.id == again.id
    assert carrier.done == [("op-1", step) for step in STEPS]
    assert [(each.name, each.state, each.starts) for each in done.steps] == [
        (name, StepState.DONE, 1) for name in ("foresee", "consent", "apply", "verify")
    ]
    assert kept.kept(done.answer) == b"{}"
    assert kept.counts() == {("apply", "done"): 1}


def test_a_key_used_for_another_request_is_a_conflict(kept: Operations) -> None:
    revision = prepared(kept)
    kept.begin(an_operation(revision))

    with pytest.raises(Conflict, match="another request"):
        kept.begin(an_operation(revision, request="1"))


def test_what_waits_when_the_service_begins_is_carried_out(kept: Operations) -> None:
    carrier = Carrying()
    revision = prepared(kept)
    kept.begin(an_operation(revision))
    assert state_of(kept) is S.QUEUED

    kept.start(driving(kept, carrier))

    reaches(kept, S.DONE)
    assert len(carrier.done) == len(STEPS)


def test_events_have_numbers_without_a_gap(kept: Operations) -> None:
    revision = prepared(kept)
    kept.start(driving(kept, Carrying()))
    kept.begin(an_operation(revision))
    reaches(kept, S.DONE)
    assert wait_until(lambda: kept.told("op-1")[-1].event.kind == "operation-ended", SOON, pause=0.05)

    every = kept.told("op-1")

    assert [each.number for each in every] == list(range(1, len(every) + 1))
    assert kept.told("op-1", after=3) == every[3:]
    assert kept.told("op-1", after=3, limit=1) == every[3:4]


def test_a_plan_of_a_high_grade_waits_for_somebody_else_who_agrees(kept: Operations) -> None:
    carrier = Carrying()
    revision = prepared(kept, grade=6)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(revision))
    waiting = reaches(kept, S.WAITING)

    for behind in (LI, ZHAO):
        with pytest.raises(Refused, match="behind the request"):
            consents(kept, behind)

    assert waiting.needed is not None
    assert waiting.needed.reasons == ("grade 6",)
    assert carrier.done == [("op-1", "foresee")]
    consents(kept, WANG)
    done = reaches(kept, S.DONE)
    assert carrier.done == [("op-1", step) for step in STEPS]
    assert [each.by for each in done.consents] == [WANG]
    with pytest.raises(Conflict, match="waits for nobody"):
        consents(kept, "local#sun")


def test_deletions_of_a_high_grade_ask_for_two_persons(kept: Operations) -> None:
    deleting = {"results": [{"changes": {"delete": 2, "replace": 1}}]}
    carrier = Carrying({"foresee": lambda _task, _cancelled: answered(deleting)})
    revision = prepared(kept, grade=5)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(revision))
    waiting = reaches(kept, S.WAITING)

    consents(kept, WANG)
    with pytest.raises(Refused, match="two persons"):
        consents(kept, WANG)

    assert waiting.needed is not None
    assert waiting.needed.reasons == ("grade 5", "3 deletions")
    assert state_of(kept) is S.WAITING
    consents(kept, "local#sun")
    reaches(kept, S.DONE)


def test_whoever_rejects_it_ends_it(kept: Operations) -> None:
    carrier = Carrying()
    revision = prepared(kept, grade=6)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(revision))
    reaches(kept, S.WAITING)

    refused = consents(kept, WANG, agreed=False)

    assert refused.state is S.REFUSED
    assert ("op-1", "apply") not in carrier.done


def test_consent_that_is_not_good_any_more_is_not_used(kept: Operations) -> None:
    left = {WANG}
    policy = Policy(may_approve=lambda who, _environment: who in left)
    carrier = Carrying()
    revision = prepared(kept, grade=6)
    kept.start(driving(kept, carrier, policy))
    kept.begin(an_operation(revision))
    reaches(kept, S.WAITING)
    with pytest.raises(Refused, match="waited until"):
        consents(kept, WANG, now=timedelta(days=2))

    left.clear()
    consents(kept, WANG)

    failed = reaches(kept, S.FAILED)
    assert failed.failure is not None
    assert "may not approve any more" in failed.failure.message
    assert ("op-1", "apply") not in carrier.done


def test_it_is_cancelled_only_when_nothing_works_any_more(kept: Operations) -> None:
    carrier = Carrying({"apply": until_cancelled})
    revision = prepared(kept)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(revision))
    assert wait_until(lambda: ("op-1", "apply") in carrier.done, SOON, pause=0.05)
    seen: list[bool] = []

    asked = cancel(kept)

    assert asked.state is S.CANCELLING
    cancelled = reaches(kept, S.CANCELLED)
    seen.append(bool(carrier.working))
    assert seen == [False]
    assert cancelled.step("apply") is not None
    carrier.acts.clear()
    resume(kept)
    reaches(kept, S.DONE)
    assert [step for _, step in carrier.done] == ["foresee", "apply", "apply", "verify"]


def test_what_waits_for_consent_is_cancelled_at_once(kept: Operations) -> None:
    revision = prepared(kept, grade=6)
    kept.start(driving(kept, Carrying()))
    kept.begin(an_operation(revision))
    reaches(kept, S.WAITING)

    assert cancel(kept).state is S.CANCELLED
    with pytest.raises(Conflict):
        consents(kept, WANG)


def test_a_step_whose_process_dies_three_times_is_held(kept: Operations) -> None:
    carrier = Carrying({"apply": lambda _task, _cancelled: Carried(died="exit code -9")})
    revision = prepared(kept)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(revision))

    held = reaches(kept, S.HELD)

    assert held.failure is not None
    assert "died 3 times" in held.failure.message
    assert [step for _, step in carrier.done].count("apply") == 3
    carrier.acts.clear()
    resume(kept)
    reaches(kept, S.DONE)


def test_a_process_that_dies_once_costs_nothing(kept: Operations) -> None:
    ends = iter([Carried(died="exit code -9"), answered(), Carried(died="exit code -9"), answered()])
    carrier = Carrying(dict.fromkeys(("apply", "verify"), lambda _task, _cancelled: next(ends)))
    revision = prepared(kept)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(revision))

    done = reaches(kept, S.DONE)

    assert [(each.name, each.starts) for each in done.steps if each.starts > 1] == [
        ("apply", 2),
        ("verify", 2),
    ]


def test_what_a_frozen_process_brings_too_late_is_not_taken(kept: Operations) -> None:
    revision = prepared(kept)
    kept.begin(an_operation(revision))
    first, second = driving(kept, Carrying()), driving(kept, Carrying())
    kept.change("op-1", lambda op: changes.begun_step(op, "foresee", "frozen", NOON))

    assert second.take("op-1", "foresee")

    with pytest.raises(Conflict, match="somebody else"):
        kept.change("op-1", lambda op: changes.ended_step(op, "foresee", "frozen", NOON, "late"))
    assert first.take("op-1", "foresee")
    found = kept.found("op-1")
    assert found is not None
    assert found.steps[0].output != "late"


def test_operations_of_one_environment_follow_each_other(kept: Operations) -> None:
    at_once: list[int] = []
    carrier = Carrying()

    def act(_task: object, _cancelled: Callable[[], bool]) -> Carried:
        at_once.append(len(carrier.working))
        return answered()

    carrier.acts["apply"] = act
    revision = prepared(kept)
    kept.start(driving(kept, carrier))
    for number in range(4):
        kept.begin(an_operation(revision, f"op-{number}"))

    for number in range(4):
        reaches(kept, S.DONE, name=f"op-{number}")
    assert at_once == [1, 1, 1, 1]


def test_an_older_plan_is_not_carried_out_when_its_environment_has_gone_on(kept: Operations) -> None:
    carrier = Carrying()
    first = prepared(kept, grade=6)
    kept.start(driving(kept, carrier))
    kept.begin(an_operation(first))
    reaches(kept, S.WAITING)

    kept.push(a_revision(text="name: lab\n# later\n"), first.id)
    consents(kept, WANG)

    failed = reaches(kept, S.FAILED)
    assert failed.failure is not None
    assert failed.failure.code == "stale-plan"
    assert carrier.done == [("op-1", "foresee")]


def test_a_revision_follows_the_one_it_was_made_from(kept: Operations) -> None:
    first = kept.push(a_revision(), "")
    second = kept.push(a_revision(text="two"), first.id)

    with pytest.raises(Stale, match="has revision 2"):
        kept.push(a_revision(text="three"), first.id)

    assert (first.number, second.number, second.parent) == (1, 2, first.id)
    assert kept.push(a_revision(text="two", environment_id="other"), "") == second
    assert kept.head("lab") == second
    assert kept.heads() == (second,)
    assert kept.revision("lab", first.id) == first
    assert kept.head("other") is None


def test_operations_are_listed_newest_first_page_by_page(kept: Operations) -> None:
    revision = prepared(kept)
    for number in range(5):
        moment = (NOON + timedelta(seconds=number)).isoformat()
        kept.begin(an_operation(revision, f"op-{number}", created=moment))

    first = kept.listed(Wanted(limit=2))
    rest = kept.listed(Wanted(before=first[-1].id))

    assert [each.id for each in (*first, *rest)] == ["op-4", "op-3", "op-2", "op-1", "op-0"]
    assert kept.listed(Wanted(environment="other")) == ()
    assert len(kept.listed(Wanted(state=S.QUEUED))) == 5
