"""Sorts numbers by a key, in place; numba's ways to sort take several times longer to compile."""

from __future__ import annotations

from cmp.scheduler.board.arrays import I8
from cmp.scheduler.compiled import lean


@lean
def sort_by(keys: I8, items: I8) -> None:
    """Sort items by key, equal keys by item, smallest first; keys go with them (heapsort)."""
    count = items.shape[0]
    for root in range(count // 2 - 1, -1, -1):
        _sink(keys, items, root, count)
    for end in range(count - 1, 0, -1):
        _swap(keys, items, 0, end)
        _sink(keys, items, 0, end)


@lean
def distinct(items: I8) -> int:
    """Leave each of some sorted items once, at the front; how many these are."""
    count = 0
    for place in range(items.shape[0]):
        if count == 0 or items[place] != items[count - 1]:
            items[count] = items[place]
            count += 1
    return count


@lean
def _sink(keys: I8, items: I8, root: int, end: int) -> None:
    """Let an item sink until none below it is larger."""
    while 2 * root + 1 < end:
        child = 2 * root + 1
        if child + 1 < end and _is_less(keys, items, child, child + 1):
            child += 1
        if not _is_less(keys, items, root, child):
            return
        _swap(keys, items, root, child)
        root = child


@lean
def _is_less(keys: I8, items: I8, one: int, other: int) -> bool:
    return keys[one] < keys[other] or (keys[one] == keys[other] and items[one] < items[other])


@lean
def _swap(keys: I8, items: I8, one: int, other: int) -> None:
    keys[one], keys[other] = keys[other], keys[one]
    items[one], items[other] = items[other], items[one]
