"""The OpenStack driver lives up to the stories, on a real control plane; failures come out in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.cloud_stories import STORIES, Site

from cmp.clouds.base import Cloud, Mark
from cmp.clouds.binding import Binding
from cmp.clouds.opening import open_cloud
from cmp.errors import NothingFits, Refused, TryLater
from cmp.model.estate import CloudKind, Isa
from stacks.provider.table import type_of
from stacks.provider.types import ResourceType

pytestmark = pytest.mark.lab


@pytest.fixture
def site(lab_clouds: Any) -> Iterator[Site]:
    """A region with hosts of an amd64 chip."""
    estate = lab_clouds.estate
    pool = next(
        pool
        for pool in estate.pools
        if estate.chip[pool.chip].isa is Isa.AMD64 and estate.cloud[pool.cloud].kind is CloudKind.OPENSTACK
    )
    cloud = estate.cloud[pool.cloud]
    binding = Binding(
        cloud=cloud.id,
        kind=cloud.kind,
        entry=str(cloud.binding.cloud),
        clouds_file=str(lab_clouds.clouds_yaml),
    )
    site = Site(open_cloud(binding), "openstack", zone=pool.id, chip=pool.chip)
    yield site
    site.tidy()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_openstack_tells_the_story(story: Callable[[Site], None], site: Site) -> None:
    story(site)

    assert not site.listed()


def test_a_server_stands_on_a_host_with_the_wished_chip(site: Site) -> None:
    server = _a_server(site, chip=site.chip)
    facts = site.listed()["server", server].facts

    assert facts["host"].startswith(f"{site.zone}-")
    assert f"CUSTOM_CHIP_{str(site.chip).upper().replace('-', '_')}" in facts["traits"]
    assert facts["zone"] == site.zone


def test_a_server_starts_on_the_host_that_the_plan_gave_it(site: Site) -> None:
    """The cloud alone spreads servers, until a large one finds no room although the Plan had some."""
    hosts = [host.name for host in site.cloud.hosts.list() if host.zone == site.zone]
    last = len(hosts)

    server = _a_server(site, place={"host": last, "of": last}, chip=site.chip)

    assert site.listed()["server", server].facts["host"] == f"{site.zone}-{last}"


def test_a_server_whose_host_takes_nothing_starts_on_another(site: Site) -> None:
    hosts = [host.name for host in site.cloud.hosts.list() if host.zone == site.zone]
    site.cloud.hosts.switch(f"{site.zone}-1", on=False, reason="a story")
    try:
        server = _a_server(site, place={"host": 1, "of": len(hosts)}, chip=site.chip)
    finally:
        site.cloud.hosts.switch(f"{site.zone}-1", on=True)

    assert site.listed()["server", server].facts["host"] in set(hosts) - {f"{site.zone}-1"}


def test_a_server_that_no_host_takes_is_removed_again(site: Site) -> None:
    with pytest.raises(NothingFits, match="no host takes it: No valid host"):
        _a_server(site, extra_specs={"trait:HW_CPU_X86_AVX512F": "required"})

    assert not [item for item in site.listed().values() if item.kind == "server"]


def test_of_two_servers_under_one_mark_the_first_stays(site: Site, lab_clouds: Any) -> None:
    first = _a_server(site, chip=site.chip)
    noun = site.cloud.noun("server")
    found = noun.read(first)
    assert found is not None
    listed = site.listed()["server", first]
    type_, mark = _mark_of_server(site)
    wish = site.wish(type_, {name: value for name, value in found.state.items() if name in type_.fields})
    noun.create(wish, mark)

    kept = noun.find(mark)

    assert kept is not None
    assert kept.id == first
    assert [ref for kind, ref in site.listed() if kind == "server"] == [first]
    assert listed.tags["urn"] == mark.key


def test_wrong_credentials_are_refused_in_a_sentence(lab_clouds: Any, tmp_path: Path) -> None:
    cloud = _bound_to(_changed(lab_clouds.clouds_yaml, tmp_path, username="nobody"))

    with pytest.raises(Refused, match=r"cloud elsewhere: .*credentials are not accepted.*request req-"):
        cloud.list()


def test_a_cloud_that_does_not_answer_is_tried_later(lab_clouds: Any, tmp_path: Path) -> None:
    cloud = _bound_to(_changed(lab_clouds.clouds_yaml, tmp_path, auth_url="http://127.0.0.1:9/v3"))

    with pytest.raises(TryLater, match="cloud elsewhere: .* cannot be reached"):
        cloud.noun("network").read("any")


def _a_server(site: Site, place: dict[str, int] | None = None, **size: object) -> str:
    network = site.ensure("Network", "n", name="story-n")
    part = site.ensure("Subnet", "s", name="story-s", network=network.id, cidr="10.64.9.0/24")
    group = site.ensure("SecurityGroup", "g", name="story-g")
    flavor = site.ensure("Flavor", "f", name="story-f", vcpus=1, memory_mib=64, disk_gib=0, **size)
    server = site.ensure(
        "Server",
        "v",
        name="story-v",
        image="web:2.4",
        isa="amd64",
        flavor=flavor.id,
        network=network.id,
        subnets=[part.id],
        availability_zone=site.zone,
        place=place,
        security_groups=[group.id],
    )
    return server.id


def _mark_of_server(site: Site) -> tuple[ResourceType, Mark]:
    type_ = type_of("tricenter:openstack:Server")
    return type_, site.mark(type_, "v")


def _changed(clouds_yaml: Path, folder: Path, **auth: str) -> Path:
    """A copy of the access file whose first entry, with other access data, is called elsewhere."""
    document = yaml.safe_load(clouds_yaml.read_text())
    entry = next(iter(document["clouds"].values()))
    entry["auth"] |= auth
    path = folder / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": {"elsewhere": entry}}))
    return path


def _bound_to(path: Path) -> Cloud:
    binding = Binding(cloud="elsewhere", kind=CloudKind.OPENSTACK, entry="elsewhere", clouds_file=str(path))
    return open_cloud(binding)
