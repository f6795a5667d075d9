"""Lists clouds with their ordinary clients alone, so that what is there is told by nobody of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import boto3
import openstack
from botocore.session import Session as AwsFiles
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from support.lab_clouds import LabClouds

Thing = tuple[str, str, str]
"""Region or profile, kind, name."""

Listing = Counter[Thing]
"""How often each thing is there: what is there twice is a duplicate."""


def connect(clouds: LabClouds, region: str) -> Connection:
    """An ordinary client of one region, by the lab's clouds.yaml."""
    config = OpenStackConfig(config_files=[str(clouds.clouds_yaml)], vendor_files=[], load_envvars=False)
    return openstack.connection.Connection(config=config.get_one(region))


def list_clouds(clouds: LabClouds) -> Listing:
    """Everything that the regions and the leased cloud list, names and numbers."""
    regions = clouds.openstack.layout.regions
    with ThreadPoolExecutor(len(regions)) as threads:
        found = list(threads.map(lambda region: _region(clouds, region), regions))
    return Counter(thing for things in (*found, _leased(clouds)) for thing in things)


def of_region(listing: Listing, region: str) -> Listing:
    """The part of a listing that belongs to one region."""
    return Counter({thing: count for thing, count in listing.items() if thing[0] == region})


def servers_in(listing: Listing) -> list[str]:
    """The names of all servers and instances, a name for each that is there."""
    return sorted(name for (_, kind, name) in listing.elements() if kind in {"server", "instance"})


def _region(clouds: LabClouds, region: str) -> list[Thing]:
    with connect(clouds, region) as cloud:
        return [(region, kind, name) for kind, name in _things(cloud)]


def _things(cloud: Connection) -> Iterator[tuple[str, str]]:
    network, compute = cloud.network, cloud.compute
    kinds: dict[str, Iterable[Any]] = {
        "server": compute.servers(all_projects=True),
        "flavor": compute.flavors(is_public=None),
        "server group": compute.server_groups(all_projects=True),
        "network": network.networks(),
        "subnet": network.subnets(),
        "router": network.routers(),
        "security group": network.security_groups(),
    }
    for kind, things in kinds.items():
        for thing in things:
            yield kind, str(thing.name)
    for port in network.ports():
        yield "port", str(port.device_owner)
    for address in network.ips():
        yield "floating address", str(address.description)


def _leased(clouds: LabClouds) -> list[Thing]:
    files = AwsFiles(profile=_profile(clouds))
    files.set_config_variable("config_file", str(clouds.aws.config_file))
    files.set_config_variable("credentials_file", str(clouds.aws.credentials_file))
    with closing(boto3.Session(botocore_session=files).client("ec2")) as client:
        reservations = client.describe_instances()["Reservations"]
        living = [
            instance
            for reservation in reservations
            for instance in reservation["Instances"]
            if instance["State"]["Name"] not in {"terminated", "shutting-down"}
        ]
        kinds: dict[str, Any] = {
            "instance": living,
            "vpc": client.describe_vpcs()["Vpcs"],
            "subnet": client.describe_subnets()["Subnets"],
            "gateway": client.describe_internet_gateways()["InternetGateways"],
            "security group": client.describe_security_groups()["SecurityGroups"],
        }
    return [("leased", kind, _tag(thing, "Name")) for kind, things in kinds.items() for thing in things]


def _profile(clouds: LabClouds) -> str:
    return next(cloud.binding.profile for cloud in clouds.estate.clouds if cloud.binding.profile)


def _tag(thing: Any, name: str) -> str:
    return next((tag["Value"] for tag in thing.get("Tags", ()) if tag["Key"] == name), "")
