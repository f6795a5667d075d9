"""A binding names entries and files, never a secret, and the kind decides what of it counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.builders import a_cloud

from cmp.clouds.binding import Binding, Files, bind
from cmp.clouds.opening import DRIVERS, open_cloud
from cmp.errors import Invalid
from cmp.model.estate import CloudBinding, CloudKind

FILES = Files(clouds=Path("lab/clouds.yaml"), aws_config=Path("lab/config"), aws_credentials=Path("lab/keys"))


def test_an_openstack_cloud_is_an_entry_of_the_file() -> None:
    cloud = a_cloud("bj-a-gov", kind=CloudKind.OPENSTACK, binding=CloudBinding(cloud="bj-a"))

    assert bind(cloud, FILES) == Binding(
        cloud="bj-a-gov", kind=CloudKind.OPENSTACK, entry="bj-a", clouds_file="lab/clouds.yaml"
    )


def test_without_an_entry_the_clouds_own_id_is_looked_for() -> None:
    cloud = a_cloud("bj-a-gov", kind=CloudKind.OPENSTACK, binding=CloudBinding())

    assert bind(cloud, Files()).entry == "bj-a-gov"


def test_a_given_file_pair_goes_before_the_estates_endpoint() -> None:
    declared = CloudBinding(profile="gy", region="cn-northwest-1", endpoint="https://ec2.example")
    cloud = a_cloud("gy-c-pub", kind=CloudKind.AWS, binding=declared)

    assert bind(cloud, Files()).endpoint == "https://ec2.example"
    assert bind(cloud, FILES) == Binding(
        cloud="gy-c-pub",
        kind=CloudKind.AWS,
        profile="gy",
        config_file="lab/config",
        credentials_file="lab/keys",
    )


def test_every_kind_of_cloud_has_a_driver() -> None:
    opened = open_cloud(Binding(cloud="bj-a-k8s", kind=CloudKind.KUBERNETES, context="north"))

    assert set(DRIVERS) == set(CloudKind)
    assert (opened.id, opened.hosts) == ("bj-a-k8s", None)


def test_a_kubernetes_cloud_is_a_context_of_the_file() -> None:
    cloud = a_cloud("bj-a-k8s", kind=CloudKind.KUBERNETES, binding=CloudBinding(context="north"))

    assert bind(cloud, Files(kubeconfig=Path("lab/kubeconfig"))) == Binding(
        cloud="bj-a-k8s", kind=CloudKind.KUBERNETES, context="north", kubeconfig_file="lab/kubeconfig"
    )


def test_a_cloud_is_opened_once() -> None:
    binding = Binding(cloud="one", kind=CloudKind.OPENSTACK, entry="one")

    assert open_cloud(binding) is open_cloud(binding)


def test_a_cloud_is_opened_anew_once_its_access_data_were_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {one: {}}")
    binding = Binding(cloud="one", kind=CloudKind.OPENSTACK, entry="one", clouds_file=str(path))
    before = open_cloud(binding)
    os.utime(path, ns=(1, 1))

    assert open_cloud(binding) is not before
    assert open_cloud(binding) is open_cloud(binding)


def test_a_missing_access_file_is_said_when_the_cloud_is_asked(tmp_path: Path) -> None:
    lost = tmp_path / "clouds.yaml"
    cloud = open_cloud(Binding(cloud="lost", kind=CloudKind.OPENSTACK, entry="lost", clouds_file=str(lost)))

    with pytest.raises(
        Invalid, match=r"cloud lost: read network: the access file .*clouds\.yaml is not there"
    ):
        cloud.noun("network").read("any")


def test_an_entry_that_the_file_lacks_is_said_when_the_cloud_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {other: {auth: {auth_url: 'http://192.0.2.1/v3'}}}")
    cloud = open_cloud(Binding(cloud="one", kind=CloudKind.OPENSTACK, entry="one", clouds_file=str(path)))

    with pytest.raises(Invalid, match="cloud one: read network: Cloud one was not found"):
        cloud.noun("network").read("any")


def test_a_profile_that_the_files_lack_is_said_when_the_cloud_is_asked(tmp_path: Path) -> None:
    files = Files(aws_config=tmp_path / "config", aws_credentials=tmp_path / "credentials")
    declared = a_cloud("gy-c-pub", kind=CloudKind.AWS, binding=CloudBinding(profile="gy"))
    cloud = open_cloud(bind(declared, files))

    with pytest.raises(Invalid, match="cloud gy-c-pub: describe vpc: .*gy.* could not be found"):
        cloud.noun("vpc").read("vpc-1")
