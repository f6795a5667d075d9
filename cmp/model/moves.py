"""Defines proposed moves as documents: where things stand, steps, what they cost and earn, the way back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from cmp.model.base import Count, Document, Id, Positive, Quantity
from cmp.model.recovery import Role


class StepKind(StrEnum):
    """What one step does."""

    MIGRATE = "migrate"
    """One server goes to another host of its pool; live where `Step.live`."""
    TRANSFER = "transfer"
    """One replica of a row goes to another pool: started there, then ended here. Carried out by a Plan."""
    POWER_OFF = "power-off"
    """An empty host is switched off; on OpenStack its compute service is disabled."""
    POWER_ON = "power-on"
    """A host is switched on again and takes servers once it has booted."""


class Purpose(StrEnum):
    """Why something is to move."""

    REBALANCE = "rebalance"
    MAINTAIN = "maintain"


class Basis(StrEnum):
    """What a proposal knows of hosts: what the clouds list, or only the packing of the applied Plan."""

    CLOUDS = "clouds"
    PLAN = "plan"


class Standing(Document):
    """One server on a host of its pool, as its cloud lists it; hosts of a pool are numbered from 1."""

    cloud: Id
    pool: Id
    host: Positive
    server: Annotated[str, Field(min_length=1)]
    workload: Id
    component: Id
    role: Role


class Step(Document):
    """One thing to do, in order of `number` (from 1).

    `pool` and `host` are where the server stands, or the host that is switched. A migration goes to host `to`
    of the same pool; a transfer to pool `to_pool` (host `to` where it is known). Workload, component and role
    are None for a host. `mib` is what has to be carried, `seconds` the estimated time it takes.
    """

    number: Positive
    kind: StepKind
    cloud: Id
    pool: Id
    host: Positive
    to: Positive | None = None
    to_pool: Id | None = None
    server: str | None = None
    workload: Id | None = None
    component: Id | None = None
    role: Role | None = None
    live: bool = True
    """False where the server stops for it: another pool, or memory that changes faster than it is copied."""
    mib: Annotated[int, Field(ge=0)] = 0
    seconds: Quantity = 0


class Cost(Document):
    """Minutes a move takes: on the link, of downtime, of a recovery point not kept meanwhile."""

    link_minutes: Quantity = 0
    downtime_minutes: Quantity = 0
    exposure_minutes: Quantity = 0

    @property
    def minutes(self) -> float:
        """All of them: what the objective's part `move` weighs."""
        return self.link_minutes + self.downtime_minutes + self.exposure_minutes


class Move(Document):
    """One move that pays back: an emptied host, or a row that goes to another pool.

    `gain` holds the objective's parts, weighted, that become smaller by it each hour (above 0 is better), and
    `gain_per_hour` their sum. `steps` are the numbers of its steps.
    """

    subject: str
    """What moves, for people: `host bj-a-hygon/4`, `tax-api/web primary from bj-a-hygon to bj-a-kunpeng`."""
    cost: Cost
    weighted_cost: Quantity
    """The move's minutes times the weight of the part `move`."""
    gain: Mapping[str, float]
    gain_per_hour: float
    break_even_hours: Quantity
    """Hours after which the gain has earned the cost."""
    steps: tuple[Positive, ...]


class MovePlan(Document):
    """An ordered proposal, feasible after each step, with a way back that was simulated beforehand."""

    environment: Id
    plan: str
    """Hash of the applied Plan it starts from."""
    target: str | None = None
    """Hash of the Plan that its transfers lead to; None where everything stays in its pool."""
    purpose: Purpose
    subject: str = ""
    """What is to be drained, as asked: `host:bj-a-hygon/2`; empty for a rebalance."""
    basis: Basis
    moves: tuple[Move, ...]
    steps: tuple[Step, ...]
    inverse: tuple[Step, ...]
    """The steps that lead back, numbered from 1."""
    before: Mapping[str, float]
    """The objective's parts, weighted, with `total`."""
    after: Mapping[str, float]
    notes: tuple[str, ...] = ()
    """What one should know: why nothing is proposed, what could not be looked at."""
    rows_total: Count = 0
    """Rows that run in normal time, to compare the moves with."""
