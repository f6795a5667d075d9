"""Lists the resource types of OpenStack clouds, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cmp.model.estate import CloudKind, Isa
from stacks.provider import fields as f
from stacks.provider.fields import Field
from stacks.provider.rules import flows, rules
from stacks.provider.types import ResourceType

NAME = Field(f.text, "the name that the cloud shows", required=True)
FIXED_NAME = Field(f.text, "the name that the cloud shows", required=True, replaces=True)
TAGS = Field(f.tags, "what else to mark it with: plan, workload, role and so on", default={})
RULES = Field(
    rules, "the allowed flows; everything else is denied in both directions and families", default=[]
)
ISA = Field(f.one_of(*Isa), "the instruction set of the host and the image", required=True, replaces=True)
IMAGE = Field(f.text, "image reference, such as web:2.4", required=True, replaces=True)
USER_DATA = Field(
    f.any_text, "what the server runs at first boot, as plain text", replaces=True, default="", secret=True
)

_POLICIES = ("anti-affinity", "soft-anti-affinity", "affinity", "soft-affinity")
_IPV6_MODES = ("slaac", "dhcpv6-stateful", "dhcpv6-stateless")


def _type(
    name: str, noun: str, about: str, fields: Mapping[str, Field], outputs: Mapping[str, str]
) -> ResourceType:
    return ResourceType(f"tricenter:openstack:{name}", CloudKind.OPENSTACK, noun, about, fields, outputs)


def _id(about: str, *, required: bool = True) -> Field:
    return Field(f.text, about, required=required, replaces=True)


NETWORK = _type(
    "Network", "network", "A network that carries both families.", {"name": NAME, "tags": TAGS}, {}
)

SUBNET = _type(
    "Subnet",
    "subnet",
    "A prefix of one family on a network; IPv6 hosts form their addresses by SLAAC unless said otherwise.",
    {
        "name": NAME,
        "network": _id("id of the network"),
        "cidr": Field(f.cidr(4, 6), "the prefix, IPv4 or IPv6", required=True, replaces=True),
        "ipv6_mode": Field(
            f.one_of(*_IPV6_MODES), "how IPv6 hosts get addresses", replaces=True, default="slaac"
        ),
        "gateway": Field(f.flag, "whether the first address is a gateway", default=True),
        "dns_servers": Field(f.addresses, "resolvers that hosts are told", default=[]),
        "tags": TAGS,
    },
    {"gateway_address": "address of the gateway, empty without one", "family": "4 or 6"},
)

ROUTER = _type(
    "Router",
    "router",
    "Joins subnets, and with an external network also the outside.",
    {
        "name": NAME,
        "external_network": Field(f.text, "name of the network outside"),
        "subnets": Field(f.texts, "ids of the subnets it is the gateway of", default=[]),
        "tags": TAGS,
    },
    {"external_addresses": "its addresses outside"},
)

SECURITY_GROUP = _type(
    "SecurityGroup",
    "security_group",
    "Exactly the declared flows; the cloud's own default rules are removed.",
    {"name": NAME, "rules": replace(RULES, compared=flows), "tags": TAGS},
    {},
)

SERVER_GROUP = _type(
    "ServerGroup",
    "server_group",
    "Keeps servers on different hosts, or together.",
    {
        "name": FIXED_NAME,
        "policy": Field(f.one_of(*_POLICIES), "how members share hosts", required=True, replaces=True),
        "max_per_host": Field(f.count, "members on one host; only with anti-affinity", replaces=True),
    },
    {},
)

FLAVOR = _type(
    "Flavor",
    "flavor",
    "A size of servers, bound to a chip and accelerators; parts of a vCPU are rounded up.",
    {
        "name": FIXED_NAME,
        "vcpus": Field(f.vcpus, "vCPU", required=True, replaces=True),
        "memory_mib": Field(f.vcpus, "MiB", required=True, replaces=True),
        "disk_gib": Field(f.size, "GiB", required=True, replaces=True),
        "chip": Field(f.text, "chip id the host must have", replaces=True),
        "accelerators": Field(f.counts, "accelerators by id", replaces=True, default={}),
        "extra_specs": Field(f.mapping, "further extra specs", default={}),
    },
    {},
)

SERVER = _type(
    "Server",
    "server",
    "A server that is ACTIVE, with an address in each family of its network.",
    {
        "name": NAME,
        "image": IMAGE,
        "isa": ISA,
        "flavor": _id("id of the flavor"),
        "network": _id("id of the network"),
        "subnets": Field(
            f.texts, "ids of the subnets it must have an address from", replaces=True, default=[], chosen=True
        ),
        "availability_zone": Field(f.text, "availability zone", replaces=True, chosen=True),
        "server_group": _id("id of the server group", required=False),
        "place": Field(
            f.counts, "`host`, a number from 1, `of` so many hosts of its zone; wished, not asked"
        ),
        "security_groups": Field(f.some_texts, "ids of its security groups, at least one", required=True),
        "user_data": USER_DATA,
        "tags": TAGS,
    },
    {
        "status": "ACTIVE when it runs",
        "host": "its hypervisor, empty where the account may not see it",
        "zone": "the availability zone it is in",
        "ipv4": "its IPv4 addresses",
        "ipv6": "its IPv6 addresses",
        "image_id": "the image it was started from",
        "stand_in": "true when that is a stand-in for the image reference",
    },
)

FLOATING_ADDRESS = _type(
    "FloatingAddress",
    "floating_address",
    "An IPv4 address of the outside that leads to a server.",
    {
        "external_network": _id("name of the network outside"),
        "server": Field(f.text, "id of the server; without one the address is only held"),
        "tags": TAGS,
    },
    {"address": "the address"},
)

OPENSTACK_TYPES = (
    NETWORK,
    SUBNET,
    ROUTER,
    SECURITY_GROUP,
    SERVER_GROUP,
    FLAVOR,
    SERVER,
    FLOATING_ADDRESS,
)
