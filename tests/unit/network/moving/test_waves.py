"""Waves: one canary, a fifth, the rest; a group never loses two members at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_network_host

from cmp.model.network import HostService, NetworkHost
from cmp.network.moving.waves import waves


def _hosts(groups: list[str | None]) -> list[NetworkHost]:
    return [
        a_network_host(f"host-{index}", f"192.0.2.{index + 1}/24", group=group)
        for index, group in enumerate(groups)
    ]


def test_fifty_hosts_make_a_canary_a_fifth_and_the_rest() -> None:
    found = waves(_hosts([None] * 50))

    assert [(wave.name, len(wave.hosts)) for wave in found] == [("canary", 1), ("fifth", 10), ("rest", 39)]


def test_the_canary_is_the_host_that_offers_least() -> None:
    busy = a_network_host("busy", services=(HostService(port=443), HostService(port=53)))
    idle = a_network_host("idle", "192.0.2.9/24")

    assert waves([busy, idle])[0].hosts == ("idle",)


def test_no_hosts_make_no_waves() -> None:
    assert waves([]) == ()


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=40))
def test_every_host_moves_once_and_no_group_loses_two_members_together(groups: list[str | None]) -> None:
    hosts = _hosts(groups)
    group = {host.name: host.group for host in hosts}

    found = waves(hosts)

    assert sorted(name for wave in found for name in wave.hosts) == sorted(group)
    for wave in found:
        named = [group[name] for name in wave.hosts if group[name]]
        assert len(named) == len(set(named))
