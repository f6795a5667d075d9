"""Defines the journal of a move that is under way: where each host stands, by which token, what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field

from cmp.model.base import Document, Id
from cmp.model.migration import Phase


class HostStanding(StrEnum):
    """Where one host stands in one phase."""

    WAITING = "waiting"
    ARMING = "arming"
    """Written before the host is asked: after a crash it may be untouched, armed, or already back."""
    SWITCHED = "switched"
    CONFIRMING = "confirming"
    """Written before the confirmation: after a crash the host knows whether it got it."""
    CONFIRMED = "confirmed"
    REVERTED = "reverted"

    @property
    def is_open(self) -> bool:
        """True while only the host knows how it stands."""
        return self in {HostStanding.ARMING, HostStanding.SWITCHED, HostStanding.CONFIRMING}


class Direction(StrEnum):
    """Onto the extranet, or back to the old network."""

    FORWARD = "forward"
    BACK = "back"


class MoveState(StrEnum):
    """Where a move stands."""

    UNDER_WAY = "under-way"
    STOPPED = "stopped"
    """A wave failed: its hosts are back, the waves before it stay."""
    DONE = "done"
    TAKEN_BACK = "taken-back"


SAID = 4
"""How many findings of a kind are told in one line."""


class Looked(StrEnum):
    """What is looked at and asked for by others again: a check is found by this name, whatever it says."""

    REACHABILITY = "reachability"
    PATHS = "path MTU and bulk TCP"
    LEAKS = "leaks"
    CLASS_RATES = "class rates"
    PUBLISHED = "names lead to the new addresses"
    LEFT = "no name leads to an old address"
    BACK = "names lead to the old addresses again"


class Check(Document):
    """One thing that was looked at after a switch."""

    name: str
    ok: bool
    said: str = ""

    @classmethod
    def found(cls, name: str, wrong: Sequence[str], well: str) -> Self:
        """A check that is green where nothing is wrong, and else tells the first findings."""
        if not wrong:
            return cls(name=name, ok=True, said=well)
        more = f"; and {len(wrong) - SAID} more" if len(wrong) > SAID else ""
        return cls(name=name, ok=False, said="; ".join(wrong[:SAID]) + more)


class HostEntry(Document):
    """One host in one phase and direction, with the token that only its confirmation knows."""

    phase: Phase
    wave: Id
    host: Id
    direction: Direction = Direction.FORWARD
    token: str = ""
    standing: HostStanding = HostStanding.WAITING
    said: str = ""

    @property
    def key(self) -> tuple[Phase, str, Direction]:
        """The stage that it is of."""
        return self.phase, self.wave, self.direction


class Stage(Document):
    """One phase of one wave: the hosts of it that must all be confirmed before the next begins."""

    phase: Phase
    wave: Id
    direction: Direction
    checks: tuple[Check, ...] = ()
    began: str = ""
    ended: str = ""

    @property
    def key(self) -> tuple[Phase, str, Direction]:
        """What makes it this stage of its journal."""
        return self.phase, self.wave, self.direction


class MigrationJournal(Document):
    """What was done of a plan; written before and after everything that changes a host."""

    version: Literal[1] = 1
    id: Id
    environment: str
    network: Id
    plan: str
    began: str
    place: str
    """`lab`, `rehearsal`, or `real`."""
    state: MoveState = MoveState.UNDER_WAY
    entries: tuple[HostEntry, ...] = ()
    stages: tuple[Stage, ...] = ()
    steps: tuple[Check, ...] = ()
    """What the steps around the hosts' own phases were left by, such as the names."""
    loss_ms: Mapping[str, float] = Field(default_factory=dict)
    """Interruption by stream kind in milliseconds, the worst stream of each."""
    measured: Mapping[str, float] = Field(default_factory=dict)

    def of(self, stage: Stage) -> tuple[HostEntry, ...]:
        """The entries of one stage."""
        return tuple(entry for entry in self.entries if entry.key == stage.key)

    def standings(self, stage: Stage) -> list[str]:
        """Where the hosts of one stage stand, each standing once, in order."""
        return sorted({str(entry.standing) for entry in self.of(stage)})

    def known(self, stage: Stage) -> Stage:
        """What the journal knows of a stage by now.

        Raises:
            KeyError: it is none of this journal.
        """
        return {each.key: each for each in self.stages}[stage.key]

    def marked(self, stage: Stage, marks: Mapping[str, tuple[HostStanding, str]]) -> Self:
        """The journal with the standing of some hosts of a stage changed."""
        entries = tuple(
            entry.model_copy(update={"standing": marks[entry.host][0], "said": marks[entry.host][1]})
            if entry.key == stage.key and entry.host in marks
            else entry
            for entry in self.entries
        )
        return self.model_copy(update={"entries": entries})

    def with_tokens(self, stage: Stage, tokens: Mapping[str, str]) -> Self:
        """The journal with new tokens for some hosts of a stage, which are then being armed."""
        entries = tuple(
            entry.model_copy(
                update={"token": tokens[entry.host], "standing": HostStanding.ARMING, "said": ""}
            )
            if entry.key == stage.key and entry.host in tokens
            else entry
            for entry in self.entries
        )
        return self.model_copy(update={"entries": entries})

    def step(self, name: str) -> Check | None:
        """What is known of a step around the hosts' phases; None where it was never begun."""
        return next((check for check in self.steps if check.name == name), None)

    def stepped(self, check: Check) -> Self:
        """The journal with what is known of a step replaced."""
        others = tuple(each for each in self.steps if each.name != check.name)
        return self.model_copy(update={"steps": (*others, check)})

    def noted(self, stage: Stage) -> Self:
        """The journal with what is known of a stage replaced."""
        stages = tuple(stage if each.key == stage.key else each for each in self.stages)
        return self.model_copy(update={"stages": stages})


class Fired(Document):
    """A host type whose way back was tried: switched, never confirmed, it had to go back by itself."""

    host: Id
    kind: str
    manager: str
    exact: bool
    seconds_after_deadline: float
    said: str = ""


class Rehearsal(Document):
    """What a plan did in a copy of the network; `plan` is the hash it was made for."""

    version: Literal[1] = 1
    environment: str
    network: Id
    plan: str
    ended: str
    passed: bool
    fired: tuple[Fired, ...]
    journal: MigrationJournal
    checks: tuple[Check, ...] = ()
    reasons: tuple[str, ...] = ()


class Verification(Document):
    """What was found when a move was verified."""

    version: Literal[1] = 1
    environment: str
    network: Id
    plan: str
    journal: str
    at: str
    checks: tuple[Check, ...]
    measured: Mapping[str, float] = Field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every check is green."""
        return all(check.ok for check in self.checks)
