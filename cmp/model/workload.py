"""Describes what is to run: workloads, their components, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from cmp.model.base import Count, Document, Fact, Id, Level, Port, Positive, Quantity, RelativePath, Title
from cmp.model.estate import Isa, Ownership
from cmp.model.network import Secrecy
from cmp.model.texts import Image, Member, Words
from cmp.model.when import parse_when


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


class Protocol(StrEnum):
    """A transport protocol."""

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"


class Needs(Document):
    """What one replica needs; vCPU down to a thousandth, memory down to a MiB."""

    vcpus: Annotated[Quantity, Field(gt=0)]
    memory_gib: Annotated[Quantity, Field(gt=0)]
    disk_gib: Count = 0
    accelerators: Mapping[Id, Positive] = Field(default_factory=dict)

    @property
    def vcpu_milli(self) -> int:
        """Thousandths of a vCPU."""
        return round(self.vcpus * 1000)

    @property
    def memory_mib(self) -> int:
        """MiB."""
        return round(self.memory_gib * 1024)


Images = Annotated[Mapping[Isa, Image], Field(min_length=1)]
"""An image per instruction set; only these can run it."""


class Variant(Document):
    """Another way to run a component, with its own needs and images."""

    id: Id
    needs: Needs
    images: Images


class Data(Document):
    """What has to be replicated or copied: GiB at rest, Mbit/s of change at its peak."""

    gib: Count = 0
    change_mbps_peak: Quantity = 0


class Prefer(Document):
    """Soft wishes."""

    chips: tuple[Id, ...] = ()
    locations: tuple[Id, ...] = ()


class Require(Document):
    """Hard wishes; an empty list asks for nothing."""

    centers: tuple[Id, ...] = ()
    clouds: tuple[Id, ...] = ()
    ownership: tuple[Ownership, ...] = ()


class Expose(Document):
    """A port that a component offers to a zone; from `internet` means from anywhere."""

    port: Port
    protocol: Protocol = Protocol.TCP
    source: Id = Field(alias="from")


class Talk(Document):
    """A flow to another component, of this workload or of the one named."""

    component: Id
    workload: Id | None = None
    port: Port
    protocol: Protocol = Protocol.TCP
    max_rtt_ms: Annotated[Quantity, Field(gt=0)] | None = None


class Quorum(Document):
    """A stretched cluster: so many members, at most so many in a center, so many needed to go on."""

    members: Positive
    per_center: Positive
    needed: Positive

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.members // 2 < self.needed <= self.members:
            raise ValueError("`needed` must be more than half of `members` and not above it")
        return self


class Demand(Document):
    """A factor on replicas while `when` holds (Asia/Shanghai)."""

    when: Annotated[str, AfterValidator(lambda text: parse_when(text) and text)]
    factor: Annotated[Quantity, Field(gt=0, le=1000)]
    title: Title | None = None


class Component(Document):
    """A part of a workload that runs as equal replicas."""

    id: Id
    title: Title | None = None
    runs_as: RunsAs = RunsAs.SERVER
    replicas: Positive = 1
    sized_on: Id | None = None
    zone: Id | None = None
    needs: Needs
    images: Images
    variants: tuple[Variant, ...] = ()
    scaling: Scaling = Scaling.HORIZONTAL
    performance: Mapping[Id, Fact] = Field(default_factory=dict)
    stateful: bool = False
    data: Data = Data()
    yields: Yields = Yields.NEVER
    min_replicas: Positive = 1
    init: RelativePath | None = None
    prefer: Prefer = Prefer()
    require: Require = Require()
    spread: Spread = Spread.HOST
    together_with: tuple[Member, ...] = ()
    exposes: tuple[Expose, ...] = ()
    talks_to: tuple[Talk, ...] = ()
    quorum: Quorum | None = None
    demand: tuple[Demand, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.quorum is not None and self.quorum.members != self.replicas:
            raise ValueError("with a `quorum`, `replicas` must equal `quorum.members`")
        if self.min_replicas > self.replicas:
            raise ValueError("`min_replicas` is above `replicas`")
        if any(fact.milli < 1 for fact in self.performance.values()):
            raise ValueError("a `performance` must be at least 0.001")
        return self

    @cached_property
    def ways(self) -> tuple[Variant, ...]:
        """All ways to run it, in order of preference; the first is the component's own, with the id ''."""
        own = Variant.model_construct(id="", needs=self.needs, images=self.images)
        return (own, *self.variants)


class Dependency(Document):
    """Another workload that this one needs."""

    workload: Id
    mode: Mode = Mode.HARD
    max_rtt_ms: Annotated[Quantity, Field(gt=0)] | None = None


class Recovery(Document):
    """The recovery grade of GB/T 20988 and, where stricter, the workload's own objectives in minutes."""

    grade: Annotated[int, Field(ge=1, le=6)]
    rto_minutes: Annotated[Quantity, Field(gt=0)] | None = None
    rpo_minutes: Quantity | None = None
    fresh_facts: bool = False
    """Nothing of it rests on a figure that has expired, even where the grade does not ask for that."""


class Workload(Document):
    """A system of the ministry with its components and what binds it."""

    id: Id
    title: Title
    basis: Words | None = None
    owner: Id
    mlps_level: Level
    data_class: Annotated[tuple[DataClass, ...], Field(min_length=1)]
    secrecy: Secrecy = Secrecy.NONE
    critical_infrastructure: bool = False
    depends_on: tuple[Dependency, ...] = ()
    recovery: Recovery
    zone: Id
    components: Annotated[tuple[Component, ...], Field(min_length=1)]

    @cached_property
    def component(self) -> Mapping[str, Component]:
        """Components by id."""
        return {component.id: component for component in self.components}

    def zone_of(self, component: Component) -> str:
        """The zone a component runs in: its own, else the workload's."""
        return component.zone or self.zone
