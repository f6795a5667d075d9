"""Offers the resources of AWS-compatible clouds to programs; the provider's aws_types explain each field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pulumi import Input, Output

from stacks.resources.base import Managed, Rule, TaggedArgs

Texts = Input[Sequence[Input[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcArgs(TaggedArgs):
    """A private network with an IPv4 block of our choice and an IPv6 block of the cloud's."""

    cidr: Input[str]


class Vpc(Managed):
    """A private network with a block in each family."""

    pulumi_type = "tricenter:aws:Vpc"
    outputs: ClassVar[tuple[str, ...]] = ("ipv6_cidr",)
    ipv6_cidr: Output[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetArgs(TaggedArgs):
    """A part of a VPC; `ipv6_index` chooses the /64 of its IPv6 block."""

    vpc: Input[str]
    cidr: Input[str]
    ipv6_index: Input[int] = 0
    availability_zone: Input[str] | None = None


class Subnet(Managed):
    """A part of a VPC with a prefix in each family."""

    pulumi_type = "tricenter:aws:Subnet"
    outputs: ClassVar[tuple[str, ...]] = ("ipv6_cidr", "zone")
    ipv6_cidr: Output[str]
    zone: Output[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGatewayArgs(TaggedArgs):
    """The way of a VPC to the internet."""

    vpc: Input[str]


class InternetGateway(Managed):
    """The way of a VPC to the internet, with a default route in each family."""

    pulumi_type = "tricenter:aws:InternetGateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupArgs(TaggedArgs):
    """Exactly the allowed flows of instances in a VPC."""

    vpc: Input[str]
    rules: Input[Sequence[Rule]] = ()


class SecurityGroup(Managed):
    """Exactly the declared flows, in both families."""

    pulumi_type = "tricenter:aws:SecurityGroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceArgs(TaggedArgs):
    """An instance of at least this size; the smallest type that fits is taken."""

    image: Input[str]
    isa: Input[str]
    vcpus: Input[float]
    memory_mib: Input[int]
    disk_gib: Input[int] = 0
    subnet: Input[str]
    security_groups: Texts
    user_data: Input[str] = ""


class Instance(Managed):
    """A running instance with an address in each family."""

    pulumi_type = "tricenter:aws:Instance"
    secrets: ClassVar[tuple[str, ...]] = ("user_data",)
    outputs: ClassVar[tuple[str, ...]] = (
        "status",
        "instance_type",
        "architecture",
        "zone",
        "ipv4",
        "ipv6",
        "image_id",
        "stand_in",
    )
    status: Output[str]
    instance_type: Output[str]
    architecture: Output[str]
    zone: Output[str]
    ipv4: Output[list[str]]
    ipv6: Output[list[str]]
    image_id: Output[str]
    stand_in: Output[bool]
