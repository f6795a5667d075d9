"""The AWS driver lives up to the stories, on moto's server; failures come out in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cloud_stories import STORIES, Site

from cmp.clouds.binding import Binding, Files, bind
from cmp.clouds.opening import open_cloud
from cmp.errors import NothingFits, Refused, TryLater
from cmp.model.estate import CloudKind

pytestmark = pytest.mark.lab


@pytest.fixture
def binding(lab_clouds: Any) -> Binding:
    """How the leased cloud of the lab is reached."""
    cloud = next(cloud for cloud in lab_clouds.estate.clouds if cloud.kind is CloudKind.AWS)
    lab = lab_clouds.aws
    return bind(cloud, Files(aws_config=lab.config_file, aws_credentials=lab.credentials_file))


@pytest.fixture
def site(binding: Binding) -> Iterator[Site]:
    """The leased cloud."""
    site = Site(open_cloud(binding), "aws")
    yield site
    site.tidy()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_aws_tells_the_story(story: Callable[[Site], None], site: Site) -> None:
    story(site)

    assert not site.listed()


def test_a_subnet_takes_its_part_of_the_clouds_own_ipv6_block(site: Site) -> None:
    vpc = site.ensure("Vpc", "v", name="v", cidr="10.70.0.0/16")
    part = site.ensure("Subnet", "s", name="s", vpc=vpc.id, cidr="10.70.1.0/24", ipv6_index=5)

    block, prefix = vpc.state["ipv6_cidr"], part.state["ipv6_cidr"]

    assert block.endswith("/56")
    assert prefix.endswith("/64")
    assert part.state["ipv6_index"] == 5


def test_the_smallest_type_that_fits_is_taken(site: Site) -> None:
    vpc = site.ensure("Vpc", "v", name="v", cidr="10.70.0.0/16")
    part = site.ensure("Subnet", "s", name="s", vpc=vpc.id, cidr="10.70.1.0/24")
    group = site.ensure("SecurityGroup", "g", name="g", vpc=vpc.id)
    given = {"image": "web:1", "isa": "amd64", "subnet": part.id, "security_groups": [group.id]}
    small = site.ensure("Instance", "a", name="a", vcpus=1, memory_mib=512, **given)
    large = site.ensure("Instance", "b", name="b", vcpus=4, memory_mib=20_000, **given)

    assert small.state["instance_type"] == "t2.nano"
    assert large.state["architecture"] == "x86_64"
    assert small.state["instance_type"] != large.state["instance_type"]


def test_a_size_that_nobody_offers_is_refused(site: Site) -> None:
    with pytest.raises(NothingFits, match="no type for amd64 has 1 vCPU and 9000000 MiB"):
        site.ensure(
            "Instance",
            "i",
            name="i",
            image="web:1",
            isa="amd64",
            vcpus=1,
            memory_mib=9_000_000,
            subnet="subnet-1",
            security_groups=["sg-1"],
        )


def test_wrong_keys_are_refused_in_a_sentence(binding: Binding, tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(
        f"[{binding.profile}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wrong\n"
    )
    cloud = open_cloud(
        Binding(
            cloud="elsewhere",
            kind=CloudKind.AWS,
            profile=binding.profile,
            config_file=binding.config_file,
            credentials_file=str(path),
        )
    )

    with pytest.raises(
        Refused, match=r"cloud elsewhere: describe vpc: .*credentials are not accepted.*request "
    ):
        cloud.list()


def test_a_cloud_that_does_not_answer_is_tried_later(binding: Binding) -> None:
    cloud = open_cloud(
        Binding(
            cloud="elsewhere",
            kind=CloudKind.AWS,
            profile=binding.profile,
            endpoint="http://127.0.0.1:9",
            config_file=binding.config_file,
            credentials_file=binding.credentials_file,
        )
    )

    with pytest.raises(TryLater, match="cloud elsewhere: .* cannot be reached"):
        cloud.list()
