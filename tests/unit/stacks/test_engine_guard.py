from __future__ import annotations

import pytest

from cmp.errors import Refused
from cmp.model.events import Operation, ResourceChange
from stacks.engine.guard import Agreement, reasons_to_ask, require_agreement
from stacks.engine.results import Changes, StackResult
from stacks.names import Project, StackName


def changes(**counts: int) -> tuple[ResourceChange, ...]:
    return tuple(
        ResourceChange(Operation(operation), "network", f"{operation}-{number}")
        for operation, count in counts.items()
        for number in range(count)
    )


def a_server(operation: Operation = Operation.DELETE, **tags: str) -> ResourceChange:
    return ResourceChange(
        operation,
        "server",
        "marriage-db-1",
        tags={key.replace("_", "-"): value for key, value in tags.items()},
    )


def a_preview(planned: tuple[ResourceChange, ...], center: str = "bj-a") -> StackResult:
    return StackResult(StackName(Project.WORKLOADS, "lab", center), Changes.count(planned), planned)


def test_a_fifth_of_a_stack_may_go_without_asking() -> None:
    assert reasons_to_ask(changes(delete=2, same=8)) == ()


def test_more_than_a_fifth_of_a_stack_is_asked_about() -> None:
    assert reasons_to_ask(changes(delete=3, same=8)) == ("more than 20 % of the stack",)


def test_a_replacement_counts_as_a_deletion() -> None:
    assert reasons_to_ask(changes(replace=2, delete=1, same=8)) == ("more than 20 % of the stack",)


def test_what_is_created_does_not_make_the_stack_larger() -> None:
    assert reasons_to_ask(changes(delete=3, same=8, create=100)) == ("more than 20 % of the stack",)


def test_a_first_creation_is_not_asked_about() -> None:
    assert reasons_to_ask(changes(create=40)) == ()


def test_one_resource_that_carries_data_is_asked_about() -> None:
    planned = (*changes(same=99), a_server(carries_data="yes", grade="2"))

    assert reasons_to_ask(planned) == ("carries data",)


@pytest.mark.parametrize("grade", ["5", "6"])
def test_one_resource_of_a_high_grade_is_asked_about(grade: str) -> None:
    planned = (*changes(same=99), a_server(Operation.REPLACE, grade=grade))

    assert reasons_to_ask(planned) == ("grade 5 or higher",)


def test_a_low_grade_without_data_is_not_asked_about() -> None:
    assert reasons_to_ask((*changes(same=99), a_server(grade="4", carries_data="no"))) == ()


def test_an_update_of_what_carries_data_is_not_asked_about() -> None:
    assert reasons_to_ask((a_server(Operation.UPDATE, carries_data="yes", grade="6"),)) == ()


def test_the_refusal_names_stack_counts_reasons_and_resources() -> None:
    preview = a_preview((*changes(same=3), a_server(carries_data="yes")))

    with pytest.raises(Refused) as refusal:
        require_agreement([preview])

    assert str(refusal.value) == (
        "workloads/lab.bj-a would delete 1 of 4 resources (more than 20 % of the stack, carries data): "
        "server marriage-db-1"
    )
    assert "--allow-delete 1" in refusal.value.hint


def test_the_number_of_deletions_agreed_to_must_cover_all_stacks_that_ask() -> None:
    previews = [a_preview(changes(delete=3)), a_preview(changes(delete=2), "bj-b")]

    with pytest.raises(Refused):
        require_agreement(previews, Agreement(deletions=4))
    require_agreement(previews, Agreement(deletions=5))


def test_a_typed_name_agrees_to_its_own_stack_only() -> None:
    previews = [a_preview(changes(delete=3)), a_preview(changes(delete=2), "bj-b")]

    with pytest.raises(Refused, match=r"^workloads/lab\.bj-b would delete 2 of 2"):
        require_agreement(previews, Agreement(stacks=frozenset({"workloads/lab.bj-a"})))


def test_an_environment_that_vanished_does_not_empty_its_stacks() -> None:
    with pytest.raises(Refused, match="would delete 30 of 30 resources"):
        require_agreement([a_preview(changes(delete=30))])
