"""Describes what only containers have: settings, references of secrets, probes, volumes, their Service."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from cmp.model.base import Document, Id, Port, Positive
from cmp.model.texts import Argument, Host, Mount, Request, Secret, Setting
from cmp.model.texts import Words as Text

Words = Annotated[tuple[Argument, ...], Field(max_length=64)]
"""A command: the program and its arguments, each a word of its own."""

Seconds = Annotated[int, Field(ge=1, le=3600)]
"""So many seconds, an hour at most."""

CONTAINER_ONLY: Final = (
    "command",
    "config",
    "secrets",
    "pull_secrets",
    "probes",
    "volumes",
    "published",
    "service",
)
"""Fields of a component that mean something to a container alone; a server has its `init`."""


class Packets(StrEnum):
    """Whose addresses packets have that leave a cluster, and that others send to it."""

    PODS = "pods"
    NODES = "nodes"


class Entrance(Document):
    """What lets people in to a cluster: an Ingress controller that its operators run."""

    ingress_class: Id
    """The class of Ingress that it serves."""
    namespace: Id
    """The namespace of its pods, from which requests then come."""


class ContainerCloud(Document):
    """What a cloud that runs containers does with their packets, and by what people come in."""

    packets: Packets = Packets.PODS
    """Whose addresses the packets between the cluster and all else have: those of `pods`, or of `nodes` where
    it translates; rules name these."""
    entrance: Annotated[Entrance | None, Field(exclude_if=lambda entrance: entrance is None)] = None
    """What lets people in under names; left out: nothing does."""


class Scheme(StrEnum):
    """How a probe asks a path."""

    HTTP = "http"
    HTTPS = "https"


class ServiceKind(StrEnum):
    """Who finds a component under one address, in the words of Kubernetes."""

    CLUSTER = "cluster"
    HEADLESS = "headless"
    NODE_PORT = "node-port"
    LOAD_BALANCER = "load-balancer"


class Probe(Document):
    """One question that tells whether a container is well: a connection, a request, or a command."""

    port: Port | None = None
    """The port it connects to."""
    path: Request | None = None
    """The path it asks for there; left out: a connection is enough."""
    scheme: Scheme = Scheme.HTTP
    """Whether a path is asked for by http or https."""
    command: Words = ()
    """A command inside the container that ends with 0, in place of a port."""
    period_seconds: Seconds = 10
    """How often it is asked, in seconds."""
    timeout_seconds: Seconds = 1
    """How long an answer may take, in seconds."""
    failures: Annotated[int, Field(ge=1, le=1000)] = 3
    """After so many failures on end it counts."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.port is None) == (not self.command):
            raise ValueError("a probe has a `port`, or a `command` in its place")
        if self.path is not None and self.port is None:
            raise ValueError("a `path` is asked for at a `port`")
        return self


class Probes(Document):
    """Three questions to a container; one that is left out is not asked."""

    ready: Probe | None = None
    """Whether it may be sent requests."""
    alive: Probe | None = None
    """Whether it still works; where not, it is started anew."""
    started: Probe | None = None
    """Whether it has begun; the others wait for that."""


class Publication(Document):
    """A name under which people reach a component, where its cluster has an entrance."""

    host: Host
    """The name, as browsers ask for it."""
    path: Request = "/"
    """What the paths of requests begin with."""
    port: Port
    """The port of the component, which it exposes over TCP."""


class Volume(Document):
    """A disk of its own for each replica, which outlives the container."""

    id: Id
    """Its id."""
    mount: Mount
    """Where the container sees it."""
    gib: Positive
    """Its size in GiB; all volumes together lie within the replica's `disk_gib`."""


def _empty(value: object) -> bool:
    """True for a field that says nothing: left out of Plans, whose hashes do not change for its sake."""
    return not value


class Contained(Document):
    """What a component says for containers alone."""

    command: Annotated[Words, Field(exclude_if=_empty)] = ()
    """What a container runs in place of its image's own command."""
    config: Annotated[Mapping[Setting, Text], Field(max_length=200, exclude_if=_empty)] = Field(
        default_factory=dict
    )
    """Settings that a container finds as environment variables; a changed one replaces its replicas step by
    step."""
    secrets: Annotated[Mapping[Setting, Secret], Field(max_length=50, exclude_if=_empty)] = Field(
        default_factory=dict
    )
    """Secrets that a container finds as environment variables, by reference alone."""
    pull_secrets: Annotated[tuple[Secret, ...], Field(max_length=8, exclude_if=_empty)] = ()
    """References of what a registry asks for before it gives a container's image."""
    probes: Annotated[Probes, Field(exclude_if=lambda probes: probes == Probes())] = Probes()
    """What is asked to know whether a container is ready, alive, started."""
    volumes: Annotated[tuple[Volume, ...], Field(max_length=8, exclude_if=_empty)] = ()
    """Disks of each replica of a stateful container."""
    published: Annotated[tuple[Publication, ...], Field(max_length=16, exclude_if=_empty)] = ()
    """Names under which people reach it through the entrance of its cluster."""
    service: Annotated[ServiceKind, Field(exclude_if=lambda kind: kind is ServiceKind.CLUSTER)] = (
        ServiceKind.CLUSTER
    )
    """Who finds a container under one address: its cluster, by name each replica (`headless`), or others at
    the nodes or a balancer."""
