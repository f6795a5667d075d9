"""Lists the resource types of AWS-compatible clouds, field by field."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.model.estate import CloudKind
from stacks.provider import fields as f
from stacks.provider.fields import Field
from stacks.provider.openstack_types import IMAGE, ISA, NAME, RULES, TAGS, USER_DATA
from stacks.provider.types import ResourceType


def _type(
    name: str, noun: str, about: str, fields: Mapping[str, Field], outputs: Mapping[str, str]
) -> ResourceType:
    return ResourceType(f"tricenter:aws:{name}", CloudKind.AWS, noun, about, fields, outputs)


VPC_ID = Field(f.text, "id of the VPC", required=True, replaces=True)

VPC = _type(
    "Vpc",
    "vpc",
    "A private network with a block in each family; the cloud chooses the IPv6 block.",
    {
        "name": NAME,
        "cidr": Field(f.cidr(4), "the IPv4 block", required=True, replaces=True),
        "tags": TAGS,
    },
    {"ipv6_cidr": "the /56 that the cloud gave"},
)

SUBNET = _type(
    "Subnet",
    "subnet",
    "A part of a VPC with a prefix in each family.",
    {
        "name": NAME,
        "vpc": VPC_ID,
        "cidr": Field(f.cidr(4), "the IPv4 prefix", required=True, replaces=True),
        "ipv6_index": Field(f.index, "which /64 of the VPC's IPv6 block, from 0", replaces=True, default=0),
        "availability_zone": Field(f.text, "availability zone", replaces=True, chosen=True),
        "tags": TAGS,
    },
    {"ipv6_cidr": "the IPv6 prefix", "zone": "the availability zone it is in"},
)

INTERNET_GATEWAY = _type(
    "InternetGateway",
    "internet_gateway",
    "The way of a VPC to the internet, with a default route in each family.",
    {"name": NAME, "vpc": VPC_ID, "tags": TAGS},
    {},
)

SECURITY_GROUP = _type(
    "SecurityGroup",
    "security_group",
    "Exactly the declared flows; the cloud's own default rules are removed.",
    {
        "name": Field(f.text, "its name, once per VPC", required=True, replaces=True),
        "vpc": VPC_ID,
        "rules": RULES,
        "tags": TAGS,
    },
    {},
)

INSTANCE = _type(
    "Instance",
    "instance",
    "A running instance of the smallest type that fits, with an address in each family.",
    {
        "name": NAME,
        "image": IMAGE,
        "isa": ISA,
        "vcpus": Field(f.vcpus, "vCPU; parts are rounded up", required=True, replaces=True),
        "memory_mib": Field(f.vcpus, "MiB", required=True, replaces=True),
        "disk_gib": Field(
            f.size, "GiB of the root volume; 0 leaves it to the image", replaces=True, default=0, chosen=True
        ),
        "subnet": Field(f.text, "id of the subnet", required=True, replaces=True),
        "security_groups": Field(f.some_texts, "ids of its security groups, at least one", required=True),
        "user_data": USER_DATA,
        "tags": TAGS,
    },
    {
        "status": "running when it runs",
        "instance_type": "the type that was chosen",
        "architecture": "its architecture, by the instance type",
        "zone": "the availability zone it is in",
        "ipv4": "its IPv4 addresses",
        "ipv6": "its IPv6 addresses",
        "image_id": "the image it was started from",
        "stand_in": "true when that is a stand-in for the image reference",
    },
)

AWS_TYPES = (VPC, SUBNET, INTERNET_GATEWAY, SECURITY_GROUP, INSTANCE)
