"""Offers the resources of OpenStack clouds to programs; the provider's openstack_types explain each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from pulumi import Input, Output

from stacks.resources.base import Managed, Rule, TaggedArgs, Tags

Texts = Input[Sequence[Input[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs(TaggedArgs):
    """A network."""


class Network(Managed):
    """A network that carries both families."""

    pulumi_type = "tricenter:openstack:Network"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetArgs(TaggedArgs):
    """A prefix of one family on a network."""

    network: Input[str]
    cidr: Input[str]
    ipv6_mode: Input[str] = "slaac"
    gateway: Input[bool] = True
    dns_servers: Texts = ()


class Subnet(Managed):
    """A prefix of one family on a network."""

    pulumi_type = "tricenter:openstack:Subnet"
    outputs: ClassVar[tuple[str, ...]] = ("gateway_address", "family")
    gateway_address: Output[str]
    family: Output[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterArgs(TaggedArgs):
    """A router with its subnets and perhaps a network outside."""

    external_network: Input[str] | None = None
    subnets: Texts = ()


class Router(Managed):
    """Joins subnets, and perhaps the outside."""

    pulumi_type = "tricenter:openstack:Router"
    outputs: ClassVar[tuple[str, ...]] = ("external_addresses",)
    external_addresses: Output[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupArgs(TaggedArgs):
    """Exactly the allowed flows."""

    rules: Input[Sequence[Rule]] = ()


class SecurityGroup(Managed):
    """Exactly the declared flows, in both families."""

    pulumi_type = "tricenter:openstack:SecurityGroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerGroupArgs:
    """How servers share hosts."""

    name: Input[str]
    policy: Input[str]
    max_per_host: Input[int] | None = None


class ServerGroup(Managed):
    """Keeps servers on different hosts, or together."""

    pulumi_type = "tricenter:openstack:ServerGroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlavorArgs:
    """A size of servers; vCPU may be fractional and are rounded up."""

    name: Input[str]
    vcpus: Input[float]
    memory_mib: Input[int]
    disk_gib: Input[int]
    chip: Input[str] | None = None
    accelerators: Input[Mapping[str, Input[int]]] = field(default_factory=dict)
    extra_specs: Tags = field(default_factory=dict)


class Flavor(Managed):
    """A size of servers, bound to a chip and accelerators."""

    pulumi_type = "tricenter:openstack:Flavor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerArgs(TaggedArgs):
    """A server on one network; `subnets` are those that it must have an address from.

    `place` is the `host` (a number from 1) that it is to start on `of` so many of its zone.
    """

    image: Input[str]
    isa: Input[str]
    flavor: Input[str]
    network: Input[str]
    security_groups: Texts
    subnets: Texts = ()
    availability_zone: Input[str] | None = None
    server_group: Input[str] | None = None
    place: Input[Mapping[str, int]] | None = None
    user_data: Input[str] = ""


class Server(Managed):
    """A server that is ACTIVE, with an address in each family."""

    pulumi_type = "tricenter:openstack:Server"
    secrets: ClassVar[tuple[str, ...]] = ("user_data",)
    outputs: ClassVar[tuple[str, ...]] = ("status", "host", "zone", "ipv4", "ipv6", "image_id", "stand_in")
    status: Output[str]
    host: Output[str]
    zone: Output[str]
    ipv4: Output[list[str]]
    ipv6: Output[list[str]]
    image_id: Output[str]
    stand_in: Output[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatingAddressArgs:
    """An IPv4 address of the outside, perhaps leading to a server."""

    external_network: Input[str]
    server: Input[str] | None = None
    tags: Tags = field(default_factory=dict)


class FloatingAddress(Managed):
    """An IPv4 address of the outside."""

    pulumi_type = "tricenter:openstack:FloatingAddress"
    outputs: ClassVar[tuple[str, ...]] = ("address",)
    address: Output[str]
