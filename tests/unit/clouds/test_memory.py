"""The twin in memory lives up to the stories that the real clouds are held to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.cloud_stories import STORIES, Site

from cmp.clouds.memory import MemoryCloud


@pytest.mark.parametrize("kind", ["openstack", "aws"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_twin_tells_the_story(story: Callable[[Site], None], kind: str) -> None:
    site = Site(MemoryCloud("twin"), kind, chip="hygon-7390" if kind == "openstack" else None)

    story(site)

    assert not site.listed()


def test_a_server_stands_on_a_host_with_the_flavors_chip() -> None:
    site = Site(MemoryCloud("twin"), "openstack", zone="bj-a-hygon")
    network = site.ensure("Network", "n", name="n")
    site.ensure("Subnet", "s", name="s", network=network.id, cidr="192.0.2.0/24")
    group = site.ensure("SecurityGroup", "g", name="g")
    flavor = site.ensure("Flavor", "f", name="f", vcpus=1, memory_mib=1, disk_gib=0, chip="hygon-7390")
    server = site.ensure(
        "Server",
        "v",
        name="v",
        image="web:1",
        isa="amd64",
        flavor=flavor.id,
        network=network.id,
        availability_zone="bj-a-hygon",
        security_groups=[group.id],
    )

    facts = site.listed()["server", server.id].facts

    assert facts["traits"] == ("CUSTOM_CHIP_HYGON_7390",)
    assert (facts["host"], facts["zone"]) == ("bj-a-hygon-1", "bj-a-hygon")
