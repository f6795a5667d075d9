"""Holds an environment as it was read once: its value, what it was read from, and where everything stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from cmp.errors import Problem
from cmp.model.environment import Environment
from cmp.model.sealing import canonical
from cmp.ports.tree import Node, Place, Step, locate


@dataclass(frozen=True, slots=True)
class Loaded:
    """An environment with what it was read from.

    `sources` names every file that was read, relative to the environment's folder (policy data by its place
    in the project), with its SHA-256; `notes` are findings that are no errors. `files` are the contents of
    those that the environment, or what it extends, holds itself, by the same names.
    """

    environment: Environment
    sources: tuple[tuple[str, str], ...]
    notes: tuple[Problem, ...]
    trees: Mapping[str, Node] = field(repr=False, compare=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def revision(self) -> str:
        """SHA-256, in hex, over what is declared: the same files give the same, wherever they lie."""
        return revision_of(self.files)

    def where(self, document: str, *path: Step) -> Place:
        """The place of a value: `where("workloads", "workloads", 3, "zone")`.

        Raises:
            KeyError: the environment has no such document.
        """
        return locate(self.trees[document], path)


def revision_of(files: Mapping[str, bytes]) -> str:
    """SHA-256, in hex, over files by their names."""
    summed = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return hashlib.sha256(canonical(summed)).hexdigest()
