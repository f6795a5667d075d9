"""What stands on hosts is read from the clouds; what cannot be read is told, never guessed."""

from __future__ import annotations

import pytest
from support.standing_servers import CLOUD, POOL, a_cloud_of, a_server, a_standing_plan, migration, moves_of

from cmp.clouds.hosts import Host, numbered
from cmp.errors import Refused
from cmp.model.moves import Basis
from cmp.services.moves.carrying import opened
from cmp.services.standings import STRANGER, host_map_of
from stacks.programs.rows import servers_of


def test_servers_stand_on_the_numbers_of_their_hosts() -> None:
    plan = a_standing_plan()
    cloud = a_cloud_of(plan, (1, 2, 4, 4))

    found = host_map_of(plan, {CLOUD: cloud})

    assert sorted(each.host for each in found.reality.standings) == [1, 2, 4, 4]
    assert found.reality.basis is Basis.CLOUDS
    assert found.names[POOL, 4] == f"{POOL}-4"
    assert {name for _, name in found.ids} == {server.name for server in servers_of(plan)}


def test_only_hosts_that_sleep_to_save_power_may_be_woken() -> None:
    plan = a_standing_plan()
    cloud = a_cloud_of(plan, (1, 1, 1, 1))
    cloud.hosts.switch(f"{POOL}-2", on=False, reason="tricenter rebalance, rebalance-1")
    cloud.hosts.switch(f"{POOL}-3", on=False, reason="bad memory")
    cloud.hosts.down.add(f"{POOL}-4")

    reality = host_map_of(plan, {CLOUD: cloud}).reality

    assert reality.off[POOL] == {2, 3, 4}
    assert reality.out[POOL] == {3, 4}


def test_strangers_are_told_of() -> None:
    plan = a_standing_plan()
    cloud = a_cloud_of(plan, (1, 1, 1, 1))
    ref = a_server(cloud, "guest", {}, host=3)

    (stranger,) = [
        each for each in host_map_of(plan, {CLOUD: cloud}).reality.standings if each.workload == STRANGER
    ]

    assert (stranger.server, stranger.host) == (f"guest ({ref})", 3)


def test_of_a_cloud_that_does_not_say_the_packing_is_taken_and_nothing_is_carried_out() -> None:
    plan = a_standing_plan()
    cloud = a_cloud_of(plan, (1, 1, 1, 1))
    cloud.hosts.silent = Refused("the account may not do this")

    found = host_map_of(plan, {CLOUD: cloud})

    assert str(found.silent[CLOUD]) == "the account may not do this"
    assert found.reality.basis is Basis.PLAN
    assert len(found.reality.standings) == len(servers_of(plan))
    assert found.names == {}
    with pytest.raises(Refused, match="may not do this"):
        opened(moves_of(plan, migration(plan, 0, 1, 2)), found, "rebalance-1", "now")


def test_hosts_are_numbered_by_their_names_ends_or_by_their_order() -> None:
    def names(*hosts: str) -> dict[int, str]:
        known = [Host(name, POOL) for name in hosts]
        return {number: host.name for number, host in numbered(POOL, 3, known).items()}

    assert names("node-3", "node-1") == {1: "node-1", 3: "node-3"}
    assert names("node-10", "node-9", "node-11") == {1: "node-9", 2: "node-10", 3: "node-11"}
    assert names("b", "a", "c") == {1: "a", 2: "b", 3: "c"}
