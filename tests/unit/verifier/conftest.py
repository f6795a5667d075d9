"""Gives Plans made by hand: rows are written out, and what a Plan claims about them is filled in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from ipaddress import ip_network
from itertools import islice
from typing import Any

import pytest
from support.builders import (
    a_component,
    a_dependency,
    a_placement,
    a_plan,
    a_talk,
    a_workload,
    amounts,
    an_environment,
    an_exposure,
    needs,
)
from support.exact_packer import pack

from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.model.plan import (
    HostPacking,
    Origin,
    Packed,
    Packing,
    Placement,
    Plan,
    Reservation,
    SecurityGroup,
    SecurityRule,
    Takeover,
    ZoneNetwork,
)
from cmp.model.recovery import Role
from cmp.model.workload import Data, DataClass, Quorum, Scaling, Spread
from cmp.verifier.capacity import standing
from cmp.verifier.reading import Reading, key_of
from cmp.verifier.rows import read_rows
from cmp.verifier.survival import Aftermath, aftermaths
from cmp.verifier.witness import any_order
from cmp.verifier.yields import giving_way

Assemble = Callable[..., Plan]


@pytest.fixture(scope="session")
def assemble() -> Assemble:
    """Makes a sealed Plan of an environment and rows; whatever is given by keyword replaces what follows."""
    return _assemble


@pytest.fixture(scope="session")
def estate_in_use() -> tuple[Environment, tuple[Placement, ...]]:
    """Six workloads of grades 2, 3, 5 and 6 on the usual estate, and rows that keep every constraint."""
    return _environment(), _rows()


@pytest.fixture(scope="session")
def accepted(assemble: Assemble, estate_in_use: tuple[Environment, tuple[Placement, ...]]) -> Plan:
    """A Plan with nothing wrong."""
    return assemble(*estate_in_use)


def _environment() -> Environment:
    return an_environment(
        a_workload(
            "tax-api",
            grade=5,
            depends_on=(a_dependency("identity", max_rtt_ms=50.0),),
            components=(
                a_component(
                    "web",
                    replicas=3,
                    exposes=(an_exposure(), an_exposure(9100, "private")),
                    talks_to=(a_talk("db", max_rtt_ms=2.0), a_talk("app", 8443, workload="identity")),
                ),
                a_component(
                    "db",
                    replicas=1,
                    zone="private",
                    scaling=Scaling.FIXED,
                    stateful=True,
                    spread=Spread.CENTER,
                    needs=needs(8.0, 32.0, 200),
                    data=Data(gib=100, change_mbps_peak=5.0),
                ),
            ),
        ),
        a_workload(
            "identity",
            grade=6,
            data_class=(DataClass.PERSONAL_SENSITIVE,),
            components=(a_component("app", scaling=Scaling.VERTICAL, needs=needs(4.0, 8.0, 40)),),
        ),
        a_workload("portal", grade=3, components=(a_component("front", replicas=4),)),
        a_workload(
            "portal-cache",
            grade=3,
            components=(
                a_component(
                    "cache", scaling=Scaling.FIXED, spread=Spread.POOL, together_with=("portal/front",)
                ),
            ),
        ),
        a_workload(
            "ledger",
            grade=5,
            components=(
                a_component(
                    "node",
                    replicas=5,
                    scaling=Scaling.FIXED,
                    quorum=Quorum(members=5, per_center=2, needed=3),
                    data=Data(gib=10, change_mbps_peak=1.0),
                ),
            ),
        ),
        a_workload(
            "archive",
            grade=2,
            components=(a_component("store", replicas=1, data=Data(gib=50, change_mbps_peak=1.0)),),
        ),
    )


def _rows() -> tuple[Placement, ...]:
    """Every row with its role, pool, replicas in normal time and on takeover."""
    db, app = amounts(8000, 32768, 200), amounts(4000, 8192, 40)
    on_arm = amounts(5000, 8192, 40)
    return (
        _row("tax-api", "web", Role.PRIMARY, "bj-a-hygon", 2, 2),
        _row("tax-api", "web", Role.PRIMARY, "bj-a-kunpeng", 2, 2),
        _row("tax-api", "web", Role.WARM, "bj-b-hygon", 2, 3),
        _row("tax-api", "db", Role.PRIMARY, "bj-a-hygon", 1, 1, size=db),
        _row("tax-api", "db", Role.WARM, "bj-b-hygon", 1, 1, size=db),
        _row("tax-api", "db", Role.BACKUP, "gy-c-kunpeng", 0, 0, size=amounts(0, 0, 100), image=""),
        _row("identity", "app", Role.PRIMARY, "bj-a-hygon", 2, 2, size=app),
        _row("identity", "app", Role.ACTIVE, "bj-b-kunpeng", 2, 2, size=on_arm),
        _row("identity", "app", Role.WARM, "gy-c-hygon", 1, 2, size=app),
        _row("portal", "front", Role.PRIMARY, "bj-b-hygon", 4, 4),
        _row("portal", "front", Role.COLD, "gy-c-kunpeng", 0, 5),
        _row("portal-cache", "cache", Role.PRIMARY, "bj-b-hygon", 1, 1),
        _row("portal-cache", "cache", Role.PRIMARY, "bj-b-kunpeng", 1, 1),
        _row("portal-cache", "cache", Role.COLD, "gy-c-hygon", 0, 1),
        _row("portal-cache", "cache", Role.COLD, "gy-c-kunpeng", 0, 1),
        _row("ledger", "node", Role.MEMBER, "bj-a-hygon", 2, 2),
        _row("ledger", "node", Role.MEMBER, "bj-b-hygon", 1, 1),
        _row("ledger", "node", Role.MEMBER, "bj-b-kunpeng", 1, 1),
        _row("ledger", "node", Role.MEMBER, "gy-c-kunpeng", 1, 1),
        _row("archive", "store", Role.PRIMARY, "gy-c-hygon", 1, 1),
        _row("archive", "store", Role.BACKUP, "bj-a-kunpeng", 0, 0, size=amounts(0, 0, 50), image=""),
    )


def _row(
    workload: str, component: str, role: Role, pool: str, running: int, on_takeover: int, **changes: Any
) -> Placement:
    usual = {
        "workload": workload,
        "component": component,
        "role": role,
        "image": f"{component}:1.0",
        "replicas": running,
        "replicas_on_takeover": on_takeover,
    }
    return a_placement(pool, **usual | changes)


def _assemble(
    environment: Environment, rows: Sequence[Placement], at: datetime | None = None, **changes: Any
) -> Plan:
    bare = a_plan(
        environment=environment, placements=tuple(rows), origin=Origin(engine="test", at=at), networks=()
    )
    reading, _ = read_rows(bare)
    networks = tuple(_networks(environment))
    afters = giving_way(changes.get("yields", ()), aftermaths(reading))
    derived: dict[str, Callable[[], Iterable[Any]]] = {
        "networks": lambda: networks,
        "security_groups": lambda: _security_groups(reading, networks),
        "takeovers": lambda: _takeovers(reading),
        "reservations": lambda: _reservations(reading, afters),
        "packings": lambda: pack(reading, afters) or _heaped(reading),
    }
    claims = {name: tuple(derive()) for name, derive in derived.items() if name not in changes}
    return bare.model_copy(update=claims | changes).sealed()


def _takeovers(reading: Reading) -> Iterator[Takeover]:
    for aftermath in aftermaths(reading):
        for group, center in aftermath.centers.items():
            if center is not None and center != reading.home_of(group):
                yield Takeover(failure=str(aftermath.failure), group=group, center=center)


def _reservations(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Reservation]:
    for aftermath in afters:
        for pool, rows in sorted(reading.rows_on.items()):
            more = [(row.size, aftermath.replicas[key_of(row)] - row.replicas) for row in rows]
            vcpu = max(0, sum(size.vcpu_milli * count for size, count in more))
            memory = max(0, sum(size.memory_mib * count for size, count in more))
            disk = max(0, sum(size.disk_gib * count for size, count in more))
            names = {name for size, _ in more for name in size.accelerators}
            cards = {
                name: sum(size.accelerators.get(name, 0) * count for size, count in more) for name in names
            }
            if vcpu or memory or disk or any(count > 0 for count in cards.values()):
                yield Reservation(
                    pool=pool,
                    center=reading.center_of(rows[0]),
                    failure=str(aftermath.failure),
                    vcpus=vcpu / 1000,
                    memory_gib=memory / 1024,
                    disk_gib=disk,
                    accelerators={name: count for name, count in cards.items() if count > 0},
                )


def _heaped(reading: Reading) -> Iterator[Packing]:
    """Everything on the first host of its pool: what is left when no packing is right."""
    moments = {"": None} | {str(aftermath.failure): aftermath for aftermath in aftermaths(reading)}
    normal = standing(reading)
    for failure, aftermath in moments.items():
        then = standing(reading, aftermath)
        for pool, rows in reading.rows_on.items():
            counts = [(row, then[key_of(row)] - (normal[key_of(row)] if aftermath else 0)) for row in rows]
            packed = tuple(
                Packed(workload=row.workload, component=row.component, role=row.role, count=count)
                for row, count in counts
                if count > 0
            )
            order = any_order(reading, reading.pool_of(rows[0]), then)
            if packed:
                yield Packing(
                    pool=pool, failure=failure, hosts=(HostPacking(host=1, rows=packed),), any_order=order
                )


def _networks(environment: Environment) -> Iterator[ZoneNetwork]:
    """A network for every zone of every cloud, cut from the plan one after the other."""
    plan = environment.network.address_plan
    wanted = [(cloud, zone) for cloud in environment.estate.clouds for zone in cloud.zones]
    v4 = islice(plan.ipv4.supernet.subnets(new_prefix=20), len(wanted))
    v6 = islice(plan.ipv6.prefix.subnets(new_prefix=64), len(wanted))
    for (cloud, zone), ipv4, ipv6 in zip(wanted, v4, v6, strict=True):
        yield ZoneNetwork(center=cloud.center, cloud=cloud.id, zone=zone, ipv4=ipv4, ipv6=ipv6)


def _security_groups(reading: Reading, networks: Sequence[ZoneNetwork]) -> Iterator[SecurityGroup]:
    places: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in reading.rows:
        workload, component = reading.components[row.workload, row.component]
        if row.role is not Role.BACKUP:
            place = (reading.pool_of(row).cloud, workload.zone_of(component))
            places.setdefault((row.workload, row.component), set()).add(place)
    for name, clouds in sorted(places.items()):
        rules = tuple(_rules(reading, name, places, networks))
        for cloud, zone in sorted(clouds):
            if reading.environment.estate.cloud[cloud].kind is not CloudKind.KUBERNETES:
                yield SecurityGroup(cloud=cloud, zone=zone, workload=name[0], component=name[1], rules=rules)


def _rules(
    reading: Reading,
    name: tuple[str, str],
    places: dict[tuple[str, str], set[tuple[str, str]]],
    networks: Sequence[ZoneNetwork],
) -> Iterator[SecurityRule]:
    def opened(direction: str, flow: Any, prefixes: Sequence[Any]) -> Iterator[SecurityRule]:
        for prefix in prefixes:
            yield SecurityRule(
                direction=direction, protocol=flow.protocol, port=flow.port, prefix=prefix, why="declared"
            )

    def around(other: tuple[str, str]) -> list[Any]:
        near = [network for network in networks if (network.cloud, network.zone) in places.get(other, ())]
        return [prefix for network in near for prefix in (network.ipv4, network.ipv6)]

    _, component = reading.components[name]
    for exposed in component.exposes:
        near = [network for network in networks if network.zone == exposed.source]
        prefixes = [prefix for network in near for prefix in (network.ipv4, network.ipv6)]
        anywhere = [ip_network("0.0.0.0/0"), ip_network("::/0")]
        yield from opened("ingress", exposed, anywhere if exposed.source == "internet" else prefixes)
    for asking, (_, other) in reading.components.items():
        for talk in other.talks_to:
            asked = (talk.workload or asking[0], talk.component)
            if asked == name:
                yield from opened("ingress", talk, around(asking))
            if asking == name:
                yield from opened("egress", talk, around(asked))
