"""Gives a small network in a host lab of its own, with everything that moves it there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

from support.builders import a_network_host, a_private_network, an_environment
from support.moving_network import a_wish

from cmp.model.migration import MigrationPlan, Segment, Wave
from cmp.model.migration_journal import MigrationJournal
from cmp.model.network import Network, NetworkHost, PrivateNetwork
from cmp.model.ssh import Ssh
from cmp.network.moving.planning import MOVING, plan_move
from cmp.services.migrating.carrying import Carrier, carry
from cmp.services.migrating.migrating import begun, carrier_of
from cmp.services.migrating.outside import Elsewhere
from cmp.services.migrating.place import Place
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.run import Run
from cmp.services.migrating.sites import site_of
from cmp.services.migrating.watching import Watcher, watched
from cmp.store.file_ports import FileMove
from lab.hosts.lab import HostLab
from lab.hosts.places import CONTROLLER, STATION

STATIONS = (ip_address("198.18.100.10"), ip_address("2001:db8:100::10"))
SEGMENT = Segment(
    old=IPv4Network("192.0.2.0/24"),
    old_gateway=IPv4Address("192.0.2.1"),
    ipv4=IPv4Network("203.0.113.0/24"),
    ipv4_gateway=IPv4Address("203.0.113.1"),
    ipv6=IPv6Network("2001:db8:a::/64"),
    ipv6_gateway=IPv6Address("2001:db8:a::1"),
)


def desks(number: int = 4) -> tuple[NetworkHost, ...]:
    return tuple(
        a_network_host(f"desk-{index}", f"192.0.2.{index + 10}/24", ssh=Ssh(user="netops"))
        for index in range(1, number + 1)
    )


@dataclass
class Moving:
    """A network in its lab; journals are kept in memory."""

    plan: MigrationPlan
    lab: HostLab
    kept: list[MigrationJournal] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def planned(self, folder: Path) -> Planned:
        return Planned(self.plan, an_environment(), FileMove(folder))

    def place(self, watcher: Watcher | None = None) -> Place:
        door = self.lab.door(CONTROLLER)
        given: dict[str, Any] = {"watching": watcher} if watcher else {}
        return Place(
            "rehearsal",
            Elsewhere(door),
            self.plan.witnesses,
            door=door,
            key=self.lab.key,
            known_hosts=self.lab.known_hosts,
            become=False,
            **given,
        )

    def run(self, watcher: Watcher | None = None) -> Run:
        return Run(
            place=self.place(watcher),
            now=lambda: datetime.now(UTC),  # noqa: TID251 - a real move in a real lab
            token=lambda: secrets.token_hex(16),
            say=self.said.append,
        )

    def carrier(self, plan: MigrationPlan | None = None, watcher: Watcher | None = None) -> Carrier:
        return carrier_of(plan or self.plan, self.run(watcher), self.kept.append)

    def journal(self, plan: MigrationPlan | None = None) -> MigrationJournal:
        run = self.run()
        return begun(plan or self.plan, "move", run.now(), "rehearsal", MOVING)

    def move(self, plan: MigrationPlan | None = None, watcher: Watcher | None = None) -> MigrationJournal:
        return carry(self.journal(plan), self.carrier(plan, watcher))

    @contextmanager
    def watched(self) -> Iterator[Watcher]:
        with watched(self.plan, self.namespaces(), STATION) as watcher:
            yield watcher

    def namespaces(self) -> Mapping[str, int]:
        nodes = self.lab.nodes
        return {
            name: process.pid for name in nodes.topology.nodes if (process := nodes.running(name)) is not None
        }


def a_moving_plan(hosts: tuple[NetworkHost, ...] | None = None, **changes: Any) -> MigrationPlan:
    usual = {"private": a_private_network("desk-net", witnesses=STATIONS), "segment": SEGMENT}
    return plan_move(a_wish(hosts or desks(), **usual | changes))


def at_once(plan: MigrationPlan) -> MigrationPlan:
    """The plan with one wave: what several do is tried elsewhere, and names follow after the last one."""
    return plan.model_copy(
        update={"waves": (Wave(name="all", hosts=tuple(move.host for move in plan.moves)),)}
    )


@contextmanager
def moving_lab(
    folder: Path,
    hosts: tuple[NetworkHost, ...] | None = None,
    private: PrivateNetwork | None = None,
    network: Network | None = None,
    packages: tuple[str, ...] = (),
) -> Iterator[Moving]:
    """A lab that is up while the block runs; its whole hosts have `packages` beside the usual ones."""
    moving = a_moving_lab(folder, hosts, private, network, packages)
    try:
        moving.lab.up(moving.said.append)
        yield moving
    finally:
        moving.lab.down(moving.said.append)


def a_moving_lab(
    folder: Path,
    hosts: tuple[NetworkHost, ...] | None = None,
    private: PrivateNetwork | None = None,
    network: Network | None = None,
    packages: tuple[str, ...] = (),
) -> Moving:
    """A network in the lab of a folder, whether that is up or not."""
    hosts = hosts or desks()
    private = private or a_private_network("desk-net", witnesses=STATIONS)
    environment = an_environment(network=network) if network else an_environment()
    lab = HostLab(site_of(environment, private, hosts, SEGMENT), folder, packages)
    return Moving(a_moving_plan(hosts, private=private, network=network), lab)
