"""Draws a package as a house: a folder with what is in it, or a file, is a room; imports are arrows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class House:
    """Rooms by name and the rooms that each imports from; arrows are counted once a pair of rooms."""

    arrows: dict[str, frozenset[str]]

    @property
    def rooms(self) -> tuple[str, ...]:
        """The names of all rooms, in order."""
        return tuple(sorted(self.arrows))

    @property
    def count(self) -> int:
        """How many pairs of rooms one of which imports from the other."""
        return sum(len(targets) for targets in self.arrows.values())

    @cached_property
    def floors(self) -> dict[str, int]:
        """The floor of each room: 1 for what imports no other, else one above the highest that it imports.

        Raises:
            ValueError: rooms import each other in a circle; the sentence names it.
        """
        known: dict[str, int] = {}

        def floor(room: str, way: tuple[str, ...]) -> int:
            if room in way:
                raise ValueError(f"a circle: {' -> '.join((*way[way.index(room) :], room))}")
            if room not in known:
                known[room] = 1 + max((floor(each, (*way, room)) for each in self.arrows[room]), default=0)
            return known[room]

        for room in self.rooms:
            floor(room, ())
        return known

    def drawn(self) -> str:
        """One line a floor, the highest first, as ARCHITECTURE.md shows it."""
        height = max(self.floors.values())
        by_floor = {n: [room for room in self.rooms if self.floors[room] == n] for n in range(height, 0, -1)}
        return "\n".join(f"{n:>2}  {'  '.join(rooms)}" for n, rooms in by_floor.items())


def house_of(package: Path, name: str) -> House:
    """The house of a package that lies in `package` and is imported as `name`."""
    arrows: dict[str, set[str]] = {}
    for file in sorted(package.rglob("*.py")):
        inside = file.relative_to(package)
        if inside == Path("__init__.py"):
            continue
        room = inside.parts[0].removesuffix(".py")
        arrows.setdefault(room, set()).update(_rooms_of(file, name) - {room})
    return House({room: frozenset(targets) for room, targets in arrows.items()})


def _rooms_of(file: Path, name: str) -> set[str]:
    return {
        module.removeprefix(f"{name}.").split(".")[0]
        for module in _imported(file)
        if module.startswith(f"{name}.")
    }


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
