"""Makes security groups that allow exactly the declared flows in both families."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, ClassVar

from cmp.clouds.aws.noun import Ec2Noun
from cmp.clouds.base import Wish

_TO_AWS = {"any": "-1"}
_FROM_AWS = {"-1": "any", "58": "icmpv6", "1": "icmp", "6": "tcp", "17": "udp"}
_DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
_WITH_PORTS = ("tcp", "udp", "sctp")


class SecurityGroups(Ec2Noun):
    """Security groups of VPCs."""

    kind: ClassVar[str] = "security-group"
    listing: ClassVar[tuple[str, str, str, str]] = (
        "describe_security_groups",
        "SecurityGroups",
        "GroupId",
        "group-id",
    )

    def make(self, wish: Wish, tagging: Any) -> str:
        """Make it; the cloud adds its default rules."""
        made = self.api.ask(
            "create security group",
            lambda c: c.create_security_group(
                GroupName=wish["name"],
                Description="made by tricenter",
                VpcId=wish["vpc"],
                TagSpecifications=tagging,
            ),
        )
        return made["GroupId"]

    def complete(self, made: Mapping[str, Any], wish: Wish) -> None:
        """Allow what is missing, then say changed reasons in place, then revoke what is not declared.

        What stays allowed is allowed at every moment: a rule is the same whatever its reason says.
        """
        wanted = {_flow(rule): rule for rule in wish.get("rules", ())}
        have = {_flow(rule): rule for rule in rules_of(made)}
        kept = set(have) & set(wanted)
        retold = [name for name in kept if have[name]["why"] != wanted[name].get("why", "")]
        ref = self.id_of(made)
        for direction in _DIRECTIONS:
            if new := _permissions(direction, [wanted[name] for name in sorted(set(wanted) - set(have))]):
                self._allow(direction, ref, new)
            if told := _permissions(direction, [wanted[name] for name in sorted(retold)]):
                self._tell(direction, ref, told)
            if gone := _permissions(direction, [have[name] for name in sorted(set(have) - set(wanted))]):
                self._revoke(direction, ref, [_without_reason(item) for item in gone])

    def state(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """Its name, VPC and rules."""
        return {"name": made["GroupName"], "vpc": made.get("VpcId"), "rules": rules_of(made)}

    def remove(self, made: Mapping[str, Any]) -> None:
        """Only one that nothing uses can go."""
        self.api.drop("delete security group", lambda c: c.delete_security_group(GroupId=self.id_of(made)))

    def _revoke(self, direction: str, ref: str, permissions: Any) -> None:
        if direction == "ingress":
            self.api.drop(
                "revoke rules",
                lambda c: c.revoke_security_group_ingress(GroupId=ref, IpPermissions=permissions),
            )
        else:
            self.api.drop(
                "revoke rules",
                lambda c: c.revoke_security_group_egress(GroupId=ref, IpPermissions=permissions),
            )

    def _tell(self, direction: str, ref: str, permissions: Any) -> None:
        """Give rules other reasons, and leave what they allow alone."""
        if direction == "ingress":
            self.api.ask(
                "say reasons of flows",
                lambda c: c.update_security_group_rule_descriptions_ingress(
                    GroupId=ref, IpPermissions=permissions
                ),
            )
        else:
            self.api.ask(
                "say reasons of flows",
                lambda c: c.update_security_group_rule_descriptions_egress(
                    GroupId=ref, IpPermissions=permissions
                ),
            )

    def _allow(self, direction: str, ref: str, permissions: Any) -> None:
        if direction == "ingress":
            self.api.ask(
                "allow flows",
                lambda c: c.authorize_security_group_ingress(GroupId=ref, IpPermissions=permissions),
            )
        else:
            self.api.ask(
                "allow flows",
                lambda c: c.authorize_security_group_egress(GroupId=ref, IpPermissions=permissions),
            )


def rules_of(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules of a group as they would be declared, in a fixed order."""
    found = [
        rule
        for direction, key in _DIRECTIONS.items()
        for permission in made.get(key, ())
        for rule in _declared(direction, permission)
    ]
    return sorted(found, key=lambda rule: (*_flow(rule), rule["why"]))


def _declared(direction: str, permission: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Read one permission, which may allow several prefixes; one that names a group is none that we make."""
    protocol = _FROM_AWS.get(permission["IpProtocol"], permission["IpProtocol"])
    base: dict[str, Any] = {"direction": direction, "protocol": protocol}
    if protocol in _WITH_PORTS:
        first, last = permission["FromPort"], permission["ToPort"]
        base |= {"port": first} | ({"port_end": last} if last != first else {})
    for item in permission.get("IpRanges", ()):
        yield base | {"prefix": item["CidrIp"], "why": item.get("Description", "")}
    for item in permission.get("Ipv6Ranges", ()):
        yield base | {"prefix": item["CidrIpv6"], "why": item.get("Description", "")}
    for item in permission.get("UserIdGroupPairs", ()):
        yield base | {"prefix": f"group {item.get('GroupId')}", "why": item.get("Description", "")}


def _flow(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """What a rule allows, which makes it the same as another: everything but its reason."""
    names = ("direction", "protocol", "port", "port_end", "prefix")
    return tuple(str(rule.get(name, "")) for name in names)


def _permissions(direction: str, rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_permission(rule) for rule in rules if rule["direction"] == direction]


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    first = rule.get("port", -1)
    asked = {
        "IpProtocol": _TO_AWS.get(rule["protocol"], rule["protocol"]),
        "FromPort": first,
        "ToPort": rule.get("port_end", first),
    }
    if rule["prefix"].startswith("group "):
        return asked | {"UserIdGroupPairs": [{"GroupId": rule["prefix"].removeprefix("group ")}]}
    why = {"Description": rule["why"]} if rule.get("why") else {}
    if ip_network(rule["prefix"]).version == 4:  # noqa: PLR2004 - the family
        return asked | {"IpRanges": [{"CidrIp": rule["prefix"], **why}]}
    return asked | {"Ipv6Ranges": [{"CidrIpv6": rule["prefix"], **why}]}


def _without_reason(permission: Mapping[str, Any]) -> dict[str, Any]:
    """A rule is revoked by what it allows; the reason is no part of that."""
    stripped = dict(permission)
    for key in ("IpRanges", "Ipv6Ranges"):
        if key in stripped:
            stripped[key] = [
                {name: value for name, value in item.items() if name != "Description"}
                for item in stripped[key]
            ]
    return stripped
