"""Gives the move of a small network: builders of its plan, and hosts in memory that may misbehave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import count
from typing import Any

from support.builders import a_network, a_network_host, a_private_network, an_environment

from cmp.model.migration import MigrationPlan, Segment
from cmp.model.migration_journal import MigrationJournal
from cmp.model.network import Edge, EdgeRouter, NetworkHost, PrivateNetwork, Translation
from cmp.model.ssh import Ssh
from cmp.network.addresses.renumbering import renumber
from cmp.network.filters.zones import Surroundings
from cmp.network.moving.planning import MigrationWish, plan_move
from cmp.plays.runner import Host, PlayOutcome
from cmp.services.migrating.carrying import CONFIRM, FIRE, LOOK, SWITCH, Carrier
from cmp.services.migrating.place import Knock, Place

WITNESSES = (ip_address("198.51.100.10"), ip_address("2001:db8:100::10"))


ADMINISTRATION = (ip_network("198.18.101.0/24"), ip_network("2001:db8:101::/64"))


def an_edge_router(**changes: Any) -> EdgeRouter:
    usual = {
        "name": "desk-edge",
        "ssh": Ssh(user="netops", address=IPv4Address("198.18.2.2")),
        "interface": "lan",
        "uplink": "core",
    }
    return EdgeRouter(**usual | changes)


def behind_an_edge(**changes: Any) -> PrivateNetwork:
    """A network that names its new edge, on the addresses of the host lab."""
    usual = {
        "witnesses": WITNESSES,
        "administered_from": ADMINISTRATION,
        "edge": Edge(router=an_edge_router()),
    }
    return a_private_network("desk-net", **usual | changes)


def a_segment(**changes: Any) -> Segment:
    usual = {
        "old": IPv4Network("192.0.2.0/24"),
        "old_gateway": IPv4Address("192.0.2.1"),
        "ipv4": IPv4Network("203.0.113.0/24"),
        "ipv4_gateway": IPv4Address("203.0.113.1"),
        "ipv6": IPv6Network("2001:db8:a::/64"),
        "ipv6_gateway": IPv6Address("2001:db8:a::1"),
    }
    return Segment(**usual | changes)


def some_hosts(number: int = 6, **changes: Any) -> tuple[NetworkHost, ...]:
    return tuple(
        a_network_host(f"desk-{index}", f"192.0.2.{index + 10}/24", ssh=Ssh(user="netops"), **changes)
        for index in range(1, number + 1)
    )


def a_wish(hosts: Sequence[NetworkHost] | None = None, **changes: Any) -> MigrationWish:
    hosts = tuple(some_hosts() if hosts is None else hosts)
    private = changes.pop("private", a_private_network("desk-net", witnesses=WITNESSES))
    segment = changes.pop("segment", a_segment())
    network = changes.pop("network", None) or a_network(
        translation=Translation(prefix=IPv6Network("2001:db8:64::/96"), pool=IPv4Network("198.51.100.128/25"))
    )
    usual: dict[str, Any] = {
        "environment": "test",
        "network": network,
        "private": private,
        "hosts": hosts,
        "segment": segment,
        "addresses": renumber(segment, hosts),
        "inputs_hash": "0" * 64,
        "around": Surroundings(an_environment(network=network)),
    }
    return MigrationWish(**usual | changes)


def a_migration_plan(hosts: Sequence[NetworkHost] | None = None, **changes: Any) -> MigrationPlan:
    return plan_move(a_wish(hosts, **changes))


@dataclass
class HostsInMemory:
    """Answers plays like real hosts: a change is armed, confirmed by its token, or taken back.

    `ill` names hosts by playbook and how they fail there: `failed`, `unreachable`, `undone` or `silent`.
    `dies` is a playbook after which the controller is killed once, before it hears anything. `silent` are
    hosts that do not answer from outside.
    """

    ill: dict[tuple[str, str], str] = field(default_factory=dict)
    dies: str = ""
    silent: set[str] = field(default_factory=set)
    changes: dict[str, str] = field(default_factory=dict)
    applied: dict[str, list[str]] = field(default_factory=dict)
    played: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def play(self, playbook: str, hosts: Sequence[Host], variables: Mapping[str, Any]) -> PlayOutcome:
        self.played.append((playbook, tuple(host.name for host in hosts)))
        results: dict[str, Mapping[str, Any]] = {}
        failed: dict[str, str] = {}
        unreachable: dict[str, str] = {}
        for host in hosts:
            way = self.ill.get((playbook, host.name))
            if way == "unreachable":
                unreachable[host.name] = "unreachable"
            elif way == "failed":
                failed[host.name] = "said no"
                results[host.name] = {"msg": "said no"}
            elif way == "undone":
                failed[host.name] = "the way back is not whole"
                results[host.name] = {
                    "state": "reverted",
                    "exact": False,
                    "msg": "the way back is not whole: missing: ip -4 route replace default via 192.0.2.1",
                }
            elif way != "silent":
                results[host.name] = self._done(playbook, host.name, variables)
        if self.dies == playbook:
            self.dies = ""
            raise KeyboardInterrupt
        return PlayOutcome(results, failed, unreachable, counted=True)

    def unanswered(self, asks: Sequence[Knock]) -> tuple[Knock, ...]:
        return tuple(ask for ask in asks if ask.host in self.silent)

    def _done(self, playbook: str, host: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        token = variables["extranet_tokens"][host]
        state = self.changes.get(token)
        if playbook == SWITCH and state is None:
            self.changes[token] = "armed"
        elif playbook == CONFIRM and state == "armed":
            self.changes[token] = "confirmed"
            self.applied.setdefault(host, []).append(token)
        elif playbook == FIRE and state == "armed":
            self.changes[token] = "reverted"
        elif playbook == LOOK:
            return {"state": state or "unknown"}
        return {"state": self.changes.get(token, "unknown")}


@dataclass
class Bench:
    """A carrier over hosts in memory that keeps every journal it is given."""

    plan: MigrationPlan
    hosts: HostsInMemory = field(default_factory=HostsInMemory)
    kept: list[MigrationJournal] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def carrier(self) -> Carrier:
        numbers = count(1)
        return Carrier(
            plan=self.plan,
            place=Place("rehearsal", self.hosts, WITNESSES),
            play=self.hosts.play,
            save=self.kept.append,
            say=self.said.append,
            token=lambda: f"token-{len(self.kept)}-{next(numbers)}",
            now=lambda: "2026-01-01T00:00:00+00:00",
        )


__all__ = [
    "Bench",
    "HostsInMemory",
    "a_migration_plan",
    "a_segment",
    "a_wish",
    "an_edge_router",
    "behind_an_edge",
    "ip_network",
    "some_hosts",
]
