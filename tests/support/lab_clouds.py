"""Gives tests of the lab and of faults their clouds: those of inventories/lab, started once a session.

Nothing is simulated but what lab/README.md says: no packets flow and no guests run. Tests share the clouds,
so each leaves them as it found them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cmp.loaders.loading import load
from cmp.model.estate import Estate
from lab.aws.cloud import AwsLab
from lab.folder import locked
from lab.openstack.cloud import OpenStackLab
from lab.registry import aws_lab, openstack_lab

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "build" / "lab-tests"
"""Kept between sessions, so that only the first has to make the databases."""

RUNNING = "TRICENTER_RUNNING_LAB"
"""Names a state folder whose lab runs and stays running: quicker while one works on a test."""


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


def _clouds(state: Path) -> LabClouds:
    estate = load(ROOT / "inventories" / "lab").environment.estate
    return LabClouds(estate, state, openstack_lab(estate, state), aws_lab(estate, state))


@pytest.fixture(scope="session")
def lab_clouds() -> Iterator[LabClouds]:
    """The clouds of inventories/lab, clean, started once and stopped at the end of the session."""
    if running := os.environ.get(RUNNING):
        clouds = _clouds(Path(running))
        clouds.openstack.up(print)
        clouds.aws.up(print)
        yield clouds
        return
    with locked(STATE / "session.lock"):
        clouds = _clouds(STATE)
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
