"""Describes what components say of others: whom they talk to, are near or apart from, how data go over."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from cmp.model.base import Document, Id, Port, Positive, Quantity


class Protocol(StrEnum):
    """A transport protocol."""

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"


class Replication(StrEnum):
    """How data reach a component's further sides, which decides where these may stand."""

    BYTEWISE = "bytewise"
    """Pages or blocks as they lie: a physical standby, a copied volume, a restored physical backup."""
    LOGICAL = "logical"
    """Statements, rows or objects, written anew on each side."""
    FILES = "files"
    """Files that mean the same on every chip."""
    NONE = "none"
    """Nothing is brought over."""


class Place(StrEnum):
    """What two components share, or must not."""

    HOST = "host"
    POOL = "pool"
    CLOUD = "cloud"
    CENTER = "center"


class AtMost(Document):
    """The most replicas of a component that may stand together; left out: any."""

    per_host: Positive | None = None
    """The most on one host, in normal time and after any failure."""
    per_pool: Positive | None = None
    """The most on one pool, those that start in a takeover included."""


class Near(Document):
    """Another component that this one stands beside, or all components of a workload."""

    workload: Id | None = None
    """The other's workload; left out: the same."""
    component: Id | None = None
    """The other component; left out: each of the workload's."""
    place: Place = Place.POOL
    """What both share: `pool`, `cloud` or `center`."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.workload is None and self.component is None:
            raise ValueError("say which `workload`, which `component`, or both")
        if self.place is Place.HOST:
            raise ValueError("components are kept near by `pool`, `cloud` or `center`, not by `host`")
        return self


class Apart(Document):
    """Another component that this one keeps away from, or all components of a workload."""

    workload: Id | None = None
    """The other's workload; left out: the same."""
    component: Id | None = None
    """The other component; left out: each of the workload's."""
    place: Place = Place.HOST
    """What both do not share: `host`, `pool`, `cloud` or `center`."""
    only_normal_time: bool = False
    """True where both may come together after a failure."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.workload is None and self.component is None:
            raise ValueError("say which `workload`, which `component`, or both")
        return self


class Expose(Document):
    """A port that a component offers to a zone; from `internet` means from anywhere."""

    port: Port
    """The port."""
    protocol: Protocol = Protocol.TCP
    """The protocol."""
    source: Id = Field(alias="from")
    """The zone that may connect."""


class Talk(Document):
    """A flow to another component, of this workload or of the one named."""

    component: Id
    """The component it connects to."""
    workload: Id | None = None
    """The other's workload; left out: the same."""
    port: Port
    """The port it connects to."""
    protocol: Protocol = Protocol.TCP
    """The protocol."""
    max_rtt_ms: Annotated[Quantity, Field(gt=0)] | None = None
    """The longest round-trip time in ms it can live with; left out: any."""
