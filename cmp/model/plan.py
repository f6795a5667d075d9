"""Defines the Plan: what runs where, what is reserved for which failure, its witnesses, as canonical JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cmp.model.base import Count, Document, Id, Positive, Provenance, Quantity
from cmp.model.cordon import Stood
from cmp.model.environment import Environment
from cmp.model.estate import Isa
from cmp.model.recovery import Role
from cmp.model.sealing import Sealed
from cmp.model.texts import Device
from cmp.model.wishes import Protocol


class Amounts(Document):
    """So much of each resource: thousandths of a vCPU, MiB, GiB of disk, accelerators by id."""

    vcpu_milli: int = 0
    memory_mib: int = 0
    disk_gib: int = 0
    accelerators: Mapping[Device, int] = Field(default_factory=dict)


class Placement(Document):
    """One row of a side: so many equal replicas of a component on one pool.

    `size` is what one replica takes on this pool's chip; `replicas` run in normal time and
    `replicas_on_takeover` must fit once this side takes over. A `backup` runs nothing: its `size` is the
    copy's disk, and both counts are 0.
    """

    workload: Id
    component: Id
    variant: Id | None = None
    role: Role
    pool: Id
    cloud: Id
    center: Id
    chip: Id
    isa: Isa
    image: str
    size: Amounts
    replicas: Count
    replicas_on_takeover: Count


class Reservation(Document):
    """What a pool needs after a failure on top of what runs there in normal time."""

    pool: Id
    center: Id
    failure: str
    vcpus: float
    memory_gib: float
    disk_gib: int
    accelerators: Mapping[Device, int] = Field(default_factory=dict)


class Packed(Document):
    """So many replicas of one row on one host."""

    workload: Id
    component: Id
    role: Role
    count: Positive


class HostPacking(Document):
    """What stands on one host; hosts of a pool are numbered from 1."""

    host: Positive
    rows: tuple[Packed, ...]


class Packing(Document):
    """A packing witness: the whole pool in normal time (`failure` empty), or what a failure adds to it.

    After a failure survivors stay where they are, what left is gone, and `hosts` lists only what is added.
    `stopped` lists where replicas stop of rows that shrink but do not vanish (those that give way in part).
    """

    pool: Id
    failure: str = ""
    hosts: tuple[HostPacking, ...]
    stopped: tuple[HostPacking, ...] = ()
    any_order: bool
    """True when any packing order would do, not only this one (see scheduling: packing)."""


class FirstMove(Document):
    """A server that has to change hosts inside its pool before the Plan can be carried out.

    Hosts are numbered from 1: it stands on `host` and has to stand on `to`. `minutes` is what that takes.
    """

    pool: Id
    server: Annotated[str, Field(min_length=1)]
    workload: Id
    component: Id
    role: Role
    host: Positive
    to: Positive
    minutes: Quantity

    @property
    def sentence(self) -> str:
        """Which server goes where."""
        return f"{self.server} from {self.pool}/{self.host} to {self.pool}/{self.to}"


class BeforePeak(Document):
    """Where sides stood before a peak of demand moved them; `at` is that Plan's moment (None: factor 1)."""

    at: datetime | None = None
    rows: tuple[Stood, ...]


class Takeover(Document):
    """Where a group of workloads runs after a failure: all of it in one center."""

    failure: str
    group: tuple[Id, ...]
    center: Id


class Yielding(Document):
    """A row that gives way after a failure: `replicas` is what is left of it on its pool."""

    failure: str
    workload: Id
    component: Id
    role: Role
    pool: Id
    replicas: Count


class GivingWay(Document):
    """A component that gives way to a peak of demand for the Plan's moment: what is left of its replicas."""

    workload: Id
    component: Id
    declared: Positive
    replicas: Count


class ZoneNetwork(Document):
    """The network of one zone in one cloud, with a subnet in each family."""

    center: Id
    cloud: Id
    zone: Id
    ipv4: IPv4Network
    ipv6: IPv6Network


class SecurityRule(Document):
    """One allowed flow of a security group; what is not allowed is denied. `why` names the declaration."""

    direction: Literal["ingress", "egress"]
    protocol: Protocol
    port: Annotated[int, Field(ge=1, le=65535)]
    prefix: IPv4Network | IPv6Network
    why: str


class SecurityGroup(Document):
    """The flows of one component in one cloud, in both families."""

    cloud: Id
    zone: Id
    workload: Id
    component: Id
    rules: tuple[SecurityRule, ...]


class Reason(Document):
    """Why one pool does not take a component."""

    pool: Id
    constraint: str
    message: str


class UsedFact(Document):
    """A figure that decided something: `name` is `kind:id.field`, the unit empty for a ratio."""

    name: str
    value: float
    unit: str = ""
    provenance: Provenance
    source: str | None = None
    valid_until: date | None = None


class FactGap(Document):
    """What would have been needed to know: figures that were never stated, or have expired.

    `of` names what they are missing of (ids) or the facts that expired; `workloads` are those that ask for
    fresh facts and therefore may not rest on them: whoever could only stand so is unplaced.
    """

    why: Literal["missing", "expired"]
    what: str
    of: tuple[str, ...]
    consequence: str
    workloads: tuple[Id, ...] = ()


class Unplaced(Document):
    """A component that could not be placed, with every reason per pool.

    `histogram` counts pools by the reason for which they refuse it: a constraint and, after a colon, what it
    is about (`image:arm64`). `group` is the constraint in the way of its whole group where pools fit.
    """

    workload: Id
    component: Id
    role: Role
    summary: str
    histogram: Mapping[str, Positive] = Field(default_factory=dict)
    group: str = ""
    reasons: tuple[Reason, ...]


class ObjectiveValue(Document):
    """The objective and its parts, each already weighted; `quantities` are the same in their own units.

    Watts, CNY per hour, percentage points, wishes missed, and minutes of moving per hour of payback.
    """

    total: float
    parts: Mapping[str, float]
    quantities: Mapping[str, float] = Field(default_factory=dict)


class Bound(Document):
    """A proven lower bound of the objective and the gap to it."""

    value: float
    gap: float
    method: str


class Origin(Document):
    """How a Plan came to be: everything besides the environment that it is a function of."""

    engine: str
    seed: int = 0
    effort: int | None = None
    at: datetime | None = None
    previous: str | None = None
    """Hash of the Plan it started from."""
    stopped: bool = False
    """True where a clock or a person ended the search: the same inputs need not give the same Plan then."""
    max_moves: Annotated[int, Field(exclude_if=lambda moves: not moves)] = 0
    """Servers of the Plan before that were allowed to move to save something."""


class Plan(Sealed):
    """A self-contained decision: reviewed, applied, tagged onto every resource, replayed in audits."""

    LYING: ClassVar[frozenset[str]] = frozenset({"source"})

    schema_version: Literal[1] = 1
    inputs_hash: str
    source: str
    """Where its environment is found again, only to refuse a stale Plan; no part of the hash."""
    origin: Origin
    environment: Environment
    networks: tuple[ZoneNetwork, ...]
    security_groups: tuple[SecurityGroup, ...]
    placements: tuple[Placement, ...]
    takeovers: tuple[Takeover, ...]
    yields: tuple[Yielding, ...] = ()
    before_peak: Annotated[BeforePeak | None, Field(exclude_if=lambda before: before is None)] = None
    """Where sides return to once the peak of the Plan's moment is over; None where none moved for it."""
    gives_way: tuple[GivingWay, ...] = ()
    """Who gives way to a peak at the Plan's moment; `environment` holds them as they are then."""
    reservations: tuple[Reservation, ...]
    packings: tuple[Packing, ...]
    moves_first: Annotated[tuple[FirstMove, ...], Field(exclude_if=lambda moves: not moves)] = ()
    """Servers that stand in the way inside their pools, where the Plan it started from has them."""
    unplaced: tuple[Unplaced, ...]
    objective: ObjectiveValue
    objective_before: ObjectiveValue | None = None
    """That of the Plan it started from; None for a first one."""
    facts: tuple[UsedFact, ...] = ()
    """The figures used that somebody measured or declared, or that have expired."""
    fact_counts: Mapping[str, Count] = Field(default_factory=dict)
    """How many figures were used, by provenance."""
    gaps: tuple[FactGap, ...] = ()
    bound: Bound | None = None
