"""Offers an AWS-compatible cloud: its nouns, and the list of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmp.clouds.aws.api import Api
from cmp.clouds.aws.instances import Instances, addresses, groups_of
from cmp.clouds.aws.networks import InternetGateways, Subnets, Vpcs, ipv6_cidr
from cmp.clouds.aws.noun import NAME, Ec2Noun, tags_of
from cmp.clouds.aws.security_groups import SecurityGroups, rules_of
from cmp.clouds.base import Noun, Resource
from cmp.clouds.binding import Binding
from cmp.clouds.labels import IMAGE, ISA, STAND_IN, is_managed, ours


class AwsCloud:
    """One region of an AWS-compatible cloud, as one account sees it."""

    def __init__(self, binding: Binding) -> None:
        self._api = Api(binding)
        self._instances = Instances(self._api)
        self._nouns: Mapping[str, Ec2Noun] = {
            "vpc": Vpcs(self._api),
            "subnet": Subnets(self._api),
            "internet_gateway": InternetGateways(self._api),
            "security_group": SecurityGroups(self._api),
            "instance": self._instances,
        }

    @property
    def id(self) -> str:
        """The cloud's id in the estate."""
        return self._api.cloud

    @property
    def hosts(self) -> None:
        """Its hosts are the provider's."""
        return

    def noun(self, name: str) -> Noun:
        """The verbs for one kind of resource."""
        return self._nouns[name]

    def list(self) -> tuple[Resource, ...]:
        """Everything of the account in the region, ours or not.

        Raises:
            Refused: the account may not list some kind; AWS says so instead of leaving things out.
        """
        found = [
            self._resource(kind, made) for kind, noun in self._nouns.items() for made in noun.described()
        ]
        return tuple(sorted(found, key=lambda resource: (resource.kind, resource.name, resource.id)))

    def _resource(self, kind: str, made: Mapping[str, Any]) -> Resource:
        tags = tags_of(made)
        name = tags.get(NAME) or str(made.get("GroupName", ""))
        ref = self._nouns[kind].id_of(made)
        return Resource(self.id, kind, ref, name, is_managed(tags), ours(tags), self._facts(kind, made))

    def _facts(self, kind: str, made: Mapping[str, Any]) -> dict[str, Any]:
        match kind:
            case "vpc":
                return {"cidr": made["CidrBlock"], "ipv6_cidr": ipv6_cidr(made) or ""}
            case "subnet":
                prefixes = {"cidr": made["CidrBlock"], "ipv6_cidr": ipv6_cidr(made) or ""}
                return prefixes | {"vpc": made["VpcId"], "zone": made.get("AvailabilityZone", "")}
            case "internet_gateway":
                attached = [item["VpcId"] for item in made.get("Attachments", ())]
                return {"vpc": attached[0] if attached else ""}
            case "security_group":
                return {"rules": tuple(rules_of(made)), "vpc": made.get("VpcId", "")}
            case _:
                return self._facts_of_instance(made)

    def _facts_of_instance(self, made: Mapping[str, Any]) -> dict[str, Any]:
        said = ours(tags_of(made))
        return {
            "status": made["State"]["Name"],
            "instance_type": made["InstanceType"],
            "architecture": self._instances.types.architecture(made["InstanceType"]),
            "zone": made.get("Placement", {}).get("AvailabilityZone", ""),
            "ipv4": tuple(addresses(made, 4)),
            "ipv6": tuple(addresses(made, 6)),
            "image": said.get(IMAGE, ""),
            "isa": said.get(ISA, ""),
            "stand_in": said.get(STAND_IN) == "yes",
            "security_groups": tuple(sorted(groups_of(made))),
            "subnet": made.get("SubnetId", ""),
        }
