"""Describes what is to run: workloads, their components, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from cmp.model.base import (
    Count,
    Document,
    Fact,
    Id,
    Level,
    Positive,
    Quantity,
    RelativePath,
    Title,
    grains_up,
)
from cmp.model.container import Contained
from cmp.model.estate import MOST_PERFORMANCE, Isa, Ownership
from cmp.model.network import Secrecy
from cmp.model.texts import Device, Image, Member, Words
from cmp.model.when import parse_when
from cmp.model.wishes import Apart, AtMost, Expose, Near, Replication, Talk


class RunsAs(StrEnum):
    """What carries a component: a virtual server or a container."""

    SERVER = "server"
    CONTAINER = "container"


class DataClass(StrEnum):
    """How sensitive data is; where a workload has several, the strictest binds."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    PERSONAL_SENSITIVE = "personal-sensitive"
    IMPORTANT = "important"
    CORE = "core"


class Scaling(StrEnum):
    """How a component's size follows the chip it runs on."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    FIXED = "fixed"


class Yields(StrEnum):
    """Whether a component gives way when a recovery needs room."""

    NEVER = "never"
    ELASTIC = "elastic"
    PREEMPTIBLE = "preemptible"


class Spread(StrEnum):
    """What two replicas of a side must not share."""

    NONE = "none"
    HOST = "host"
    POOL = "pool"
    CENTER = "center"


class Mode(StrEnum):
    """Whether a workload stops without the one it depends on, or goes on with less."""

    HARD = "hard"
    DEGRADED = "degraded"


class Needs(Document):
    """What one replica needs; vCPU down to a thousandth, memory down to a MiB."""

    vcpus: Annotated[Quantity, Field(gt=0, le=1_000_000)]
    """vCPUs on the reference chip, or on the component's `sized_on`."""
    memory_gib: Annotated[Quantity, Field(gt=0, le=1_000_000)]
    """Memory in GiB."""
    disk_gib: Count = 0
    """Disk in GiB."""
    accelerators: Mapping[Device, Positive] = Field(default_factory=dict)
    """Whole cards, by the id of their chip, or slices of cards as `chip/slice`."""

    @property
    def vcpu_milli(self) -> int:
        """Thousandths of a vCPU, rounded up."""
        return grains_up(self.vcpus, 1000)

    @property
    def memory_mib(self) -> int:
        """MiB, rounded up."""
        return grains_up(self.memory_gib, 1024)


Images = Annotated[Mapping[Isa, Image], Field(min_length=1)]
"""An image per instruction set; only these can run it."""


class Variant(Document):
    """Another way to run a component, with its own needs and images."""

    id: Id
    """Its id."""
    needs: Needs
    """What one replica needs, run this way."""
    images: Images
    """Its images."""


class Data(Document):
    """What has to be replicated or copied: GiB at rest, Mbit/s of change at its peak."""

    gib: Count = 0
    """What lies there, in GiB."""
    change_mbps_peak: Quantity = 0
    """How fast it changes at its busiest, in Mbit/s; links have to carry that."""
    replication: Annotated[Replication | None, Field(exclude_if=lambda value: value is None)] = None
    """How data reach further sides: `bytewise` (a physical standby, a restored physical backup: each side
    that runs or takes over needs the same instruction set, page size, collation and image), `logical`,
    `files`, or `none`. Left out: `logical`."""

    @property
    def is_bytewise(self) -> bool:
        """True where what lies on one side is read by another as it lies."""
        return self.replication is Replication.BYTEWISE

    @property
    def change_kbps(self) -> int:
        """Changes in kbit/s, rounded up."""
        return grains_up(self.change_mbps_peak, 1000)


class Prefer(Document):
    """Soft wishes."""

    chips: tuple[Id, ...] = ()
    """Chips it would like best, by their ids."""
    locations: tuple[Id, ...] = ()
    """Locations it would like best, by their ids."""


class Require(Document):
    """Hard wishes; an empty list asks for nothing."""

    centers: tuple[Id, ...] = ()
    """The only centers it may run in."""
    clouds: tuple[Id, ...] = ()
    """The only clouds it may run on."""
    pools: Annotated[tuple[Id, ...], Field(exclude_if=lambda pools: not pools)] = ()
    """The only pools it may run on."""
    ownership: tuple[Ownership, ...] = ()
    """The only kinds of owner whose clouds it may run on."""


class Quorum(Document):
    """A stretched cluster: so many members, at most so many in a center, so many needed to go on."""

    members: Positive
    """How many members there are."""
    per_center: Positive
    """The most that may stand in one center."""
    needed: Positive
    """How many have to be there for it to go on; more than half."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.members // 2 < self.needed <= self.members:
            raise ValueError("`needed` must be more than half of `members` and not above it")
        return self


class Demand(Document):
    """A factor on replicas while `when` holds (Asia/Shanghai)."""

    when: Annotated[str, AfterValidator(lambda text: parse_when(text) and text)]
    """`MM-DD`, `MM-DD..MM-DD`, `YYYY-MM-DD..YYYY-MM-DD`, `weekdays`, `weekends` or `workdays` with hours
    `HH:MM-HH:MM` (over midnight too, up to 24:00), `month-end 3 days`, a name of `calendars.yaml`, or
    `unscheduled`, which must always fit on top."""
    factor: Annotated[Quantity, Field(gt=0, le=1000)]
    """By how much replicas are multiplied then, rounded up; of several that hold, the largest counts."""
    title: Title | None = None
    """Its name for people."""

    @property
    def factor_milli(self) -> int:
        """The factor in thousandths, rounded up: it never leaves a component without a replica."""
        return grains_up(self.factor, 1000)


class Component(Contained):
    """A part of a workload that runs as equal replicas."""

    id: Id
    """Its id."""
    title: Title | None = None
    """Its name for people."""
    runs_as: RunsAs = RunsAs.SERVER
    """A virtual server, or a container."""
    replicas: Positive = 1
    """How many replicas run, on the reference chip and without any demand."""
    sized_on: Id | None = None
    """The chip that its sizes were measured on; left out: the reference chip."""
    zone: Id | None = None
    """The zone it runs in; left out: the workload's."""
    needs: Needs
    """What one replica needs."""
    images: Images
    """Its image for each instruction set; it runs on no other."""
    variants: tuple[Variant, ...] = ()
    """Other ways to run it, in order of preference."""
    scaling: Scaling = Scaling.HORIZONTAL
    """What a faster or slower chip changes: how many replicas (`horizontal`), their size (`vertical`), or
    nothing (`fixed`)."""
    performance: Mapping[Id, Fact] = Field(default_factory=dict)
    """Measured performance of this component on a chip, relative to the reference chip, in place of the
    chip's own."""
    stateful: bool = False
    """True where it keeps data that has to be there after a takeover."""
    data: Data = Data()
    """What has to be replicated or copied."""
    yields: Yields = Yields.NEVER
    """Whether it gives way when a recovery needs room: never, down to `min_replicas` (elastic), or wholly
    (preemptible)."""
    min_replicas: Positive = 1
    """The fewest replicas that run at any time."""
    init: RelativePath | None = None
    """The file with what a server runs at first boot; secrets stand in it by reference alone."""
    prefer: Prefer = Prefer()
    """What it would like; weighed against cost, never a must."""
    require: Require = Require()
    """What it must have."""
    spread: Spread = Spread.HOST
    """What no two replicas of a side may share."""
    at_most: Annotated[AtMost, Field(exclude_if=lambda most: most == AtMost())] = AtMost()
    """The most of its replicas that may stand on one host, or on one pool."""
    together_with: tuple[Member, ...] = ()
    """Components, or workloads, that it shares a center with."""
    near: Annotated[tuple[Near, ...], Field(exclude_if=lambda near: not near)] = ()
    """Components on whose pools, clouds or centers it stands, role by role."""
    apart_from: Annotated[tuple[Apart, ...], Field(exclude_if=lambda apart: not apart)] = ()
    """Components with which it never shares a host, pool, cloud or center while both run."""
    exposes: tuple[Expose, ...] = ()
    """Ports it offers to zones."""
    talks_to: tuple[Talk, ...] = ()
    """Components it connects to; only declared flows are opened."""
    quorum: Quorum | None = None
    """For a cluster stretched over centers, in place of sides."""
    demand: tuple[Demand, ...] = ()
    """When more or fewer replicas are needed."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.quorum is not None and self.quorum.members != self.replicas:
            raise ValueError("with a `quorum`, `replicas` must equal `quorum.members`")
        if self.quorum is not None and self.data.is_bytewise:
            raise ValueError(
                "members of a `quorum` bring data to each other themselves: `replication` is not bytewise"
            )
        if self.min_replicas > self.replicas:
            raise ValueError("`min_replicas` is above `replicas`")
        if any(fact.milli < 1 for fact in self.performance.values()):
            raise ValueError("a `performance` must be at least 0.001")
        if any(fact.value > MOST_PERFORMANCE for fact in self.performance.values()):
            raise ValueError(
                f"a `performance` is relative to the reference chip and at most {MOST_PERFORMANCE:,}"
            )
        return self

    @property
    def beside(self) -> tuple[Near | Apart, ...]:
        """Everything it says about where others stand."""
        return (*self.near, *self.apart_from)

    @property
    def carries(self) -> bool:
        """True when something of it has to be brought to every further side: data, their changes, or state.

        Members of a quorum bring theirs to each other themselves.
        """
        return self.quorum is None and (self.stateful or self.data.gib > 0 or self.data.change_mbps_peak > 0)

    @cached_property
    def ways(self) -> tuple[Variant, ...]:
        """All ways to run it, in order of preference; the first is the component's own, with the id ''."""
        own = Variant.model_construct(id="", needs=self.needs, images=self.images)
        return (own, *self.variants)


class Dependency(Document):
    """Another workload that this one needs."""

    workload: Id
    """The workload it needs."""
    mode: Mode = Mode.HARD
    """`hard`: it stops without the other, and comes back after it; `degraded`: it goes on with less."""
    max_rtt_ms: Annotated[Quantity, Field(gt=0)] | None = None
    """The longest round-trip time in ms between both; left out: any."""


class Recovery(Document):
    """The recovery grade of GB/T 20988 and, where stricter, the workload's own objectives in minutes."""

    grade: Annotated[int, Field(ge=1, le=6)]
    """The recovery grade of GB/T 20988, 1 to 6."""
    rto_minutes: Annotated[Quantity, Field(gt=0)] | None = None
    """The longest it may be down, in minutes, where stricter than its grade."""
    rpo_minutes: Quantity | None = None
    """The most that may be lost, in minutes of changes, where stricter than its grade."""
    fresh_facts: bool = False
    """Nothing of it rests on a figure that has expired, even where the grade does not ask for that."""


class Workload(Document):
    """A system of the ministry with its components and what binds it."""

    id: Id
    """Its id."""
    title: Title
    """Its name for people."""
    basis: Words | None = None
    """The item of the plan or order that asks for it."""
    owner: Id
    """Who answers for it; quotas are the owner's."""
    mlps_level: Level
    """The protection level it needs (GB/T 22239, 等保)."""
    data_class: Annotated[tuple[DataClass, ...], Field(min_length=1)]
    """The classes of its data; the strictest binds whose clouds may hold it."""
    secrecy: Secrecy = Secrecy.NONE
    """Whether it holds secrets; state secrets are refused."""
    critical_infrastructure: bool = False
    """True where it belongs to critical information infrastructure."""
    depends_on: tuple[Dependency, ...] = ()
    """The workloads it needs; they give the order of recovery."""
    recovery: Recovery
    """What is promised after a loss."""
    zone: Id
    """The zone of the extranet its components run in."""
    own_hosts: Annotated[bool, Field(exclude_if=lambda own: not own)] = False
    """True where hosts that carry any of it carry nothing of another owner, copies included."""
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
    """Its parts."""

    @cached_property
    def component(self) -> Mapping[str, Component]:
        """Components by id."""
        return {component.id: component for component in self.components}

    def zone_of(self, component: Component) -> str:
        """The zone a component runs in: its own, else the workload's."""
        return component.zone or self.zone
