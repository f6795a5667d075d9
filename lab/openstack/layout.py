"""Fixes where an OpenStack lab keeps its files and on which ports each region's services listen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.ports import ADDRESS

SHARED = "shared"
"""The folder, and the key among ports, of what all regions use: keystone."""

SERVICES = ("nova", "placement", "glance", "neutron")
PER_REGION = 10
"""Ports set aside per region, and as many for what belongs to none: keystone comes first."""

AWS_PLACE = 1
"""The place of the AWS lab's port in an estate's block."""

DATABASES = ("placement", "glance", "neutron", "cell1", "cell0", "nova_api")
_TYPES = {"nova": "compute", "placement": "placement", "glance": "image", "neutron": "network"}
_PATHS = {"nova": "/v2.1"}


@dataclass(frozen=True, slots=True)
class LabLayout:
    """The folder of an OpenStack lab and its ports, the first of them keystone's."""

    folder: Path
    regions: tuple[str, ...]
    ports: range

    @property
    def keystone_port(self) -> int:
        """Where identity answers, for all regions."""
        return self.ports.start

    @property
    def keystone_url(self) -> str:
        """The `auth_url` of clients."""
        return f"http://{ADDRESS}:{self.keystone_port}/v3"

    def region_ports(self, region: str) -> Mapping[str, int]:
        """The ports of a region by service."""
        first = self.ports.start + PER_REGION * (1 + self.regions.index(region))
        return {service: first + place for place, service in enumerate(SERVICES)}

    def endpoints(self, region: str) -> Mapping[str, str]:
        """The URLs of a region by service type, as the catalog names them."""
        return {
            _TYPES[service]: f"http://{ADDRESS}:{port}{_PATHS.get(service, '')}"
            for service, port in self.region_ports(region).items()
        }

    def all_ports(self) -> Mapping[str, Mapping[str, int]]:
        """All ports, by region and service."""
        return {
            SHARED: {"keystone": self.keystone_port},
            **{name: self.region_ports(name) for name in self.regions},
        }

    def region(self, name: str) -> Path:
        """The folder of a region, or the shared one."""
        return self.folder / name

    def databases(self, name: str) -> Path:
        """Where the databases of a region lie."""
        return self.folder / name / "db"

    @property
    def run(self) -> Path:
        """Records of processes, and which regions are wanted."""
        return self.folder / "run"

    @property
    def golden(self) -> Path:
        """The clean copy that `reset` goes back to."""
        return self.folder / "golden"

    @property
    def clouds_yaml(self) -> Path:
        """The file by which clients reach the regions."""
        return self.folder / "clouds.yaml"


def ports_needed(regions: int) -> int:
    """Count the ports that a lab of so many regions takes."""
    return PER_REGION * (1 + regions)
