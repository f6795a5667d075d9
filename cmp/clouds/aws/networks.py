"""Makes VPCs, their subnets in both families, and their way to the internet."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Network
from typing import Any, ClassVar

from cmp.clouds import failures
from cmp.clouds.aws.noun import Ec2Noun
from cmp.clouds.base import Wish
from cmp.clouds.failures import Call
from cmp.clouds.patience import Pace, until
from cmp.errors import CmpError, Invalid
from cmp.sentences import Sentence

_ASSOCIATED = Pace(within=60, every=1)
_HOST_BITS = 64
_EVERYWHERE = ("0.0.0.0/0", "::/0")


class Vpcs(Ec2Noun):
    """Private networks; the cloud gives each a /56 of its own IPv6 addresses."""

    kind: ClassVar[str] = "vpc"
    listing: ClassVar[tuple[str, str, str, str]] = ("describe_vpcs", "Vpcs", "VpcId", "vpc-id")

    def make(self, wish: Wish, tagging: Any) -> str:
        """Make it with a block in each family."""
        made = self.api.ask(
            "create vpc",
            lambda c: c.create_vpc(
                CidrBlock=wish["cidr"], AmazonProvidedIpv6CidrBlock=True, TagSpecifications=tagging
            ),
        )
        return made["Vpc"]["VpcId"]

    def complete(self, made: Mapping[str, Any], wish: Wish) -> None:  # noqa: ARG002 - nothing to set
        """Wait until the IPv6 block is associated: subnets are cut from it."""
        self.ipv6_block(self.id_of(made))

    def state(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """Its blocks."""
        return {"cidr": made["CidrBlock"], "ipv6_cidr": ipv6_cidr(made) or ""}

    def remove(self, made: Mapping[str, Any]) -> None:
        """Only an empty one can go."""
        self.api.drop("delete vpc", lambda c: c.delete_vpc(VpcId=self.id_of(made)))

    def ipv6_block(self, ref: str) -> IPv6Network:
        """The IPv6 block of a VPC, once it has one."""

        def ask() -> IPv6Network | None:
            known = self.described({"vpc-id": ref})
            if not known:
                raise failures.missing(Call(self.api.cloud, "describe vpc"), f"there is no VPC {ref}")
            block = ipv6_cidr(known[0])
            return IPv6Network(block) if block else None

        def late() -> CmpError:
            return failures.busy(Call(self.api.cloud, "describe vpc"), f"VPC {ref} has no IPv6 block yet")

        return until(ask, _ASSOCIATED, late)


class Subnets(Ec2Noun):
    """Parts of VPCs with a prefix in each family."""

    kind: ClassVar[str] = "subnet"
    listing: ClassVar[tuple[str, str, str, str]] = ("describe_subnets", "Subnets", "SubnetId", "subnet-id")

    def make(self, wish: Wish, tagging: Any) -> str:
        """Cut it from the VPC's blocks."""
        asked: dict[str, Any] = {
            "VpcId": wish["vpc"],
            "CidrBlock": wish["cidr"],
            "Ipv6CidrBlock": str(self._prefix(wish["vpc"], wish.get("ipv6_index", 0))),
            "TagSpecifications": tagging,
        }
        if wish.get("availability_zone"):
            asked["AvailabilityZone"] = wish["availability_zone"]
        made = self.api.ask("create subnet", lambda c: c.create_subnet(**asked))
        return made["Subnet"]["SubnetId"]

    def complete(self, made: Mapping[str, Any], wish: Wish) -> None:  # noqa: ARG002 - the same for all
        """Let each instance have an IPv6 address."""
        if not made.get("AssignIpv6AddressOnCreation"):
            self.api.ask(
                "let instances have IPv6",
                lambda c: c.modify_subnet_attribute(
                    SubnetId=self.id_of(made), AssignIpv6AddressOnCreation={"Value": True}
                ),
            )

    def state(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """Its prefixes, and which part of the VPC's block the IPv6 one is."""
        prefix, zone = ipv6_cidr(made) or "", made.get("AvailabilityZone", "")
        told = {
            "vpc": made["VpcId"],
            "cidr": made["CidrBlock"],
            "ipv6_cidr": prefix,
            "availability_zone": zone,
            "zone": zone,
        }
        if not prefix:
            return told
        block = Vpcs(self.api).ipv6_block(made["VpcId"])
        index = (int(IPv6Network(prefix)[0]) - int(block[0])) >> _HOST_BITS
        return told | {"ipv6_index": index}

    def remove(self, made: Mapping[str, Any]) -> None:
        """Only an empty one can go."""
        self.api.drop("delete subnet", lambda c: c.delete_subnet(SubnetId=self.id_of(made)))

    def _prefix(self, vpc: str, index: int) -> IPv6Network:
        block = Vpcs(self.api).ipv6_block(vpc)
        if index >= 1 << (_HOST_BITS - block.prefixlen):
            raise Invalid(
                Sentence(
                    "cloud {cloud}: the block {block} of VPC {vpc} has no /64 number {index}",
                    cloud=self.api.cloud,
                    block=block,
                    vpc=vpc,
                    index=index,
                )
            )
        return IPv6Network((int(block[0]) + (index << _HOST_BITS), _HOST_BITS))


class InternetGateways(Ec2Noun):
    """Ways of VPCs to the internet, with a default route in each family."""

    kind: ClassVar[str] = "internet-gateway"
    listing: ClassVar[tuple[str, str, str, str]] = (
        "describe_internet_gateways",
        "InternetGateways",
        "InternetGatewayId",
        "internet-gateway-id",
    )

    def make(self, wish: Wish, tagging: Any) -> str:  # noqa: ARG002 - it is joined to the VPC afterwards
        """Make it."""
        made = self.api.ask(
            "create internet gateway", lambda c: c.create_internet_gateway(TagSpecifications=tagging)
        )
        return made["InternetGateway"]["InternetGatewayId"]

    def complete(self, made: Mapping[str, Any], wish: Wish) -> None:
        """Attach it to the VPC and lead the default routes to it."""
        ref, vpc = self.id_of(made), wish["vpc"]
        if vpc not in self._vpcs(made):
            self.api.ask(
                "attach internet gateway",
                lambda c: c.attach_internet_gateway(InternetGatewayId=ref, VpcId=vpc),
            )
        table = self._main_table(vpc)
        there = {_destination(route) for route in table["Routes"] if route.get("GatewayId") == ref}
        for destination in _EVERYWHERE:
            if destination not in there:
                self._route(table["RouteTableId"], destination, ref)

    def state(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """The VPC it is attached to."""
        return {"vpc": next(iter(self._vpcs(made)), None)}

    def remove(self, made: Mapping[str, Any]) -> None:
        """Take its routes away, detach and delete it."""
        ref = self.id_of(made)
        for vpc in self._vpcs(made):
            table = self._main_table(vpc)
            for route in table["Routes"]:
                if route.get("GatewayId") == ref:
                    self._drop_route(table["RouteTableId"], _destination(route))
            self._detach(ref, vpc)
        self.api.drop("delete internet gateway", lambda c: c.delete_internet_gateway(InternetGatewayId=ref))

    def _vpcs(self, made: Mapping[str, Any]) -> list[str]:
        return [attachment["VpcId"] for attachment in made.get("Attachments", ())]

    def _main_table(self, vpc: str) -> Mapping[str, Any]:
        filters: Any = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
        tables = self.api.ask("describe routes", lambda c: c.describe_route_tables(Filters=filters))
        if not tables["RouteTables"]:
            raise failures.missing(Call(self.api.cloud, "describe routes"), f"VPC {vpc} has no main routes")
        return tables["RouteTables"][0]

    def _route(self, table: str, destination: str, gateway: str) -> None:
        self.api.ask(
            "create default route",
            lambda c: c.create_route(RouteTableId=table, GatewayId=gateway, **_to(destination)),
        )

    def _drop_route(self, table: str, destination: str) -> None:
        self.api.drop("delete route", lambda c: c.delete_route(RouteTableId=table, **_to(destination)))

    def _detach(self, ref: str, vpc: str) -> None:
        self.api.drop(
            "detach internet gateway",
            lambda c: c.detach_internet_gateway(InternetGatewayId=ref, VpcId=vpc),
        )


def ipv6_cidr(made: Mapping[str, Any]) -> str | None:
    """The IPv6 block or prefix that is associated with a VPC or a subnet."""
    for association in made.get("Ipv6CidrBlockAssociationSet", ()):
        if "associated" in str(association["Ipv6CidrBlockState"]["State"]).replace("disassociated", ""):
            return str(association["Ipv6CidrBlock"])
    return None


def _destination(route: Mapping[str, Any]) -> str:
    return str(route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock"))


def _to(destination: str) -> Any:
    family = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    return {family: destination}
