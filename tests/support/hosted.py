"""Builds Plans with the hosts that they stand on: small pools with power, servers where a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from support.builders import a_component, a_per_host, a_plan, a_pool, a_workload, an_environment, needs

from cmp.model.environment import Environment
from cmp.model.estate import Overcommit, Pool, Power
from cmp.model.moves import Basis, Standing
from cmp.model.plan import Placement, Plan
from cmp.model.workload import Recovery, Require, Spread, Workload
from cmp.scheduler.engine import schedule
from cmp.scheduler.moves.observed import Reality


def a_small_pool(name: str = "bj-a-hygon", hosts: int = 4, **changes: Any) -> Pool:
    """Hosts of 8 vCPU and 32 GiB that draw 200 W idle and 400 W at most."""
    usual = {
        "hosts": hosts,
        "per_host": a_per_host(vcpus=8, memory_gib=32, disk_gib=1000),
        "overcommit": Overcommit(),
        "power": Power(idle_watts=200, peak_watts=400, boot_minutes=10),
    }
    return a_pool(name, **usual | changes)


def a_service(name: str = "tax-api", replicas: int = 4, vcpus: float = 2, **changes: Any) -> Workload:
    """A workload of one component `web` in bj-a whose replicas may share a host, without a promise."""
    part = {
        "replicas": replicas,
        "needs": needs(vcpus, 4.0, 20),
        "spread": Spread.NONE,
        "require": Require(centers=("bj-a",)),
    }
    whole = {key: changes.pop(key) for key in list(changes) if key in Workload.model_fields}
    return a_workload(name, grade=1, components=(a_component(**part | changes),), **whole)


def recovering(workload: Workload, grade: int, rto_minutes: float | None = None) -> Workload:
    return workload.model_copy(update={"recovery": Recovery(grade=grade, rto_minutes=rto_minutes)})


def planned(environment: Environment, previous: Plan | None = None) -> Plan:
    """The Plan that the engine makes."""
    decision = schedule(environment, previous=previous)
    return a_plan(
        environment=environment,
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=decision.yields,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    )


def a_plan_of(*workloads: Workload, **changes: Any) -> Plan:
    """The engine's Plan of an environment with one small pool in each of bj-a and gy-c."""
    estate = {"pools": (a_small_pool(), a_small_pool("gy-c-hygon"))}
    return planned(an_environment(*workloads, **estate | changes))


def server_names(row: Placement) -> Sequence[str]:
    """Names as `tax-api-web-primary-bj-a-hygon-1`."""
    stem = f"{row.workload}-{row.component}-{row.role}-{row.pool}"
    return [f"{stem}-{number + 1}" for number in range(row.replicas)]


def standing(plan: Plan, pool: str, hosts: Mapping[str, Sequence[int]], **off: Sequence[int]) -> Reality:
    """What a cloud lists of a pool: by workload the host of each of its replicas there; `off` by pool."""
    rows = {row.workload: row for row in plan.placements if row.pool == pool and row.replicas}
    standings = tuple(
        Standing(
            cloud=row.cloud,
            pool=pool,
            host=host,
            server=name,
            workload=row.workload,
            component=row.component,
            role=row.role,
        )
        for workload, row in sorted(rows.items())
        for name, host in zip(server_names(row), hosts[workload], strict=True)
    )
    return Reality(
        standings, Basis.CLOUDS, {pool: frozenset()} | {name: frozenset(each) for name, each in off.items()}
    )


def changed(document: Any, **fields: Any) -> Any:
    """A document with other fields, built anew: a copy would keep what was derived from the old ones."""
    values = {name: getattr(document, name) for name in type(document).model_fields}
    return type(document)(**values | fields)
