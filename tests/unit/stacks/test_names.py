from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.model.recovery import Role
from stacks import names
from stacks.names import Project, StackName

ids = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=40)
rows = st.tuples(ids, ids, st.sampled_from(Role), ids)


def test_a_server_is_named_after_its_row_and_number() -> None:
    name = names.server("marriage-registration", "web", Role.PRIMARY, "bj-a-kunpeng", 3)

    assert name == "marriage-registration-web-primary-bj-a-kunpeng-3"


def test_a_server_name_fits_a_host_name_and_still_tells_the_workload() -> None:
    name = names.server("e-certificates-marriage" + "x" * 17, "worker", Role.WARM, "gy-c-kunpeng", 12)

    assert len(name) <= names.LONGEST_HOST_NAME
    assert name.startswith("e-certificates-marriage")


def test_rows_whose_ids_run_together_get_different_names() -> None:
    one = names.server("tax", "api-web", Role.PRIMARY, "bj-a", 1)
    other = names.server("tax-api", "web", Role.PRIMARY, "bj-a", 1)

    assert one != other
    assert other == "tax-api-web-primary-bj-a-1"


def test_a_roles_word_in_an_id_does_not_run_rows_together() -> None:
    one = names.side("a", "b", Role.PRIMARY, "c-cold-d")
    other = names.side("a", "b-primary-c", Role.COLD, "d")

    assert one != other


@given(rows, rows)
def test_different_rows_never_share_a_name(
    one: tuple[str, str, Role, str], other: tuple[str, str, Role, str]
) -> None:
    assert (names.side(*one) == names.side(*other)) is (one == other)


@given(rows, st.integers(1, 10**6))
def test_every_server_name_is_short_and_ends_in_a_letter_or_digit(
    row: tuple[str, str, Role, str], number: int
) -> None:
    name = names.server(*row, number)

    assert len(name) <= names.LONGEST_HOST_NAME
    assert name[-1].isalnum()


def test_networks_of_different_clouds_and_zones_are_told_apart() -> None:
    assert names.network("lab", "bj-a", "gov-public") != names.network("lab", "bj-a-gov", "public")


def test_a_stack_has_a_name_for_people_and_one_for_the_engine() -> None:
    stack = StackName(Project.WORKLOADS, "lab", "bj-a")

    assert str(stack) == "workloads/lab.bj-a"
    assert stack.reference == "organization/tricenter-workloads/lab.bj-a"
    assert StackName.within(Project.WORKLOADS, stack.short) == stack


@pytest.mark.parametrize("short", ["lab", "lab.", ".bj-a", ""])
def test_a_name_without_environment_or_center_is_refused(short: str) -> None:
    with pytest.raises(ValueError, match="names no stack"):
        StackName.within(Project.FOUNDATION, short)
