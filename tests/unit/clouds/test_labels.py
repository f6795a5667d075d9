"""Marks are derived from URNs, and tags go to clouds and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmp.clouds.labels import (
    accelerator_class,
    chip_trait,
    from_strings,
    is_managed,
    key_of,
    labels,
    mark_of,
    to_strings,
    wished,
)

URN = "urn:pulumi:lab.bj-a::workloads::tricenter:openstack:Server::tax-web-1"
names = st.text(st.characters(exclude_characters="=,/ ", categories=("L", "N", "P")), min_size=1, max_size=20)
contents = st.text(st.characters(exclude_characters=",", categories=("L", "N", "P", "Zs")), max_size=20)


def test_a_mark_names_environment_stack_and_key() -> None:
    mark = mark_of(URN, "lab")

    assert (mark.environment, mark.stack) == ("lab", "lab.bj-a")
    assert len(mark.key) == 32
    assert mark.key != key_of(URN + "0")


def test_the_mark_goes_before_a_tag_of_the_same_name() -> None:
    mark = mark_of(URN, "lab")

    marked = labels(mark, {"urn": "mine", "plan": "abc"})

    assert marked["tricenter:urn"] == mark.key
    assert marked["tricenter:plan"] == "abc"
    assert is_managed(marked)


def test_tags_of_others_are_not_ours() -> None:
    assert not is_managed({"environment": "lab"})
    assert wished({"owner": "x", "tricenter:plan": "abc", "tricenter:image": "web:1"}) == {"plan": "abc"}


@given(st.dictionaries(names, contents))
def test_tags_as_strings_go_there_and_back(tags: dict[str, str]) -> None:
    assert from_strings(to_strings(tags)) == tags


def test_chips_and_accelerators_get_placements_spelling() -> None:
    assert chip_trait("loongson-3c6000") == "CUSTOM_CHIP_LOONGSON_3C6000"
    assert accelerator_class("ascend-910b") == "CUSTOM_ACCELERATOR_ASCEND_910B"
