"""Describes policy.yaml (frameworks, weights, rules, waivers, quotas) and calendars.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from cmp.model.base import Count, Day, Document, Fact, Id, Positive, Quantity
from cmp.model.takeover import TakeoverChanges
from cmp.model.texts import Device, Span, Words
from cmp.model.when import days_of

TEN_YEARS: Final = 3650
"""Days that no order takes."""


class RuleLevel(StrEnum):
    """What a finding does: stop the change, be shown, or nothing."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Framework(Document):
    """Which versions of standards and assumptions are read; each names a file of policy data."""

    recovery_grades: Id = "gbt-20988-2007"
    """The edition of the recovery grades."""
    protection: Id = "gbt-22239-2019"
    """The edition of the protection levels."""
    takeover: Id = "takeover-2026"
    """The times that steps of a takeover take."""


Weight = Annotated[Quantity, Field(le=1e6)]
"""What one unit of a part of the objective counts, in points."""


class Objective(Document):
    """Weights of the objective's parts; a move has to earn its one-off cost within `payback_hours`."""

    facility_watts: Weight = 1.0
    """Points for a watt of facility power."""
    cost: Weight = 0.3
    """Points for a CNY an hour."""
    balance: Weight = 0.2
    """Points for each percentage point that the fullest pool is above the mean, for vCPU, memory and disk."""
    move: Weight = 1.0
    """Points for a minute of moving an hour: its minutes are spread over `payback_hours`."""
    chip_preference: Weight = 0.1
    """Points for each replica on a chip that was not wished for."""
    payback_hours: Annotated[Quantity, Field(ge=0.0001, le=1e6)] = 24
    """Within how many hours a move has to earn what it costs once."""
    headroom_percent: Annotated[Quantity, Field(le=50)] = 5
    """What is kept free on every pool after the worst failure, where there is room elsewhere."""


def _above_zero(fact: Fact) -> Fact:
    if fact.milli < 1:
        raise ValueError("must be at least 0.001")
    return fact


def _within_ten_years(fact: Fact) -> Fact:
    if fact.value > TEN_YEARS:
        raise ValueError(f"must be at most {TEN_YEARS} days, ten years")
    return fact


class Moving(Document):
    """What a move takes that an estate does not say; each figure is assumed until somebody measures it."""

    host_link_gbps: Annotated[Fact, AfterValidator(_above_zero)] = Fact(value=10)
    """What a host sends and receives, in Gbit/s; a live migration takes 70 % of it. 10: the usual port."""
    center_network_gbps: Annotated[Fact, AfterValidator(_above_zero)] = Fact(value=25)
    """What goes from one pool to another of its center, in Gbit/s, of which 70 % are taken."""
    dirty_mib_per_second: Fact = Fact(value=50)
    """Memory that a running server writes anew each second, in MiB; a live migration sends it again."""
    downtime_limit_ms: Fact = Fact(value=500)
    """How long a live migration may stop a server for its last pages; 500 is what Nova is shipped with."""
    image_gib: Fact = Fact(value=4)
    """What has to be fetched before a replica starts where it never ran."""
    boot_seconds: Fact = Fact(value=120)
    """Seconds from the start of a server or container until it answers."""
    local_disks: bool = True
    """Servers' disks lie in their hosts, as capacity counts them, and go with them; False: shared storage."""


class Purchasing(Document):
    """What buying takes; assumed until somebody looked up the last orders."""

    lead_days: Annotated[Fact, AfterValidator(_within_ten_years)] = Fact(value=120)
    """Days from an order until hosts carry load: tender, delivery, acceptance. 120: four months."""
    most_hosts: Positive = 64
    """The most hosts a pool may grow by before one stops asking how many would do."""


class RuleSetting(Document):
    """The level of one rule in this environment."""

    id: Id
    """The rule."""
    level: RuleLevel
    """What a finding of it does: stop the change, be shown, or nothing."""


class Waiver(Document):
    """An exception that somebody owns and that ends."""

    rule: Id
    """The rule it excepts from."""
    resource: Words
    """The resource it holds for."""
    reason: Words
    """Why."""
    owner: Id
    """Who answers for it."""
    until: Day
    """The last day it holds."""


class Quota(Document):
    """The most that one owner's workloads may claim, in normal time and after every failure."""

    owner: Id
    """Whose workloads."""
    vcpus: Count | None = None
    """vCPUs; left out: any number."""
    memory_gib: Count | None = None
    """Memory in GiB; left out: any."""
    disk_gib: Count | None = None
    """Disk in GiB; left out: any."""
    accelerators: Mapping[Device, Count] = Field(default_factory=dict)
    """Cards, by the id of their chip."""


class Policy(Document):
    """The content of policy.yaml."""

    framework: Framework = Framework()
    """Which editions of standards and assumptions bind."""
    objective: Objective = Objective()
    """What is weighed against what."""
    moving: Moving = Moving()
    """What moves take."""
    takeover: TakeoverChanges = TakeoverChanges()
    """Times of takeovers that replace those of the framework."""
    purchasing: Purchasing = Purchasing()
    """What buying takes."""
    rules: tuple[RuleSetting, ...] = ()
    """The level of single rules here."""
    waivers: tuple[Waiver, ...] = ()
    """Exceptions that somebody owns and that end."""
    quotas: tuple[Quota, ...] = ()
    """What owners may claim at most."""


def _dated(spans: tuple[str, ...]) -> tuple[str, ...]:
    days_of(spans)
    return spans


class Calendar(Document):
    """A movable feast or the official working days, as dated lists."""

    id: Id
    """Its id."""
    dates: Annotated[tuple[Span, ...], AfterValidator(_dated)]
    """Days `YYYY-MM-DD`, or spans `YYYY-MM-DD..YYYY-MM-DD`."""

    @cached_property
    def days(self) -> frozenset[date]:
        """Every date it names."""
        return days_of(self.dates)
