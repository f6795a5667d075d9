"""Measures what is promised of a move, in the host lab: start, assessment, waves, the way back, planning."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Interface, IPv4Network, IPv6Network
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from cmp.installation import HERE
from cmp.means import Means
from cmp.model.happenings import Event
from cmp.model.migration import Phase, Segment
from cmp.model.migration_journal import Direction, Stage
from cmp.model.network import HostService, NetworkHost
from cmp.model.references import EnvironmentRef
from cmp.model.ssh import Ssh
from cmp.network.addresses.renumbering import renumber
from cmp.network.moving.planning import MigrationWish, plan_move
from cmp.ports.bundle import Ports
from cmp.services.migrating import assessing, migrating, verifying
from cmp.services.migrating.place import Place
from cmp.services.migrating.places import lab_of, place_of, still_place
from cmp.services.migrating.planning import Planned, make_plan, network_of, private_of, surroundings
from cmp.services.migrating.rehearsing import fire
from cmp.services.migrating.run import Run
from cmp.settings import Layout, Workshop
from cmp.store.file_ports import file_ports

EXAMPLE = "inventories/reference"
HOSTS = 10_000
FIRED = 10
Say = Callable[[Event | str], None]


def measure_migration(means: Means, folder: Path | None, network: str) -> dict[str, float]:
    """Figures of planning and of one network's whole move, in a state of their own; None: of the example.

    Raises:
        Refused: we are not root.
        TryLater: the lab does not come up.
    """
    folder = folder or HERE.shipped(EXAMPLE)
    with _apart(means) as apart:
        return _planned(apart, folder, network) | measure_move(apart, folder, network)


def measure_plan(means: Means, folder: Path | None, network: str) -> dict[str, float]:
    """Figures of planning alone, without root and a lab; None: in the surroundings of the example."""
    with _apart(means) as apart:
        return _planned(apart, folder or HERE.shipped(EXAMPLE), network)


@contextmanager
def _apart(means: Means) -> Iterator[Means]:
    """The same means with a state of their own while the block runs."""
    with TemporaryDirectory(prefix="tricenter-move-") as state:
        yield replace(means, ports=file_ports(Layout(Path(state))), workshop=Workshop(Path(state)))


def _planned(means: Means, folder: Path, network: str) -> dict[str, float]:
    return measure_planning(make_plan(EnvironmentRef.of(folder), means.ports, network), means.ports)


def measure_move(means: Means, folder: Path, network: str) -> dict[str, float]:
    """Figures of one network's whole move by name; seconds end in `_s`, milliseconds in `_ms`.

    Raises:
        Refused: we are not root.
        TryLater: the lab does not come up.
    """
    planned = make_plan(EnvironmentRef.of(folder), means.ports, network)
    lab = lab_of(planned, means)
    found: dict[str, float] = {"hosts": float(len(planned.plan.moves))}
    try:
        found["lab_up_s"] = _seconds(lambda: lab.up(means.say))
        found["assess_s"] = _assess(means, folder, network)
        found |= _move(means, planned)
        found |= _fired(means, planned)
    finally:
        found["lab_down_s"] = _seconds(lambda: lab.down(means.say))
        lab.reset(means.say)
    return found


def measure_planning(planned: Planned, ports: Ports, hosts: int = HOSTS) -> dict[str, float]:
    """Seconds, by the wall and of the CPU, for the plan of so many hosts behind the edge of a real plan."""
    segment = Segment(
        old=IPv4Network("198.19.0.0/17"),
        old_gateway=IPv4Network("198.19.0.0/17")[1],
        ipv4=IPv4Network("198.19.128.0/17"),
        ipv4_gateway=IPv4Network("198.19.128.0/17")[1],
        ipv6=IPv6Network("2001:db8:1::/64"),
        ipv6_gateway=IPv6Network("2001:db8:1::/64")[1],
    )
    listed = tuple(
        NetworkHost(
            name=f"host-{number}",
            owner=f"office-{number % 5}",
            addresses=(IPv4Interface((int(segment.old.network_address) + number + 10, 17)),),
            services=(HostService(port=443, name="https"),),
            ssh=Ssh(user="netops"),
        )
        for number in range(hosts)
    )
    environment = planned.environment
    private = private_of(environment, planned.plan.network).model_copy(update={"ipv4": segment.old})
    around = surroundings(environment, ports)
    began, worked = perf_counter(), process_time()
    plan_move(
        MigrationWish(
            environment=environment.name,
            network=environment.network,
            private=private,
            hosts=listed,
            segment=segment,
            addresses=renumber(segment, listed),
            inputs_hash="0" * 64,
            around=around,
        )
    )
    return {
        "plan_hosts": float(hosts),
        "plan_s": perf_counter() - began,
        "plan_cpu_s": process_time() - worked,
    }


def _assess(means: Means, folder: Path, network: str) -> float:
    present = network_of(EnvironmentRef.of(folder), means.ports, network)
    planned = make_plan(EnvironmentRef.of(folder), means.ports, network)
    with still_place(planned, means) as place:
        began = perf_counter()
        assessing.assess(present.environment.name, present.private, present.hosts, place, _now())
        return perf_counter() - began


def _move(means: Means, planned: Planned) -> dict[str, float]:
    began = perf_counter()
    with place_of(planned, means) as (place, watcher):
        journal = migrating.migrate(planned, _run(place, means.say))
    seconds = perf_counter() - began
    journal = migrating.measured(journal, watcher, planned)
    report = watcher.report if watcher else None
    with still_place(planned, means) as place:
        findings = verifying.verify(planned.plan, place, verifying.baseline(planned.kept), report)
    return {
        "migrate_s": seconds,
        "checks": float(len(findings.checks)),
        "checks_failed": float(sum(not check.ok for check in findings.checks)),
        "interruption_ms": max(journal.loss_ms.values(), default=0.0),
        **journal.measured,
        **findings.measured,
    }


def _fired(means: Means, planned: Planned) -> dict[str, float]:
    """The way back of hosts that nobody confirms: one alone, then ten at once on the cores here."""
    plan = planned.plan
    moves = [move for move in plan.moves if Phase.CUTOVER in move.phases][:FIRED]
    with place_of(planned, means) as (place, _watcher):
        carrier = migrating.carrier_of(plan, _run(place, means.say), lambda _journal: None)
        stage = Stage(phase=Phase.CUTOVER, wave=plan.waves[-1].name, direction=Direction.BACK)
        alone = fire(moves[:1], stage, carrier)
        together = fire(moves, stage, carrier)
    fired = (*alone, *together)
    return {
        "fired": float(len(fired)),
        "fired_exact": float(sum(each.exact for each in fired)),
        "revert_ms": alone[0].seconds_after_deadline * 1000,
        "revert_together_ms": max(each.seconds_after_deadline for each in together) * 1000,
    }


def _run(place: Place, say: Say) -> Run:
    return Run(place=place, now=_now, token=lambda: secrets.token_hex(16), say=say)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a bench runs in real time


def _seconds(call: Callable[[], None]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began
