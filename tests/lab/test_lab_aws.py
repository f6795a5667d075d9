"""An AWS lab answers ordinary clients, checks their keys, and forgets everything when it stops."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from support.builders import a_cloud, a_pool, an_estate
from support.own_ports import Ports, set_aside

from cmp.errors import TryLater
from cmp.model.estate import CloudBinding, CloudKind, Estate
from lab.aws.cloud import FORGETS, AwsLab
from lab.aws.serving import SECRET_HEADER
from lab.base import Health
from lab.processes import recorded
from lab.registry import aws_lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

PROFILE, REGION = "gy-c-pub", "cn-northwest-1"


def leased_estate() -> Estate:
    """One leased cloud with amd64 and arm64 hosts."""
    binding = CloudBinding(profile=PROFILE, region=REGION)
    cloud = a_cloud("gy-c-pub", kind=CloudKind.AWS, binding=binding)
    pools = (a_pool("gy-c-intel", cloud="gy-c-pub"), a_pool("gy-c-kunpeng", cloud="gy-c-pub"))
    return an_estate(clouds=(cloud,), pools=pools)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsLab]:
    """The lab of the leased estate in a state folder of its own."""
    state = tmp_path_factory.mktemp("state")
    set_aside(leased_estate(), state, Ports.LEASED)
    lab = aws_lab(leased_estate(), state)
    try:
        yield lab
    finally:
        lab.down(print)


@pytest.fixture
def lab(made: AwsLab) -> AwsLab:
    """The lab, up, whatever the test before did to it."""
    made.up(print)
    return made


def _session(lab: AwsLab, monkeypatch: pytest.MonkeyPatch) -> boto3.session.Session:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(lab.config_file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(lab.credentials_file))
    return boto3.session.Session(profile_name=PROFILE)


@pytest.fixture
def compute(lab: AwsLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An ordinary client, by the lab's profile alone."""
    with closing(_session(lab, monkeypatch).client("ec2")) as client:
        yield client


def test_a_profile_reaches_the_lab_in_its_region(lab: AwsLab, compute: Any) -> None:
    assert compute.meta.endpoint_url == lab.endpoint
    assert compute.meta.region_name == REGION
    assert compute.describe_availability_zones()["AvailabilityZones"][0]["RegionName"] == REGION


def test_every_instruction_set_has_a_stand_in_image_and_nothing_else_is_there(compute: Any) -> None:
    found = compute.describe_images()["Images"]

    by_isa = {
        tag["Value"]: image for image in found for tag in image["Tags"] if tag["Key"] == "tricenter:isa"
    }
    assert {isa: image["Architecture"] for isa, image in by_isa.items()} == {
        "amd64": "x86_64",
        "arm64": "arm64",
    }
    assert len(found) == 2


def test_an_instance_runs_from_a_stand_in_image(compute: Any) -> None:
    wanted = [
        {"Name": "tag:tricenter:stand-in", "Values": ["yes"]},
        {"Name": "architecture", "Values": ["arm64"]},
    ]
    (image,) = compute.describe_images(Filters=wanted)["Images"]

    (instance,) = compute.run_instances(
        ImageId=image["ImageId"], InstanceType="m6g.large", MinCount=1, MaxCount=1
    )["Instances"]

    assert instance["ImageId"] == image["ImageId"]
    compute.terminate_instances(InstanceIds=[instance["InstanceId"]])


def test_wrong_keys_are_refused(lab: AwsLab, monkeypatch: pytest.MonkeyPatch) -> None:
    known = _session(lab, monkeypatch).get_credentials().access_key
    strangers = [("AKIA0000000000000000", "wrong"), (known, "wrong")]

    for access_key, secret_key in strangers:
        stranger = boto3.session.Session(access_key, secret_key, region_name=REGION)
        with (
            closing(stranger.client("ec2", endpoint_url=lab.endpoint)) as client,
            pytest.raises(ClientError, match="AuthFailure"),
        ):
            client.describe_instances()


def test_up_leaves_a_lab_that_is_up_as_it_is(lab: AwsLab, compute: Any) -> None:
    network = compute.create_vpc(CidrBlock="10.64.0.0/16")["Vpc"]["VpcId"]
    lines: list[str] = []

    lab.up(lines.append)

    assert lines == [f"aws is up already: {lab.endpoint}"]
    assert compute.describe_vpcs(VpcIds=[network])["Vpcs"]
    compute.delete_vpc(VpcId=network)


def test_reset_empties_the_cloud(lab: AwsLab, compute: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(compute.describe_vpcs()["Vpcs"])
    compute.create_vpc(CidrBlock="10.64.0.0/16")

    lab.reset(print)

    with closing(_session(lab, monkeypatch).client("ec2")) as fresh:
        assert len(fresh.describe_vpcs()["Vpcs"]) == before


def test_down_leaves_no_process_and_no_keys_and_is_harmless_twice(lab: AwsLab) -> None:
    processes = recorded(lab.config_file.parent / "run")

    lab.down(print)
    lab.down(print)

    assert processes
    assert not [process for process in processes if process.is_running]
    assert not lab.credentials_file.exists()
    assert [(component.state, component.note) for component in lab.status()] == [(Health.STOPPED, FORGETS)]


def test_a_port_held_by_a_stranger_is_named_with_its_holder(lab: AwsLab) -> None:
    lab.down(print)
    port = int(lab.endpoint.rpartition(":")[2])
    taken = rf"port {port}, which the AWS lab needs, is taken by process {os.getpid()}"

    with closing(socket.create_server(("127.0.0.1", port))), pytest.raises(TryLater, match=taken):
        lab.up(print)


def test_only_the_owner_may_read_the_keys(lab: AwsLab) -> None:
    assert stat.S_IMODE(lab.credentials_file.stat().st_mode) == 0o600


def test_the_log_holds_no_secret(lab: AwsLab, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = _session(lab, monkeypatch).get_credentials().secret_key
    log = Path(lab.config_file.parent / "moto.log")

    assert secret not in log.read_text()


def _answer(lab: AwsLab, path: str, **headers: str) -> tuple[int, bytes]:
    """What the server says to somebody on this machine who has no keys."""
    host, port = lab.endpoint.removeprefix("http://").split(":")
    with closing(HTTPConnection(host, int(port), timeout=30)) as line:
        line.request("POST", path, body="0", headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read()


def test_the_own_api_of_the_server_belongs_to_the_lab(lab: AwsLab, compute: Any) -> None:
    network = compute.create_vpc(CidrBlock="10.64.0.0/16")["Vpc"]["VpcId"]
    unsigned = {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}

    for path in ("/moto-api/reset", "/moto-api/reset-auth", "/moto-api/data.json", "/moto-api/seed?a=1", "/"):
        for headers in ({}, {SECRET_HEADER: "guessed"}, unsigned):
            assert _answer(lab, path, **headers)[0] == HTTPStatus.FORBIDDEN

    assert compute.describe_vpcs(VpcIds=[network])["Vpcs"]
    compute.delete_vpc(VpcId=network)


def test_a_web_page_reaches_nothing(lab: AwsLab) -> None:
    secret = (lab.config_file.parent / "secret").read_text()

    for headers in (
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert (
            _answer(lab, "/moto-api/reset", **headers, **{SECRET_HEADER: secret})[0] == HTTPStatus.FORBIDDEN
        )


def test_the_secret_is_another_one_at_each_start_and_for_its_owner_alone(lab: AwsLab) -> None:
    path = lab.config_file.parent / "secret"
    before = path.read_text()

    lab.reset(print)

    assert path.read_text() != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text() not in (path.parent / "moto.log").read_text()
