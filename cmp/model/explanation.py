"""Defines what an explanation says: for each pool, every constraint with what is asked and what is there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from cmp.model.base import Day, Document, Provenance, Told
from cmp.model.recovery import Role
from cmp.model.suggestion import Search, Suggestion


class Standpoint(StrEnum):
    """What a pool is to a side: where it stands, where it could stand, where it could not."""

    CHOSEN = "chosen"
    FITS = "fits"
    REFUSED = "refused"


class FactView(Document):
    """A fact that a judgement rests on: where it comes from, and the last day on which it holds."""

    what: str
    value: float
    provenance: Provenance
    source: str | None = None
    valid_until: Day | None = None


class ConstraintView(Document):
    """One constraint of one pool; `margin` is what is left (negative: missing), None without a number."""

    name: str
    required: Told
    observed: Told
    margin: float | None
    ok: bool
    reason: str = ""
    """Why it fails, as a code: the constraint and, after a colon, what it is about (`image:arm64`)."""
    message: Told = ""
    follows: str = ""
    """The constraint that refuses as well and that this refusal only follows from; empty for a cause."""
    facts: tuple[FactView, ...] = ()
    """Facts behind it, where it rests on any."""


class PoolView(Document):
    """One pool for one side of a component, judged with everything else standing as the Plan has it."""

    workload: str
    component: str
    role: Role
    pool: str
    variant: str | None
    verdict: Standpoint
    constraints: tuple[ConstraintView, ...]
    score: Mapping[str, float] = Field(default_factory=dict)
    """Where it fits: the objective's parts, weighted, with `total`, as differences to where it stands now."""
    score_facts: tuple[FactView, ...] = ()


class Alternative(Document):
    """The cheapest other pool that takes a side, with what the objective's parts, weighted, become more."""

    pool: str
    costs: Mapping[str, float]


class SideSummary(Document):
    """One side in short: where it stands, how many pools would take it, how many refuse it for which reason.

    A reason is the first constraint that fails and, after a colon, what it is about (`image:arm64`).
    """

    component: str
    role: Role
    stands: tuple[str, ...]
    fitting: int
    pools: int
    histogram: Mapping[str, int]
    cheapest: Alternative | None = None
    """Where else it would stand at least cost; None where no other pool takes it."""


class Explanation(Document):
    """Why a workload's components stand where they stand, and why not elsewhere."""

    workload: str
    pools: tuple[PoolView, ...]
    sides: tuple[SideSummary, ...]
    summary: tuple[Told, ...]
    """A sentence for each side: where it stands, or how many pools refuse it and why."""
    causes: Mapping[str, float] = Field(default_factory=dict)
    """The objective's parts, weighted, with `total`, that the workload causes: without it they were saved."""
    changes: tuple[Suggestion, ...] = ()
    """What would make it fit, each proven by planning again, in order of effort."""
    search: Search | None = None
    """How it was searched for; None where it was not."""
