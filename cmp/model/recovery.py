"""Reads recovery grades as geometry: which sides a workload has, where they stand, what is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field

from cmp.model.base import Document, Id, Quantity, Title
from cmp.model.texts import Words


class Role(StrEnum):
    """What a placement is for."""

    PRIMARY = "primary"
    ACTIVE = "active"
    WARM = "warm"
    COLD = "cold"
    BACKUP = "backup"
    MEMBER = "member"

    @property
    def runs(self) -> bool:
        """True when something runs there in normal time."""
        return self in {Role.PRIMARY, Role.ACTIVE, Role.WARM, Role.MEMBER}

    @property
    def takes_over(self) -> bool:
        """True when the side can carry the whole component."""
        return self not in {Role.BACKUP, Role.MEMBER}


class Where(StrEnum):
    """A side's place, seen from the primary's center."""

    HOME = "home"
    OTHER_CENTER = "other-center"
    SAME_CITY = "same-city"
    OTHER_LOCATION = "other-location"


class FailureKind(StrEnum):
    """What can be lost; the last four are what-ifs that no grade promises."""

    CENTER = "center"
    CLOUD = "cloud"
    LOCATION = "location"
    HOST = "host"
    LINK = "link"
    CHIP = "chip"
    VENDOR = "vendor"


PROMISABLE = (FailureKind.CENTER, FailureKind.CLOUD, FailureKind.LOCATION)


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """The loss of one thing, written `center:bj-a`."""

    kind: FailureKind
    id: str

    def __str__(self) -> str:
        """The form used in Plans and on the command line."""
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `kind:id`.

        Raises:
            ValueError: there is no such kind, or no id.
        """
        kind, _, name = text.partition(":")
        if not name:
            raise ValueError(f"`{text}` names no failure: write kind:id, such as center:bj-a")
        return cls(FailureKind(kind), name)


class Side(Document):
    """One side that a grade asks for."""

    role: Role
    where: Where
    synchronous: bool = False
    """The link to the primary's center must be synchronous."""


class Grade(Document):
    """What one grade asks for and promises; objectives in minutes, None where the standard gives none."""

    grade: Annotated[int, Field(ge=1, le=6)]
    title: Title
    sides: tuple[Side, ...]
    promises: tuple[FailureKind, ...] = ()
    rto_minutes: Quantity | None = None
    rpo_minutes: Quantity | None = None
    fresh_facts: bool = False
    """Nothing of this grade rests on a figure that has expired."""


class RecoveryFramework(Document):
    """A version of a standard's recovery grades, as data."""

    id: Id
    standard: Words
    version: Words
    source: Words
    verified: bool
    grades: tuple[Grade, ...]

    @cached_property
    def _by_grade(self) -> Mapping[int, Grade]:
        return {grade.grade: grade for grade in self.grades}

    def grade(self, number: int) -> Grade:
        """The grade of that number.

        Raises:
            KeyError: the framework does not define it.
        """
        return self._by_grade[number]
