"""Defines what can be asked of a service, kind by kind: documents of what a person would type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cmp.model.base import Document

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]


class ValidateAsk(Document):
    """Read and cross-check the environment."""


class PlanAsk(Document):
    """Place everything; `previous` is the hash of the Plan to start from, `until` a horizon such as `90d`."""

    at: Name | None = None
    seed: Annotated[int, Field(ge=-(2**31), lt=2**31)] = 0
    previous: Hash | None = None
    fresh: bool = False
    effort: Amount | None = None
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    max_moves: Amount = 0
    until: Name | None = None


class ProveAsk(Document):
    """Prove what a loss does to a Plan; None: to the one at hand."""

    plan: Hash | None = None
    lose: Name = "all"
    details: bool = False
    additions: bool = True


class ExplainAsk(Document):
    """Say why a workload stands where it does, and what would help."""

    workload: Name
    component: Name | None = None
    pool: Name | None = None
    changes: bool = True


class PreviewAsk(Document):
    """Say what carrying a Plan out would change; `every`: stacks too that would only get its tag."""

    plan: Hash
    every: bool = False


class ApplyAsk(Document):
    """Carry a Plan out, under consent where its grade or its risk asks for it; then verify it."""

    plan: Hash
    partial: bool = False
    deletions: Amount = 0


class VerifyAsk(Document):
    """Compare what was applied last with what the clouds list."""
