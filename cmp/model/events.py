"""Defines what is told of long work, while it goes on and in previews, as values that carry no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Operation(StrEnum):
    """What happens to one resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"


class OperationPhase(StrEnum):
    """How far an operation on one resource is."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens, or would happen, to one resource; `tags` are those it had before, else its new ones.

    `retagged`: nothing of it changes but the tag that says which Plan it belongs to.
    """

    operation: Operation
    kind: str
    name: str
    fields: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    retagged: bool = False


@dataclass(frozen=True, slots=True)
class ResourceProgress:
    """One resource's operation began, ended or failed; `kind` is the resource's type, `name` its name."""

    stack: str
    operation: Operation
    kind: str
    name: str
    phase: OperationPhase


class LongWork(StrEnum):
    """LongWork that takes a while and begins in the midst of something else."""

    VERIFYING = "verifying"
    """Reachability, paths and probes of a network that has moved."""


@dataclass(frozen=True, slots=True)
class Compiling:
    """So many functions of a unit are compiled."""

    unit: str
    done: int
    of: int

    def __str__(self) -> str:
        """What a person reads."""
        return f"compiling the {self.unit}, once per machine and version: {self.done} of {self.of}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process compiles a unit, and this one waits for it."""

    unit: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"another process is compiling the {self.unit}: waiting for it"


@dataclass(frozen=True, slots=True)
class Unkept:
    """Nothing can be kept, so a unit is compiled for one process."""

    unit: str
    reason: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"the {self.unit} is compiled for this run only: {self.reason}"


@dataclass(frozen=True, slots=True)
class Damaged:
    """What was kept of a unit is not what was written."""

    unit: str
    file: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"{self.file} is damaged: the {self.unit} is compiled anew"


CompilingEvent = Compiling | Waiting | Unkept | Damaged
"""What compiling tells: it takes a while once per machine, and silence is no answer."""
