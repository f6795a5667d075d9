"""Hosts of a real Nova live up to the stories; what goes wrong there comes out in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.cloud_stories import Site
from support.host_stories import HOST_STORIES, a_server, hosts_of, names_in, stands
from support.small_lab import EAST

from cmp.clouds.binding import Binding
from cmp.clouds.hosts import MigrationPhase
from cmp.clouds.opening import open_cloud
from cmp.errors import NothingFits, Refused, TryLater
from cmp.model.estate import CloudKind
from lab.openstack.clients import connect
from lab.openstack.cloud import OpenStackLab
from lab.openstack.config import PROJECT, USER

pytestmark = pytest.mark.lab

POOL, CHIP = "bj-a-hygon", "hygon-7390"
SECRET = "reads"  # noqa: S105 - of an account that lives for one test


@pytest.fixture
def site(small_lab: OpenStackLab) -> Iterator[Site]:
    """A region with two hosts of an amd64 chip, and one of another."""
    site = Site(_open(small_lab.layout.clouds_yaml), "openstack", zone=POOL, chip=CHIP)
    yield site
    site.tidy()


@pytest.mark.parametrize("story", HOST_STORIES, ids=lambda story: story.__name__)
def test_nova_tells_the_story(story: Callable[[Site], None], site: Site) -> None:
    story(site)

    assert not site.listed()


def test_a_move_that_somebody_began_is_waited_for(site: Site, small_lab: OpenStackLab) -> None:
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, POOL)
    to = second if stands(hosts, server) == first else first
    told: list[str] = []
    with _operator(small_lab) as cloud:
        cloud.compute.live_migrate_server(server, host=to, block_migration="auto")

        hosts.move(server, to, tell=told.append)

    assert told
    assert stands(hosts, server) == to


def test_what_a_move_left_that_nova_forgot_is_cleared(site: Site, small_lab: OpenStackLab) -> None:
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, POOL)
    to = second if stands(hosts, server) == first else first
    with _operator(small_lab) as cloud:
        (port,) = cloud.network.ports(device_id=server)
        cloud.network.create_port_binding(port, host=to)

    hosts.move(server, to)

    assert stands(hosts, server) == to


def test_a_move_that_breaks_leaves_the_server_where_it_was(site: Site, small_lab: OpenStackLab) -> None:
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, POOL)
    source = stands(hosts, server)
    with _operator(small_lab) as cloud:
        cloud.compute.set_server_metadata(server, **{"lab:migration": "fails"})

        with pytest.raises(Refused, match=f"it stands on {source} as before: nova ended the move as error"):
            hosts.move(server, second if source == first else first)

    moved = hosts.migration(server)
    assert stands(hosts, server) == source
    assert moved is not None
    assert moved.phase is MigrationPhase.FAILED


def test_a_host_of_another_chip_is_no_place_for_a_server(site: Site) -> None:
    hosts, server = hosts_of(site), a_server(site)

    with pytest.raises(NothingFits, match="move server .* that host takes it not"):
        hosts.move(server, "bj-a-loongson-1")


def test_a_host_that_is_down_is_waited_for(site: Site, small_lab: OpenStackLab) -> None:
    hosts, server = hosts_of(site), a_server(site)
    first, second = names_in(hosts, POOL)
    other = second if stands(hosts, server) == first else first
    with _operator(small_lab) as cloud:
        service = next(each for each in cloud.compute.services(host=other))
        try:
            cloud.compute.update_service_forced_down(service, forced=True)

            with pytest.raises(TryLater, match=f"host {other} is down"):
                hosts.move(server, other)
        finally:
            cloud.compute.update_service_forced_down(service, forced=False)


def test_an_account_without_the_right_is_told_so(small_lab: OpenStackLab, tmp_path: Path) -> None:
    with _operator(small_lab) as cloud:
        user = cloud.identity.create_user(name="reader", password=SECRET, domain_id="default")
        project = cloud.identity.find_project(PROJECT, ignore_missing=False)
        role = cloud.identity.find_role("member", ignore_missing=False)
        cloud.identity.assign_project_role_to_user(project, user, role)
        try:
            document = yaml.safe_load(small_lab.layout.clouds_yaml.read_text())
            document["clouds"][EAST]["auth"] |= {"username": "reader", "password": SECRET}
            path = tmp_path / "clouds.yaml"
            path.write_text(yaml.safe_dump(document))

            with pytest.raises(Refused, match="list hosts: the account may not do this"):
                hosts_of(Site(_open(path), "openstack")).list()
        finally:
            cloud.identity.delete_user(user)


def _open(clouds_yaml: Path) -> Any:
    return open_cloud(
        Binding(cloud="bj-a-gov", kind=CloudKind.OPENSTACK, entry=EAST, clouds_file=str(clouds_yaml))
    )


def _operator(lab: OpenStackLab) -> Any:
    """An ordinary client of the region's administrator."""
    document = yaml.safe_load(lab.layout.clouds_yaml.read_text())
    return connect(lab.layout, EAST, USER, document["clouds"][EAST]["auth"]["password"], PROJECT)
