"""A host changes its network only as long as somebody confirms it: all else ends in the state before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support.moving_network import a_migration_plan, some_hosts
from support.one_host import OneHost, on_router, one_host

from cmp.model.migration import Phase

pytestmark = [pytest.mark.lab, pytest.mark.hosts]

LONG, ENOUGH, SHORT, NONE = 60.0, 15.0, 6.0, 0.05
"""Seconds to confirm; ENOUGH lets a test do something to the host before the deadline."""


@pytest.fixture
def host() -> Iterator[OneHost]:
    with one_host() as found:
        yield found


def a_transaction(phase: Phase = Phase.BESIDE, *, back: bool = False) -> Mapping[str, Any]:
    """What the first host of a small plan changes."""
    change = a_migration_plan(some_hosts(1)).moves[0].phases[phase]
    chosen = change.back if back else change.forward
    return {**chosen.model_dump(mode="json"), "old": "", "new": "", "old_address": "192.0.2.11"}


def test_a_change_that_nobody_confirms_is_gone_exactly(host: OneHost) -> None:
    before = host.state()

    assert host.switch("one", SHORT, a_transaction())["state"] == "armed"
    assert host.state() != before
    told = host.until("one", "reverted")

    assert told["exact"] is True
    assert host.state() == before
    assert host.run("test", "-e", "/etc/network/if-up.d/tricenter-desk-net").returncode != 0


def test_a_change_that_takes_longer_than_its_time_leaves_nothing_behind(host: OneHost) -> None:
    before = host.state()

    assert "the time ran out" in host.switch("one", NONE, a_transaction())["refused"]

    assert host.until("one", "reverted")["exact"] is True
    assert host.state() == before


def test_a_confirmed_change_stays_and_is_written_down(host: OneHost) -> None:
    host.switch("one", LONG, a_transaction())

    assert host.ask("deadman.confirm(*arguments)", "one")["state"] == "confirmed"

    written = host.run("cat", "/etc/network/if-up.d/tricenter-desk-net").stdout
    assert "addr replace 203.0.113.11/24" in written
    assert "dev eth0" in written
    assert "203.0.113.11" in host.run("ip", "addr").stdout


def test_a_change_and_its_inverse_leave_the_host_as_it_was(host: OneHost) -> None:
    before = host.state()
    for token, transaction in (
        ("one", a_transaction()),
        ("two", a_transaction(Phase.CUTOVER)),
        ("three", a_transaction(Phase.CUTOVER, back=True)),
        ("four", a_transaction(back=True)),
    ):
        assert host.switch(token, LONG, transaction)["state"] == "armed"
        assert host.ask("deadman.confirm(*arguments)", token)["state"] == "confirmed"

    assert host.ask("network_state.differences(*arguments)", before, host.state()) == []
    assert host.run("ls", "/etc/network/if-up.d", "/etc/network/interfaces.d").stdout.count("tricenter") == 0


def test_a_wrong_token_confirms_nothing(host: OneHost) -> None:
    host.switch("one", LONG, a_transaction())

    assert host.ask("deadman.confirm(*arguments)", "other") == {"refused": "no change waits for this token"}
    assert host.ask("deadman.look(*arguments)", "one")["state"] == "armed"


def test_a_late_confirmation_is_refused_and_the_state_is_the_old_one(host: OneHost) -> None:
    before = host.state()
    host.switch("one", SHORT, a_transaction())
    host.until("one", "reverted")

    assert "no change waits" in host.ask("deadman.confirm(*arguments)", "one")["refused"]
    assert host.state() == before


def test_of_a_confirmation_and_a_deadline_exactly_one_wins(host: OneHost) -> None:
    text = """
import json, sys, threading
sys.path.insert(0, "/usr/local/lib/tricenter")
import deadman
deadman.switch("one", "test", 60, json.load(sys.stdin))
told = []
def say(call, *words):
    try:
        told.append(call(*words)["state"])
    except deadman.Refusal as refusal:
        told.append("refused")
both = [threading.Thread(target=say, args=(deadman.confirm, "one")),
        threading.Thread(target=say, args=(deadman.fire, "one", "test"))]
[one.start() for one in both]
[one.join() for one in both]
print(json.dumps([told, deadman.look("one")["state"]]))
"""
    done = host.run("/usr/bin/python3", "-c", text, stdin=json.dumps(a_transaction()))
    told, state = json.loads(done.stdout)

    assert state in {"confirmed", "reverted"}
    assert ("confirmed" in told) == (state == "confirmed")


def test_a_second_change_is_refused_while_one_is_armed(host: OneHost) -> None:
    host.switch("one", LONG, a_transaction())

    assert "another change is armed" in host.switch("two", LONG, a_transaction())["refused"]


def test_the_same_token_again_changes_nothing(host: OneHost) -> None:
    host.switch("one", LONG, a_transaction())
    after = host.state()

    assert host.switch("one", LONG, a_transaction())["state"] == "armed"
    assert host.state() == after


def test_a_wrong_gateway_fails_half_way_and_is_taken_back_at_once(host: OneHost) -> None:
    before = host.state()
    transaction = dict(a_transaction())
    transaction["commands"] = [
        line.replace("via 203.0.113.1 ", "via 198.51.100.77 ") for line in transaction["commands"]
    ]

    assert "Nexthop has invalid gateway" in host.switch("one", LONG, transaction)["refused"]
    assert host.ask("deadman.look(*arguments)", "one")["state"] == "reverted"
    assert host.state() == before


def test_a_host_that_reboots_while_armed_forgets_the_change(host: OneHost) -> None:
    host.switch("one", LONG, a_transaction())

    host.run("rm", "-f", "/run/tricenter-boot")  # what a reboot does to /run
    host.run("/usr/bin/python3", "/usr/local/lib/tricenter/deadman.py", "boot")

    told = host.ask("deadman.look(*arguments)", "one")
    assert (told["state"], told["why"]) == (
        "reverted",
        "the host rebooted before the change was confirmed",
    )
    assert "no change waits" in host.ask("deadman.confirm(*arguments)", "one")["refused"]
    assert host.run("ls", "/etc/network/if-up.d", "/etc/network/interfaces.d").stdout.count("tricenter") == 0


def test_the_management_address_comes_back_when_it_was_lost(host: OneHost) -> None:
    before = host.state()
    host.switch("one", ENOUGH, a_transaction())
    assert host.state() != before

    host.run("ip", "addr", "flush", "dev", "eth0")  # takes link-local addresses and all routes too
    told = host.until("one", "reverted")

    assert told["exact"] is True, told
    assert host.state() == before


@pytest.mark.parametrize("address", ["203.0.113.11/24", "2001:db8:a::b/64"])
def test_a_duplicate_address_is_found_before_it_is_used(host: OneHost, address: str) -> None:
    before = host.state()
    on_router(host, "addr", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else []))

    told = host.switch("one", LONG, a_transaction())

    assert told["refused"].startswith("duplicate address")
    assert host.state() == before


def test_retired_addresses_are_forgotten_by_the_hosts_own_configuration_and_recalled(host: OneHost) -> None:
    loopback = "auto lo\niface lo inet loopback\n"
    text = (
        f"{loopback}\nauto eth0\niface eth0 inet static\n    address 192.0.2.11/24\n    gateway 192.0.2.1\n"
    )
    host.run("sh", "-c", "cat > /etc/network/interfaces", stdin=text)
    for token, phase in (("one", Phase.BESIDE), ("two", Phase.CUTOVER), ("three", Phase.RETIRE)):
        host.switch(token, LONG, a_transaction(phase))
        assert host.ask("deadman.confirm(*arguments)", token)["state"] == "confirmed"

    assert "192.0.2.11" not in host.run("cat", "/etc/network/interfaces").stdout
    assert "192.0.2." not in host.run("ip", "addr").stdout + host.run("ip", "rule").stdout
    back = dict(a_transaction(Phase.RETIRE, back=True), old_address="203.0.113.11")
    for token, transaction in (("four", back), ("five", a_transaction(Phase.CUTOVER, back=True))):
        host.switch(token, LONG, transaction)
        assert host.ask("deadman.confirm(*arguments)", token)["state"] == "confirmed"
    assert host.run("cat", "/etc/network/interfaces").stdout == text
