"""A real network of namespaces moves under real SSH; what goes wrong ends in the state before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from support.moving_lab import SEGMENT, Moving, a_moving_plan, moving_lab

from cmp.errors import Interrupted
from cmp.model.migration import Phase
from cmp.model.migration_journal import Direction, HostStanding, MigrationJournal, MoveState, Stage
from cmp.network.moving.stages import backward, entries, forward
from cmp.services.migrating.carrying import LOOK, SWITCH, carry, hosts_of, transaction_of
from cmp.services.migrating.place import Knock, asks_of
from cmp.services.migrating.rehearsing import fire_each_type

pytestmark = [pytest.mark.lab, pytest.mark.hosts]


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    """A network of four hosts before its move, in a lab that starts faster than a move is taken back."""
    with moving_lab(tmp_path) as found:
        yield found


def on(moving: Moving, node: str, *command: str) -> str:
    done = subprocess.run([*moving.lab.door(node), *command], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def standings(journal: MigrationJournal, phase: Phase, wave: str) -> set[HostStanding]:
    stage = Stage(phase=phase, wave=wave, direction=Direction.FORWARD)
    return {entry.standing for entry in journal.of(stage)}


def test_a_network_moves_and_nobody_notices_then_lasts_over_a_reboot_and_loses_its_old_prefix(
    moving: Moving,
) -> None:
    with moving.watched() as watcher:
        done = moving.move(watcher=watcher)

    assert done.state is MoveState.DONE
    assert {entry.standing for entry in done.entries} == {HostStanding.CONFIRMED}
    report = watcher.report
    assert report is not None
    assert report.sent > 0
    assert report.lost == 0
    assert all(each.began for each in report.streams)
    assert all(each.alive for each in report.connections)

    asks = [ask for move in moving.plan.moves for ask in asks_of(move, old=True, new=True)]
    moving.lab.flap("desk-1", "eth0")
    moving.lab.reboot("desk-2")
    assert unanswered(moving, asks) == ()
    for host in ("desk-1", "desk-2", "desk-3"):
        assert "via 203.0.113.1" in on(moving, host, "ip", "route", "show", "default")
        assert "via 2001:db8:a::1" in on(moving, host, "ip", "-6", "route", "show", "default")

    stages = forward(moving.plan, [Phase.RETIRE])
    more = done.model_copy(
        update={
            "stages": (*done.stages, *stages),
            "entries": (*done.entries, *entries(moving.plan, stages)),
        }
    )
    assert carry(more, moving.carrier()).state is MoveState.DONE
    everything = "ip addr; ip route show table all; ip rule; cat /etc/network/interfaces"
    for host in ("desk-1", "desk-2", "desk-4"):
        assert "192.0.2." not in on(moving, host, "sh", "-c", everything)


def test_a_host_that_reboots_while_armed_comes_up_as_it_was(moving: Moving) -> None:
    carrier = moving.carrier()
    stage = Stage(phase=Phase.BESIDE, wave=moving.plan.waves[0].name, direction=Direction.FORWARD)
    host = moving.plan.waves[0].hosts[0]
    tokens = {host: carrier.token()}
    variables = {
        "extranet_tokens": tokens,
        "extranet_name": "test",
        "extranet_seconds": 600,
        "extranet_transactions": {host: transaction_of(moving.plan.move(host), stage)},
    }
    outcome = carrier.play(SWITCH, hosts_of(tokens, stage, carrier), variables)
    assert outcome.results[host]["state"] == "armed"

    moving.lab.reboot(host)

    told = carrier.play(LOOK, hosts_of(tokens, stage, carrier), {"extranet_tokens": tokens}).results[host]
    assert (told["state"], told["why"]) == ("reverted", "the host rebooted before the change was confirmed")
    assert "203.0.113." not in on(moving, host, "ip", "addr")


def test_a_canary_with_a_wrong_gateway_goes_back_and_nobody_else_is_touched(moving: Moving) -> None:
    wrong = a_moving_plan(segment=SEGMENT.model_copy(update={"ipv4_gateway": IPv4Address("203.0.113.77")}))

    with pytest.raises(Interrupted, match=r"does not answer from outside|does not reach"):
        moving.move(wrong)

    left = moving.kept[-1]
    canary = moving.plan.waves[0]
    assert standings(left, Phase.BESIDE, canary.name) == {HostStanding.REVERTED}
    others = {entry.standing for entry in left.entries if entry.host != canary.hosts[0]}
    assert others == {HostStanding.WAITING}
    assert "203.0.113." not in on(moving, canary.hosts[0], "ip", "addr")


def test_a_host_that_is_unreachable_in_the_second_wave_stops_it_and_the_rest(moving: Moving) -> None:
    victim = moving.plan.waves[1].hosts[0]
    block = (
        "add table inet mute; add chain inet mute in { type filter hook input priority 0; };"
        " add rule inet mute in tcp dport 22 drop"
    )
    on(moving, victim, "nft", block)
    try:
        with pytest.raises(Interrupted, match=f"{victim}: unreachable"):
            moving.move()
    finally:
        on(moving, victim, "nft", "delete table inet mute")

    left = moving.kept[-1]
    assert standings(left, Phase.BESIDE, moving.plan.waves[0].name) == {HostStanding.CONFIRMED}
    assert standings(left, Phase.BESIDE, moving.plan.waves[2].name) == {HostStanding.WAITING}
    done = carry(left, moving.carrier())
    assert done.state is MoveState.DONE


def test_the_way_back_is_fired_by_the_host_alone_and_exactly(moving: Moving) -> None:
    fired = fire_each_type(moving.plan, moving.carrier())

    assert [(each.exact, each.said) for each in fired] == [(True, "")]
    assert fired[0].seconds_after_deadline >= 0


def test_a_duplicate_on_the_link_is_found_and_the_wave_goes_back(moving: Moving) -> None:
    canary = moving.plan.waves[0].hosts[0]
    taken = moving.plan.move(canary).addresses[0].ipv4
    on(moving, "desk-4", "ip", "addr", "add", str(taken), "dev", "eth0")
    try:
        with pytest.raises(Interrupted, match="duplicate address"):
            moving.move()
    finally:
        on(moving, "desk-4", "ip", "addr", "del", str(taken), "dev", "eth0")


def unanswered(moving: Moving, asks: Sequence[Knock]) -> tuple[Knock, ...]:
    """Those that do not answer, after neighbours had time to be found."""
    left = tuple(asks)
    for _ in range(10):
        if not (left := moving.place().outside.unanswered(left)):
            break
    return left


def test_confirmed_waves_go_back_the_same_way(moving: Moving) -> None:
    before = on(moving, "desk-1", "sh", "-c", "ip addr show eth0; ip route; ip rule; ip -6 rule")
    stages = forward(moving.plan, [Phase.BESIDE])
    journal = moving.journal().model_copy(update={"stages": stages, "entries": entries(moving.plan, stages)})
    done = carry(journal, moving.carrier())

    back = carry(backward(done, None), moving.carrier())

    assert back.state is MoveState.TAKEN_BACK
    assert on(moving, "desk-1", "sh", "-c", "ip addr show eth0; ip route; ip rule; ip -6 rule") == before
