"""Moves drawn hosts that are whole Debians there and back, with reboots, several of them in one lab."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Interface
from pathlib import Path
from random import Random
from typing import Any

from support.builders import a_network_host, a_private_network
from support.moving_lab import SEGMENT, STATIONS, Moving, a_moving_plan, at_once, moving_lab
from support.random_hosts import filters, listing, writing
from support.random_hosts.trying import Outcome, differing
from support.random_hosts.words import GATEWAY, Default, Line, Old
from support.whole_moves import go, on, patiently, unmoved, written

from cmp.errors import CmpError
from cmp.model.lab_host import LabHost
from cmp.model.migration import Phase
from cmp.model.network import Manager, NetworkHost, PrivateNetwork, Ssh
from cmp.network.moving.stages import backward
from cmp.services.migrating.assessing import assess
from cmp.services.migrating.carrying import carry

TOGETHER = 5
"""Hosts of one lab: one of each manager, so that a run that was stopped lost little."""
MANAGERS = tuple(Manager)
ORDER = (Phase.BESIDE, Phase.CUTOVER, Phase.RETIRE)
LOOKS = 20
HOSTS_OF_A_HOST = 5
"""Numbers of the old network that are kept for each host."""


def lines_of(number: int) -> tuple[Line, Manager]:
    """The old line of a booted host: at least its default, since plays reach it over that."""
    chance = Random(number)  # noqa: S311 - hosts to try, no secrets
    first = 2 + HOSTS_OF_A_HOST * (number % TOGETHER)
    last = chance.sample(range(first, first + HOSTS_OF_A_HOST), chance.choice((1, 1, 2, 3)))
    length = chance.choice((24, 24, 25, 26))
    beside = (f"198.18.{7 + number % TOGETHER}.11/24",) if chance.random() < 0.5 else ()
    lead = Default(GATEWAY, chance.choice((0, 0, 100, 202)))
    olds = tuple(Old(f"192.0.2.{each}", length) for each in last)
    return Line("eth0", olds, lead, beside), MANAGERS[number % len(MANAGERS)]


def files_of(number: int) -> Mapping[str, str]:
    """What the host reads at boot: its manager's files, settings, and filters of others."""
    chance = Random(number + 1)  # noqa: S311 - as above
    line, manager = lines_of(number)
    tables = [table for table in filters.TABLES if chance.random() < 0.2 and "flags dynamic" not in table]
    settings = [
        f"net.ipv4.conf.{chance.choice(('all', 'eth0'))}.rp_filter={chance.choice((0, 1, 2))}",
        f"net.ipv4.conf.all.promote_secondaries={chance.choice((0, 1))}",
        f"net.ipv6.conf.eth0.accept_ra={chance.choice((0, 1))}",
    ]
    kept = [one for one in settings if chance.random() < 0.5]
    quiet = (
        {}
        if manager is Manager.IFUPDOWN
        else {"/etc/network/interfaces": "auto lo\niface lo inet loopback\n"}
    )
    return {
        **quiet,
        **writing.files(chance, manager, line),
        "/etc/nftables.conf": "#!/usr/sbin/nft -f\nflush ruleset\n" + "\n".join(tables) + "\n",
        "/etc/sysctl.d/60-own.conf": "\n".join(kept) + "\n",
    }


def listed(number: int) -> NetworkHost:
    """The host as its list says."""
    line, manager = lines_of(number)
    addresses = tuple(IPv4Interface(str(old)) for old in line.olds)
    return a_network_host(f"r-{number}", ssh=Ssh(user="netops"), manager=manager, addresses=addresses)


def tried_together(numbers: Sequence[int]) -> list[Outcome]:
    """What became of hosts that stand in one lab."""
    hosts = tuple(map(listed, numbers))
    private = a_private_network("desk-net", witnesses=STATIONS, lab_host=LabHost.SYSTEM)
    with (
        tempfile.TemporaryDirectory(prefix="tricenter-random-") as folder,
        moving_lab(Path(folder), hosts, private) as moving,
        patiently(),
    ):
        return list(_outcomes(moving, private, dict(zip(numbers, hosts, strict=True))))


def _outcomes(moving: Moving, private: PrivateNetwork, hosts: Mapping[int, NetworkHost]) -> Iterator[Outcome]:
    for number, host in hosts.items():
        _set_up(moving, host.name, number)
    moving.lab.reboot(*(host.name for host in hosts.values()))
    now = datetime.now(UTC)  # noqa: TID251 - a real look at real hosts
    matrix, _facts = assess("test", private, tuple(hosts.values()), moving.place(), now)
    refused = {row.host: row.blocks for row in matrix.rows if row.blocks}
    rest = {number: host for number, host in hosts.items() if host.name not in refused}
    wrong: dict[str, list[str]] = {host.name: [] for host in rest.values()}
    if rest:
        moving.plan = at_once(a_moving_plan(tuple(rest.values()), private=private))
        for name, told in _there_and_back(moving, rest):
            wrong[name].append(told)
    for number, host in hosts.items():
        yield Outcome(number, tuple(refused.get(host.name, ())), tuple(wrong.get(host.name, ())))


def _set_up(moving: Moving, name: str, number: int) -> None:
    on(moving, name, "rm -f /etc/systemd/network/* /etc/netplan/* /etc/NetworkManager/system-connections/*")
    for path, text in files_of(number).items():
        written(moving, name, path, text, "600" if path.endswith((".nmconnection", ".yaml")) else "644")
    on(moving, name, "systemctl enable nftables")


def _there_and_back(moving: Moving, hosts: Mapping[int, NetworkHost]) -> Iterator[tuple[str, str]]:
    names = [host.name for host in hosts.values()]
    ask = partial(_listing, moving)
    before = {name: ask(name) for name in names}
    journal = unmoved(moving)
    try:
        for phase in ORDER:
            journal = go(moving, journal, phase)
        moving.lab.reboot(*names)
        for number, host in hosts.items():
            look = partial(_moved, before=before[host.name], number=number)
            yield from ((host.name, told) for told in _settled(lambda: look(ask(host.name))))  # noqa: B023
        carry(backward(journal, None), moving.carrier())
    except CmpError as stopped:
        yield from ((name, f"the move stopped: {stopped}") for name in names)
        return
    for name in names:
        yield from (
            (name, f"taken back: {told}") for told in differing(_rebooted(before[name]), _rebooted(ask(name)))
        )
    moving.lab.reboot(*names)
    for name in names:
        wanted = _rebooted(before[name])
        left = _settled(lambda: differing(wanted, _rebooted(ask(name))))  # noqa: B023
        yield from ((name, f"rebooted: {told}") for told in left)


def _settled(look: Callable[[], Iterable[str]]) -> list[str]:
    """What is still wrong once a host that has booted had time to set up its network."""
    for _ in range(LOOKS):
        if not (left := list(look())):
            break
        time.sleep(1.0)  # noqa: TID251 - the poll of what a boot brings up
    return left


def _moved(now: Any, before: Any, number: int) -> Iterator[str]:
    """What a host that has retired its old addresses and rebooted holds, beside what it has to."""
    olds = {old.address for old in lines_of(number)[0].olds}
    wanted = {each for each in _globals(before) if each not in olds}
    fresh = {f"203.0.113.{old.rsplit('.', 1)[1]}" for old in olds}
    held = _globals(now)
    yield from (f"moved and rebooted, it lost {each}" for each in sorted(wanted - held))
    yield from (f"moved and rebooted, it has no {each}" for each in sorted(fresh - held))
    yield from (f"moved and rebooted, it still holds {each}" for each in sorted(olds & held))
    if before["filters"] != now["filters"]:
        yield "moved and rebooted, its filters differ"


def _globals(state: Any) -> set[str]:
    return {
        each["local"] for every in state["addresses"].values() for each in every if each["scope"] == "global"
    }


def _rebooted(state: Any) -> Any:
    """A state without what a new boot gives another value: hardware addresses, and what follows from them."""
    addresses = {
        link: [each for each in every if each["scope"] != "link"]
        for link, every in state["addresses"].items()
    }
    routes = [route for route in state["routes"] if " fe80:" not in route and " ff00:" not in route]
    return dict(state, addresses=addresses, routes=routes)


def _listing(moving: Moving, name: str) -> Any:
    """All that the kernel and the files of a host say."""
    program = Path(listing.__file__).read_text()
    return json.loads(on(moving, name, "python3 -", program))


__all__ = ["SEGMENT", "TOGETHER", "tried_together"]
