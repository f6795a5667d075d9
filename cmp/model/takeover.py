"""Describes what a takeover takes: dated, assumed times of its steps, which an environment may replace."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from cmp.model.base import Day, Document, Fact, Id, Title
from cmp.model.texts import Words


def _at_least_one(fact: Fact) -> Fact:
    if fact.value < 1:
        raise ValueError("must be at least 1")
    return fact


AtLeastOne = Annotated[Fact, AfterValidator(_at_least_one)]
"""A fact that something is divided by or counted in; 1 or more."""


class TakeoverTimes(Document):
    """What the steps of a takeover take; each figure is assumed until a drill has measured it."""

    id: Id
    title: Title
    source: Words
    dated: Day
    detect_seconds: Fact
    """Until two observers agree that something is lost: unreachable is not dead."""
    release_seconds: Fact
    """Until a person releases the takeover."""
    automatic_release_seconds: Fact
    """Until the rule releases it, for grades from `automatic_from_grade` on."""
    automatic_from_grade: Annotated[int, Field(ge=1, le=7)]
    """The lowest grade that a rule releases without a person; 7: none."""
    fence_seconds: Fact
    """Until the lost side can no longer write, so that nothing is written twice."""
    promote_seconds: Fact
    """Until a running replica of data takes writes."""
    restore_mib_per_second: AtLeastOne
    """How fast a cold side reads its image and its copy of the data, in MiB/s."""
    starts_at_once: AtLeastOne
    """Replicas of one workload that one cloud starts at the same time; further ones wait for these."""
    switch_seconds: Fact
    """Until users reach the new center: routes, names, load balancers."""
    ship_seconds: Fact
    """How often an asynchronous copy is sent what has changed; a synchronous one has it at once."""


class TakeoverChanges(Document):
    """Times that an environment knows better; what it does not name stays as the policy data say."""

    detect_seconds: Fact | None = None
    """Until two observers agree that something is lost."""
    release_seconds: Fact | None = None
    """Until a person releases the takeover."""
    automatic_release_seconds: Fact | None = None
    """Until the rule releases it, for grades from `automatic_from_grade` on."""
    automatic_from_grade: Annotated[int, Field(ge=1, le=7)] | None = None
    """The lowest grade that a rule releases without a person; 7: none."""
    fence_seconds: Fact | None = None
    """Until the lost side can no longer write."""
    promote_seconds: Fact | None = None
    """Until a running replica of data takes writes."""
    restore_mib_per_second: AtLeastOne | None = None
    """How fast a cold side reads its image and its copy of the data, in MiB/s."""
    starts_at_once: AtLeastOne | None = None
    """Replicas of one workload that one cloud starts at the same time."""
    switch_seconds: Fact | None = None
    """Until users reach the new center."""
    ship_seconds: Fact | None = None
    """How often an asynchronous copy is sent what has changed."""

    def of(self, times: TakeoverTimes) -> TakeoverTimes:
        """The times with these in place of theirs."""
        known = {name: getattr(self, name) for name in type(self).model_fields}
        return times.model_copy(update={name: value for name, value in known.items() if value is not None})
