"""Makes a resource once: takes over what an earlier run left under its mark before it makes a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cmp.clouds.base import FoundResource, Mark, Noun, Wish


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Which fields of a resource differ from the wish: `replacing` ones need a new resource."""

    updating: frozenset[str]
    replacing: frozenset[str]


Compare = Callable[[Mapping[str, Any], Wish], FieldChange]
"""Compares a state with a wish."""


def ensure(noun: Noun, wish: Wish, mark: Mark, compare: Compare) -> FoundResource:
    """Return the one resource that carries the mark and meets the wish.

    What is found is completed in place. It is removed and made anew where it failed while it was made, or
    where it differs in what only a new one can have: a resource is always deleted before it is replaced,
    so nothing else can stand under the mark.
    """
    found = noun.find(mark)
    if found is None:
        return noun.create(wish, mark)
    change = compare(found.state, wish)
    if change.replacing or not found.usable:
        noun.delete(found.id)
        return noun.create(wish, mark)
    return noun.update(found.id, wish, change.updating, mark)
