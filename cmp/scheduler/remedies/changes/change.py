"""Defines a change of an environment, how much effort it takes, and knobs: changes with a free amount."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple, Protocol

from cmp.model.environment import Environment
from cmp.sentences import Sentence


class ChangeKind(StrEnum):
    """What is changed, in order of effort: first what is decided at a desk, last what weakens a promise.

    The order is the product's own judgement, not a standard: a line of policy, a wish, an image, what shares
    what, limits that somebody stated, another's comfort, then configuration of a cloud, cables, hosts, an
    assessment (等保测评), and at the end a lower recovery grade.
    """

    QUOTA = "quota"
    REQUIRE = "require"
    IMAGE = "image"
    SPREAD = "spread"
    RTT = "rtt"
    RATE = "rate"
    REPLICAS = "replicas"
    YIELD = "yield"
    ZONE = "zone"
    LINK = "link"
    CONNECT = "connect"
    HOSTS = "hosts"
    LEVEL = "level"
    GRADE = "grade"


RANK = {kind: number for number, kind in enumerate(ChangeKind, start=1)}
"""Place of each kind in the order of effort."""


class ChangeEffort(NamedTuple):
    """How much a change takes: changes compare by how many, kinds, amounts, then by name."""

    ranks: tuple[int, ...]
    amounts: tuple[int, ...]
    subjects: tuple[str, ...]


class Change(Protocol):
    """One change of an environment, a frozen value; `amount` counts within its kind."""

    kind: ClassVar[ChangeKind]

    @property
    def amount(self) -> int:
        """How much is changed, in the unit of its kind."""
        ...

    @property
    def subject(self) -> str:
        """What is changed: a pool, `workload/component`, a cloud."""
        ...

    def apply(self, environment: Environment) -> Environment:
        """The environment with the change."""
        ...

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        ...


@dataclass(frozen=True, slots=True)
class Knob:
    """A change with a free amount; `amounts` ascend, and more is taken to help whatever less helps."""

    kind: ChangeKind
    subject: str
    amounts: Sequence[int]
    make: Callable[[int], Change]

    @property
    def most(self) -> Change:
        """The change at its largest amount."""
        return self.make(self.amounts[-1])

    @property
    def key(self) -> tuple[int, str]:
        """What orders knobs, and tells them apart."""
        return RANK[self.kind], self.subject


def once(change: Change) -> Knob:
    """A knob for a change that is made or not."""
    return Knob(change.kind, change.subject, (change.amount,), lambda _: change)


def effort(changes: Sequence[Change]) -> ChangeEffort:
    """The effort of changes made together."""
    return ChangeEffort(
        (len(changes), *sorted(RANK[change.kind] for change in changes)),
        tuple(change.amount for change in changes),
        tuple(change.subject for change in changes),
    )


def applied(changes: Sequence[Change], environment: Environment) -> Environment:
    """The environment with all changes, one after the other."""
    for change in changes:
        environment = change.apply(environment)
    return environment
