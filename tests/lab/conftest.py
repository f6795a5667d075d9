"""Gives tests real clouds: `lab_clouds` follows inventories/lab and runs for the session, clean at its start.

Nothing is simulated but what lab/README.md says: no packets flow and no guests run. Tests share the clouds,
so each leaves them as it found them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cmp.model.estate import Estate
from lab.aws.cloud import AwsLab
from lab.folder import locked
from lab.openstack.cloud import OpenStackLab
from lab.registry import aws_lab, openstack_lab

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "build" / "lab-tests"
"""Kept between sessions, so that only the first has to make the databases."""


@dataclass(frozen=True, slots=True)
class LabClouds:
    """Running labs of one estate and the files by which clients reach them."""

    estate: Estate
    state: Path
    openstack: OpenStackLab
    aws: AwsLab

    @property
    def folder(self) -> Path:
        """The folder of the estate's labs."""
        return self.openstack.layout.folder.parent

    @property
    def clouds_yaml(self) -> Path:
        """Entries of the OpenStack regions."""
        return self.openstack.layout.clouds_yaml

    @property
    def environment(self) -> Mapping[str, str]:
        """What ordinary clients take from the environment."""
        return {
            "OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml),
            "AWS_CONFIG_FILE": str(self.aws.config_file),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.aws.credentials_file),
        }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests of the clouds on one worker, since they share them."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("lab"))


@pytest.fixture(scope="session")
def lab_clouds() -> Iterator[LabClouds]:
    """The clouds of inventories/lab, clean, started once and stopped at the end of the session."""
    from cmp.loaders.loading import load  # noqa: PLC0415 - nothing else in this folder reads inventories

    estate = load(ROOT / "inventories" / "lab").environment.estate
    with locked(STATE / "session.lock"):
        clouds = LabClouds(estate, STATE, openstack_lab(estate, STATE), aws_lab(estate, STATE))
        labs = (clouds.openstack, clouds.aws)
        try:
            for lab in labs:
                lab.down(print)
                lab.reset(print)
                lab.up(print)
            yield clouds
        finally:
            for lab in labs:
                lab.down(print)
