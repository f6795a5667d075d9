"""The steps of a journal stand in the record of the operation that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.service_parts import NOON, a_revision, an_operation, answered, driving, prepared

from cmp.errors import Conflict
from cmp.model.happenings import Event
from cmp.model.operations import DEATHS, OperationState
from cmp.operations import changes
from cmp.operations.memory import MemoryOperations
from cmp.ports.operations import Carried, Task
from cmp.workflows.steps import in_turn
from cmp.workflows.telling import of_part


class InParts:
    """Does a part of each `apply`, and dies after it as long as it is told to."""

    def __init__(self, *deaths_after: str) -> None:
        self.deaths = list(deaths_after)

    def carry(
        self, task: Task, tell: Callable[[tuple[Event, ...]], None], cancelled: Callable[[], bool]
    ) -> Carried:
        """Carry a step out."""
        if task.step != "apply":
            return answered()
        part = self.deaths.pop(0) if self.deaths else ""
        if not part:
            return answered()
        tell((of_part(part, is_done=False), of_part(part, is_done=True)))
        return Carried(died="signal 9")


def test_a_process_that_comes_further_each_time_is_not_held() -> None:
    kept = MemoryOperations()
    revision = prepared(kept)
    made = kept.begin(an_operation(revision))
    parts = [f"part-{number}" for number in range(DEATHS + 2)]
    work = driving(kept, InParts(*parts))

    for step in work.steps("apply"):
        work.take(made.id, step)

    done = kept.found(made.id)
    assert done is not None
    assert done.state is OperationState.DONE, done
    step = done.step("apply")
    assert step is not None
    assert [each.name for each in step.parts] == parts
    assert all(each.ended for each in step.parts)


def test_what_is_begun_again_keeps_when_it_began_last() -> None:
    begun = changes.begun_step(an_operation(a_revision()), "apply", "mine", NOON)
    reached = changes.part_reached(begun, "apply", "mine", "grounds", NOON, is_done=False)
    later = NOON + timedelta(minutes=1)

    again = changes.begun_step(reached, "apply", "yours", later)
    found = changes.part_reached(again, "apply", "yours", "grounds", later, is_done=False).step("apply")

    assert found is not None
    assert [(each.began, each.ended) for each in found.parts] == [(later.isoformat(), "")]
    assert found.starts == 2


def test_who_lost_the_step_says_nothing_of_its_parts() -> None:
    begun = changes.begun_step(an_operation(a_revision()), "apply", "yours", NOON)

    with pytest.raises(Conflict, match="somebody else"):
        changes.part_reached(begun, "apply", "mine", "grounds", NOON, is_done=True)


def test_whoever_goes_on_waits_until_a_dead_process_has_lost_the_environment() -> None:
    tries = iter([Conflict("held"), Conflict("held"), None])

    def change() -> str:
        if (refusal := next(tries)) is not None:
            raise refusal
        return "done"

    assert in_turn(change) == "done"


def test_nobody_waits_for_ever() -> None:
    def change() -> str:
        raise Conflict("held")

    with pytest.raises(Conflict):
        in_turn(change, patience=0)
