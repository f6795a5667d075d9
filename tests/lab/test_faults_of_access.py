"""What does not let us in, or lets us see too little, is told in one sentence: never an empty list."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import yaml
from support.cloud_listings import connect
from support.command_line import ROOT, Answer, Site
from support.faulty_service import clock_says, in_front_of, silent_after
from support.lab_clouds import LabClouds

from lab.folder import folder_of

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

LAB = ROOT / "inventories" / "lab"
REGION, CLOUD = "bj-b", "bj-b-gov"
REFUSED, LATER, INVALID = 3, 5, 2
LONG_AGO = "Mon, 05 Jan 2026 08:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Access:
    """A state folder with access files of its own for the running lab, which tests may spoil."""

    site: Site
    clouds_yaml: Path
    aws_credentials: Path

    def change(self, region: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the entry of one region in clouds.yaml."""
        document = yaml.safe_load(self.clouds_yaml.read_text())
        change(document["clouds"][region])
        self.clouds_yaml.write_text(yaml.safe_dump(document))

    def inventory(self) -> Answer:
        return self.site.run("inventory", LAB)


@pytest.fixture
def access(lab_clouds: LabClouds, tmp_path: Path) -> Access:
    """The files that ordinary clients use, copied."""
    folder = folder_of(lab_clouds.estate, tmp_path)
    for name in ("openstack", "aws"):
        (folder / name).mkdir(parents=True)
    clouds_yaml = Path(shutil.copy(lab_clouds.clouds_yaml, folder / "openstack"))
    shutil.copy(lab_clouds.aws.config_file, folder / "aws")
    credentials = Path(shutil.copy(lab_clouds.aws.credentials_file, folder / "aws"))
    return Access(Site(tmp_path), clouds_yaml, credentials)


@contextmanager
def an_account(clouds: LabClouds, role: str) -> Iterator[dict[str, str]]:
    """A user of our project with one role only; gone with the block."""
    with connect(clouds, REGION) as cloud:
        identity, name, password = cloud.identity, f"visitor-{token_hex(4)}", token_hex(16)
        user = identity.create_user(name=name, password=password, domain_id="default")
        found = identity.find_role(role)
        made = None if found else identity.create_role(name=role)
        try:
            identity.assign_project_role_to_user(cloud.current_project_id, user, found or made)
            yield {"username": name, "password": password}
        finally:
            identity.delete_user(user)
            if made:
                identity.delete_role(made)


def test_everybody_is_let_in_with_the_right_files(access: Access) -> None:
    answer = access.inventory()

    assert answer.code == 0, answer.err


def test_a_wrong_password_is_told_with_the_cloud(access: Access) -> None:
    access.change(REGION, lambda entry: entry["auth"].update(password="wrong"))  # noqa: S106 - it is wrong

    answer = access.inventory()

    assert answer.code == REFUSED, answer.err
    assert f"cloud {CLOUD}: log in: the credentials are not accepted" in answer.refusal
    assert "wrong" not in answer.said.replace("wrongly", "")


def test_a_wrong_secret_key_is_told_with_the_cloud(access: Access) -> None:
    lines = access.aws_credentials.read_text().splitlines()
    spoilt = ["aws_secret_access_key = wrong" if "secret" in line else line for line in lines]
    access.aws_credentials.write_text("\n".join(spoilt))

    answer = access.inventory()

    assert answer.code == REFUSED, answer.err
    assert "cloud gy-c-pub" in answer.refusal
    assert "the credentials are not accepted" in answer.refusal


def test_a_missing_entry_is_told_with_the_cloud(access: Access) -> None:
    document = yaml.safe_load(access.clouds_yaml.read_text())
    del document["clouds"][REGION]
    access.clouds_yaml.write_text(yaml.safe_dump(document))

    answer = access.inventory()

    assert answer.code == INVALID, answer.err
    assert CLOUD in answer.refusal


def test_missing_access_files_are_told(access: Access) -> None:
    access.clouds_yaml.unlink()

    answer = access.inventory()

    assert answer.code == INVALID, answer.err
    assert CLOUD in answer.refusal


def test_an_account_without_rights_gets_an_error_and_no_empty_list(
    access: Access, lab_clouds: LabClouds
) -> None:
    with an_account(lab_clouds, f"onlooker-{token_hex(4)}") as login:
        access.change(REGION, lambda entry: entry["auth"].update(login))

        answer = access.inventory()

    assert answer.code == REFUSED, answer.err
    assert f"cloud {CLOUD}" in answer.refusal
    assert "the account may not do this" in answer.refusal


def test_a_reader_sees_the_list(access: Access, lab_clouds: LabClouds) -> None:
    with an_account(lab_clouds, "reader") as login:
        access.change(REGION, lambda entry: entry["auth"].update(login))

        answer = access.inventory()

    assert answer.code == 0, answer.err
    assert CLOUD in answer.out


def test_fresh_tokens_that_a_service_refuses_point_to_the_clocks(
    access: Access, lab_clouds: LabClouds
) -> None:
    """The identity service is the real one; the network service is simulated: its clock is far behind."""
    service = lab_clouds.openstack.layout.endpoints(REGION)["network"]
    with in_front_of(service, clock_says(LONG_AGO)) as address:
        access.change(REGION, lambda entry: entry.update(network_endpoint_override=f"{address}/v2.0"))

        answer = access.inventory()

    assert answer.code == REFUSED, answer.err
    assert f"cloud {CLOUD}" in answer.refusal
    assert f"its clock says {LONG_AGO}" in answer.refusal


def test_a_cloud_that_is_lost_in_the_middle_of_its_list_is_told(
    access: Access, lab_clouds: LabClouds
) -> None:
    service = lab_clouds.openstack.layout.endpoints(REGION)["network"]
    with in_front_of(service, silent_after(3)) as address:
        access.change(REGION, lambda entry: entry.update(network_endpoint_override=f"{address}/v2.0"))

        answer = access.inventory()

    assert answer.code == LATER, answer.err
    assert "1 of 4 clouds could not be listed" in answer.refusal
    assert f"cloud {CLOUD}" in answer.refusal
    assert "cannot be reached" in answer.refusal
