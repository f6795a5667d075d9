"""A resource is made once, however often the run is killed and started again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.ensuring import FieldChange, ensure
from cmp.clouds.memory import MemoryCloud, MemoryNoun

MARK = Mark("lab", "lab.bj-a", "0" * 32)


def by_name(state: Mapping[str, Any], wish: Wish) -> FieldChange:
    """A size is replaced, a name is changed in place."""
    replacing = {"size"} if state.get("size") != wish.get("size") else set()
    updating = {"name"} if state.get("name") != wish.get("name") else set()
    return FieldChange(frozenset(updating), frozenset(replacing))


@pytest.fixture
def noun() -> MemoryNoun:
    return MemoryNoun(MemoryCloud("twin"), "network")


def test_nothing_there_is_made(noun: MemoryNoun) -> None:
    assert ensure(noun, {"name": "a"}, MARK, by_name).state["name"] == "a"


def test_what_is_there_is_taken_over_and_brought_in_line(noun: MemoryNoun) -> None:
    left = noun.create({"name": "a"}, MARK)

    found = ensure(noun, {"name": "b"}, MARK, by_name)

    assert (found.id, found.state["name"]) == (left.id, "b")


def test_what_can_only_be_replaced_is_made_anew(noun: MemoryNoun) -> None:
    left = noun.create({"name": "a", "size": 1}, MARK)

    found = ensure(noun, {"name": "a", "size": 2}, MARK, by_name)

    assert found.id != left.id
    assert noun.read(left.id) is None


def test_another_mark_is_another_resource(noun: MemoryNoun) -> None:
    left = noun.create({"name": "a"}, MARK)

    found = ensure(noun, {"name": "a"}, Mark("lab", "lab.bj-a", "1" * 32), by_name)

    assert found.id != left.id


class FailedOnce(MemoryNoun):
    """A cloud in which what an earlier run left has failed."""

    def find(self, mark: Mark) -> FoundResource | None:
        found = super().find(mark)
        return FoundResource(found.id, found.state, usable=False) if found else None


def test_what_failed_while_it_was_made_is_removed(noun: MemoryNoun) -> None:
    failed = FailedOnce(MemoryCloud("twin"), "network")
    left = failed.create({"name": "a"}, MARK)

    found = ensure(failed, {"name": "a"}, MARK, by_name)

    assert found.id != left.id
    assert failed.read(left.id) is None
