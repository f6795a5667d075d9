"""Defines what a constraint is asked and what it answers: one component, one pool, one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

from cmp.model.cordon import Cordon
from cmp.model.environment import Environment
from cmp.model.estate import Chip, Cloud, Estate, Pool
from cmp.model.recovery import Role
from cmp.model.workload import Component, Variant, Workload
from policies.rules.values import Standpoint, Tenant


@dataclass(frozen=True, slots=True)
class Ask:
    """One way to run a component in one role; `sized_on` is the chip that its needs are stated for."""

    workload: Workload
    component: Component
    way: Variant
    role: Role
    tenant: Tenant
    sized_on: Chip

    @classmethod
    def of(cls, workload: Workload, component: Component, way: Variant, role: Role, estate: Estate) -> Ask:
        """The question for a component of an estate's environment."""
        sized_on = estate.chip[component.sized_on or estate.reference_chip]
        return cls(workload, component, way, role, Tenant.of(workload, component), sized_on)


@dataclass(frozen=True, slots=True)
class Seat:
    """A pool with all that surrounds it; `hosts` may be placed on, `cordon` says that it is drained.

    `per_card` says how many of each device one card gives.
    """

    pool: Pool
    cloud: Cloud
    chip: Chip
    center: str
    location: str
    site: Standpoint
    hosts: int
    cordon: Cordon | None = None
    per_card: Mapping[str, int] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, pool: Pool, environment: Environment) -> Seat:
        """The seat that a pool of an environment is."""
        estate = environment.estate
        cloud = estate.cloud[pool.cloud]
        location = estate.center[cloud.center].location
        return cls(
            pool,
            cloud,
            estate.chip[pool.chip],
            cloud.center,
            location,
            Standpoint.of(cloud, estate),
            len(environment.open_hosts(pool.id)),
            environment.closed.get(pool.id),
            estate.per_card,
        )


def told_apart(pool: Pool, environment: Environment) -> tuple[object, ...]:
    """What tells pools of equal hosts apart: who owns them, how data lie there, who names them."""
    named = pool.id if pool.id in environment.named_pools else ""
    return named, pool.dedicated_to, pool.page_kib, pool.collation


def owner_matters(workload: Workload, environment: Environment) -> str:
    """The owner of a workload where pools are dedicated to owners; else nothing, as all are treated alike."""
    return workload.owner if any(pool.dedicated_to for pool in environment.estate.pools) else ""


class Verdict(NamedTuple):
    """One constraint's answer; `margin` is what is left (negative: what is missing) where that is a number.

    `reason` is a code, so that equal refusals can be counted: the constraint and, after a colon, what it is
    about (`image:arm64`); `sentence` says it in full. Both are empty where it is `ok`.
    """

    name: str
    required: str
    observed: str
    ok: bool
    margin: float | None = None
    reason: str = ""
    sentence: str = ""


class Constraint(Protocol):
    """A hard constraint that depends on nothing but the component and the pool."""

    name: ClassVar[str]

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Judge one pool for one component."""
        ...
