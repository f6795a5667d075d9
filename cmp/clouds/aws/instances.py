"""Makes instances and waits until they run with an address in each family."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from cmp.clouds import failures
from cmp.clouds.aws.api import Api
from cmp.clouds.aws.images import find_image
from cmp.clouds.aws.noun import Ec2Noun, tags_of
from cmp.clouds.aws.sizes import InstanceTypes
from cmp.clouds.base import Wish
from cmp.clouds.failures import Call
from cmp.clouds.labels import IMAGE, ISA, PREFIX, STAND_IN, ours
from cmp.clouds.patience import Pace, until
from cmp.errors import CmpError

BOOT = Pace(within=600, every=1)
"""An instance that does not run by then counts as failed."""

_GONE = ("terminated", "shutting-down")


class Instances(Ec2Noun):
    """Instances in subnets, each with one network interface."""

    kind: ClassVar[str] = "instance"
    listing: ClassVar[tuple[str, str, str, str]] = (
        "describe_instances",
        "Reservations",
        "InstanceId",
        "instance-id",
    )

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.types = InstanceTypes(api)

    def items(self, listed: Any) -> Iterable[Mapping[str, Any]]:
        """Instances are listed by reservation."""
        return [instance for reservation in listed for instance in reservation["Instances"]]

    def is_there(self, made: Mapping[str, Any]) -> bool:
        """A terminated instance is listed for a while."""
        return made["State"]["Name"] not in _GONE

    def tags(self, wish: Wish) -> dict[str, str]:
        """What it was asked to run, too; whether a stand-in runs instead is said when it is made."""
        return super().tags(wish) | {IMAGE: wish["image"], ISA: wish["isa"]}

    def make(self, wish: Wish, tagging: Any) -> str:
        """Start it on the smallest type that fits."""
        size = self.types.smallest(wish["isa"], wish["vcpus"], wish["memory_mib"])
        image = find_image(self.api, wish["image"], wish["isa"])
        if image.stand_in:
            tagging[0]["Tags"].append({"Key": PREFIX + STAND_IN, "Value": "yes"})
        asked = _request(wish, image.root_device) | {
            "ImageId": image.id,
            "InstanceType": size.name,
            "TagSpecifications": tagging,
        }
        made = self.api.ask("run instance", lambda c: c.run_instances(**asked))
        return made["Instances"][0]["InstanceId"]

    def complete(self, made: Mapping[str, Any], wish: Wish) -> None:
        """Wait until it runs; see to its security groups and its IPv6 address."""
        running = self._running(self.id_of(made), wish["name"])
        for interface in running.get("NetworkInterfaces", ()):
            ref = interface["NetworkInterfaceId"]
            if sorted(group["GroupId"] for group in interface["Groups"]) != list(wish["security_groups"]):
                self._set_groups(ref, list(wish["security_groups"]))
            if not interface.get("Ipv6Addresses"):
                self._give_ipv6(ref)

    def state(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """All that the cloud shows; the size that was asked for is not among it."""
        said = ours(tags_of(made))
        zone = made.get("Placement", {}).get("AvailabilityZone", "")
        state = {
            "subnet": made.get("SubnetId"),
            "security_groups": sorted(groups_of(made)),
            "status": made["State"]["Name"],
            "instance_type": made["InstanceType"],
            "architecture": self.types.architecture(made["InstanceType"]),
            "zone": zone,
            "ipv4": addresses(made, 4),
            "ipv6": addresses(made, 6),
            "image_id": made["ImageId"],
            "stand_in": said.get(STAND_IN) == "yes",
            "user_data": self._user_data(self.id_of(made)),
        }
        return state | {name: said[name] for name in (IMAGE, ISA) if name in said}

    def remove(self, made: Mapping[str, Any]) -> None:
        """Terminate it and wait until it does not count any more."""
        ref = self.id_of(made)
        self.api.drop("terminate instance", lambda c: c.terminate_instances(InstanceIds=[ref]))

        def late() -> CmpError:
            return failures.busy(Call(self.api.cloud, "terminate instance"), f"instance {ref} is still there")

        until(lambda: True if self._state_name(ref) in (None, "terminated") else None, BOOT, late)

    def _state_name(self, ref: str) -> str | None:
        filters: Any = [{"Name": "instance-id", "Values": [ref]}]
        answer = self.api.ask("describe instance", lambda c: c.describe_instances(Filters=filters))
        names = [item["State"]["Name"] for item in self.items(answer["Reservations"])]
        return names[0] if names else None

    def _running(self, ref: str, name: str) -> Mapping[str, Any]:
        call = Call(self.api.cloud, f"run instance {name}")

        def ask() -> Mapping[str, Any] | None:
            known = self.described({"instance-id": ref})
            if not known:
                raise failures.broken(call, f"instance {ref} ended while it was started")
            return known[0] if known[0]["State"]["Name"] != "pending" else None

        return until(ask, BOOT, lambda: failures.busy(call, f"instance {ref} does not run yet"))

    def _set_groups(self, interface: str, groups: list[str]) -> None:
        self.api.ask(
            "set security groups",
            lambda c: c.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups),
        )

    def _give_ipv6(self, interface: str) -> None:
        self.api.ask(
            "assign IPv6 address",
            lambda c: c.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=1),
        )

    def _user_data(self, ref: str) -> str:
        answer = self.api.ask(
            "read user data",
            lambda c: c.describe_instance_attribute(InstanceId=ref, Attribute="userData"),
        )
        return base64.b64decode(answer.get("UserData", {}).get("Value") or "").decode(errors="replace")


def addresses(made: Mapping[str, Any], family: int) -> list[str]:
    """The private IPv4 or the IPv6 addresses of an instance."""
    found = []
    for interface in made.get("NetworkInterfaces", ()):
        if family == 4:  # noqa: PLR2004 - the family
            found += [item["PrivateIpAddress"] for item in interface.get("PrivateIpAddresses", ())]
        else:
            found += [item["Ipv6Address"] for item in interface.get("Ipv6Addresses", ())]
    return sorted(found)


def groups_of(made: Mapping[str, Any]) -> set[str]:
    """The security groups of an instance's interfaces."""
    return {
        group["GroupId"] for interface in made.get("NetworkInterfaces", ()) for group in interface["Groups"]
    }


def _request(wish: Wish, root_device: str) -> dict[str, Any]:
    interface = {
        "DeviceIndex": 0,
        "SubnetId": wish["subnet"],
        "Groups": list(wish["security_groups"]),
        "DeleteOnTermination": True,
    }
    asked: dict[str, Any] = {"MinCount": 1, "MaxCount": 1, "NetworkInterfaces": [interface]}
    if wish.get("user_data"):
        asked["UserData"] = wish["user_data"]
    if wish.get("disk_gib"):
        disk = {"VolumeSize": wish["disk_gib"], "DeleteOnTermination": True}
        asked["BlockDeviceMappings"] = [{"DeviceName": root_device, "Ebs": disk}]
    return asked
