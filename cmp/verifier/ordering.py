"""Orders names by what they need, with those that need each other together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence


def closure(names: Mapping[str, object], onward: Callable[[str], Sequence[str]]) -> set[str]:
    """These names and everything that can be reached from them."""
    found = set(names)
    waiting = list(names)
    while waiting:
        for name in onward(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def in_order(needs: Mapping[str, Sequence[str]]) -> list[set[str]]:
    """Sets of names that need each other, what is needed first (Kosaraju's two passes, without recursion)."""
    back: dict[str, list[str]] = defaultdict(list)
    for name, others in needs.items():
        for other in others:
            back[other].append(name)
    finished: list[str] = []
    seen: set[str] = set()
    for root in needs:
        path = [] if root in seen else [(root, iter(back[root]))]
        seen.add(root)
        while path:
            name, rest = path[-1]
            onward = next((each for each in rest if each not in seen), None)
            if onward is None:
                finished.append(name)
                path.pop()
            else:
                seen.add(onward)
                path.append((onward, iter(back[onward])))
    sets: list[set[str]] = []
    done: set[str] = set()
    for name in reversed(finished):
        if name not in done:
            members = closure({name: None}, lambda each: [need for need in needs[each] if need not in done])
            done.update(members)
            sets.append(members)
    return sets
