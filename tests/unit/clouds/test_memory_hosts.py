"""The hosts of the twin live up to the stories that real clouds' hosts are held to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.cloud_stories import Site
from support.host_stories import HOST_STORIES, a_server, hosts_of, stands

from cmp.clouds.hosts import MigrationPhase
from cmp.clouds.memory import MemoryCloud
from cmp.errors import NothingFits, Refused, TryLater

POOL = "bj-a-hygon"


def a_site() -> Site:
    return Site(MemoryCloud("twin", {POOL: 2}), "openstack", zone=POOL, chip="hygon-7390")


@pytest.mark.parametrize("story", HOST_STORIES, ids=lambda story: story.__name__)
def test_the_twin_tells_the_story(story: Callable[[Site], None]) -> None:
    site = a_site()

    story(site)

    assert not site.listed()


def test_a_host_without_room_is_refused() -> None:
    site = a_site()
    hosts, server = hosts_of(site), a_server(site)
    site.cloud.hosts.room = 0

    with pytest.raises(NothingFits, match="no room"):
        hosts.move(server, f"{POOL}-2")


@pytest.mark.parametrize("down", [1, 2])
def test_a_host_that_is_down_is_waited_for(down: int) -> None:
    site = a_site()
    hosts, server = hosts_of(site), a_server(site)
    site.cloud.hosts.down.add(f"{POOL}-{down}")

    with pytest.raises(TryLater, match=f"host {POOL}-{down}"):
        hosts.move(server, f"{POOL}-2")


def test_a_move_that_is_given_up_leaves_the_server_where_it_was() -> None:
    site = a_site()
    hosts, server = hosts_of(site), a_server(site)
    site.cloud.hosts.stuck.add(server)

    with pytest.raises(Refused, match="as before"):
        hosts.move(server, f"{POOL}-2")

    moved = hosts.migration(server)
    assert stands(hosts, server) == f"{POOL}-1"
    assert moved is not None
    assert moved.phase is MigrationPhase.FAILED
