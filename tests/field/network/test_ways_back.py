"""Field cases of the dead-man: nothing is changed without a running way back."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from uuid import uuid4

import pytest
from support.field_host import NOTHING, a_move, shell
from support.freezer import frozen
from support.needs import needs
from support.one_host import OneHost, one_host

from cmp.model.migration import Phase
from cmp.network.filters.nftables import Border, render
from cmp.network.filters.terms import Policy

pytestmark = [pytest.mark.lab, pytest.mark.hosts, needs("ip", "nft", "unshare", "nsenter")]

RULES = Path(__file__).parent / "rules"
SHORT, ENOUGH, LONG = 4.0, 8.0, 60.0
BROKEN = {"late": "sleep 1; exit 1", "hangs": "sleep 20"}
"""What systemd-run does where no timer can be started; ending at once is noticed already."""


@pytest.fixture
def host() -> Iterator[OneHost]:
    with one_host() as found:
        yield found


def told_by_a_switch(host: OneHost, seconds: float = SHORT) -> str:
    """Put the new addresses beside the old with what the host has in /run/bin; the refusal's sentence."""
    text = json.dumps(["one", "test", seconds, a_move(host).transaction(Phase.BESIDE)])
    code = (
        "import json, sys; sys.path.insert(0, '/usr/local/lib/tricenter'); import deadman\n"
        "try: deadman.switch(*json.load(sys.stdin))\n"
        "except deadman.Refusal as refusal: print(refusal)"
    )
    done = host.run("env", "PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin", "python3", "-c", code, stdin=text)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("how", sorted(BROKEN))
def test_nothing_is_changed_where_no_timer_runs(host: OneHost, how: str) -> None:
    shell(
        host,
        "mkdir -p /run/systemd/system /run/bin;"
        f"printf '#!/bin/sh\\n{BROKEN[how]}\\n' > /run/bin/systemd-run;"
        "printf '#!/bin/sh\\nexit 0\\n' > /run/bin/systemctl; chmod +x /run/bin/*",
    )
    before = host.state()

    assert told_by_a_switch(host)

    assert host.state() == before


def test_a_new_interface_that_is_down_is_named(host: OneHost) -> None:
    shell(host, "ip link add eth9 type veth peer name peer9")
    before = host.state()

    told = host.switch("one", SHORT, {**a_move(host).transaction(Phase.BESIDE), "new": "eth9"})

    assert "eth9" in told["refused"]
    assert host.state() == before


def test_an_interface_without_ipv6_is_refused_with_a_sentence(host: OneHost) -> None:
    shell(host, "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1")
    before = host.state()

    told = told_by_a_switch(host)

    assert "IPv6" in told
    assert host.state() == before


def without_timer(host: OneHost, seconds: float) -> str:
    """A change that is armed and whose timer somebody killed; its token."""
    token = armed(host, seconds)
    os.kill(timer_of(token), signal.SIGKILL)
    return token


def armed(host: OneHost, seconds: float) -> str:
    """A change that is made and waits for its confirmation; its token."""
    token = uuid4().hex
    assert host.switch(token, seconds, a_move(host).transaction(Phase.BESIDE))["state"] == "armed"
    return token


def timer_of(token: str) -> int:
    """The process that waits for the deadline of a change."""
    watching = f"watch\0{token}\0".encode()
    (timer,) = (int(folder.name) for folder in Path("/proc").glob("[0-9]*") if watching in command(folder))
    return timer


def command(process: Path) -> bytes:
    """What a process runs; nothing where it has ended."""
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_change_whose_timer_was_killed_is_not_confirmed_late(host: OneHost) -> None:
    token = without_timer(host, ENOUGH)
    shell(host, f"sleep {ENOUGH + 1}")

    told = host.ask("deadman.confirm(*arguments)", token)

    assert "refused" in told
    assert "198.51.100.11" not in shell(host, "ip -4 addr show")


def test_whoever_looks_first_takes_back_what_a_killed_timer_was_to_take_back(host: OneHost) -> None:
    token = without_timer(host, LONG)

    told = host.ask("deadman.look(*arguments)", token)

    assert (told["state"], told["why"], told["exact"]) == ("reverted", "its timer died", True)
    assert "198.51.100.11" not in shell(host, "ip -4 addr show")


def test_a_timer_that_slept_past_its_deadline_takes_the_change_back_when_it_wakes(host: OneHost) -> None:
    before = host.state()
    token = armed(host, ENOUGH)

    with frozen(timer_of(token)):
        shell(host, f"sleep {ENOUGH}")
        assert host.state() != before

    told = host.until(token, "reverted")
    assert (told["why"], told["exact"]) == ("not confirmed in time", True)
    assert host.state() == before


@pytest.mark.parametrize("call", ["confirm", "look"])
def test_whoever_comes_while_the_timer_sleeps_past_its_deadline_takes_the_change_back(
    host: OneHost, call: str
) -> None:
    before = host.state()
    token = armed(host, ENOUGH)

    with frozen(timer_of(token)):
        shell(host, f"sleep {ENOUGH + 3}")
        told = host.ask(f"deadman.{call}(*arguments)", token)
        assert host.state() == before

    assert "refused" in told or told["state"] == "reverted"
    assert host.ask("deadman.look(*arguments)", token)["exact"] is True


@pytest.mark.parametrize("rules", ["dynamic", "concat", "helper"])
def test_rule_sets_of_others_are_as_before_after_the_way_back(host: OneHost, rules: str) -> None:
    shell(host, f"nft -f {RULES / rules}.nft")
    before = shell(host, "nft -s list ruleset")

    _there_and_back(host)

    assert shell(host, "nft -s list ruleset") == before


def test_a_table_that_a_process_owns_is_as_before_after_the_way_back(host: OneHost) -> None:
    owner = (
        "(echo 'add table inet firewalld { flags owner; }'; sleep 30) | nft -i >/dev/null 2>&1 &"
        "for turn in 1 2 3 4 5 6 7 8 9 10; do nft list tables | grep -q firewalld && break; sleep 0.3; done"
    )
    host.run("sh", "-c", f"({owner}) </dev/null >/dev/null 2>&1")
    before = shell(host, "nft -s list ruleset")
    assert "firewalld" in before

    _there_and_back(host)

    assert shell(host, "nft -s list ruleset") == before


def _there_and_back(host: OneHost) -> None:
    """Put the border's filter in and let the way back take it out; a refusal is right too."""
    own = (IPv4Network("198.51.100.0/24"), IPv6Network("2001:db8:100:1::/64"))
    script = render(Policy("case-net", ()), Border("eth0", "eth1", own))
    host.switch("one", 30.0, {**NOTHING, "nft": script, "old": "eth0"})
    host.ask("deadman.fire(*arguments)", "one", "asked by hand")
