"""Puts the servers of a Plan on the hosts of a cloud in memory, and lists what stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from support.hosted import a_plan_of, a_service

from cmp.clouds.base import Mark
from cmp.clouds.memory import MemoryCloud
from cmp.model.estate import CloudKind
from cmp.model.happenings import Event
from cmp.model.journal import Journal
from cmp.model.moves import Basis, MovePlan, Purpose, Step, StepKind
from cmp.model.plan import Plan
from cmp.services.moves.carrying import Carrier, opened
from cmp.services.moves.rebalancing import packed
from cmp.services.standings import host_map_of
from stacks import tags
from stacks.programs.rows import servers_of

POOL, CLOUD = "bj-a-hygon", "bj-a-gov"
BEGAN = "2026-11-24T08:00:00+00:00"


def a_standing_plan() -> Plan:
    """Four servers of one workload in a pool of four hosts."""
    return a_plan_of(a_service(replicas=4))


def a_cloud_of(plan: Plan, hosts: Sequence[int]) -> MemoryCloud:
    """A cloud in memory on which a Plan's servers stand on the given hosts of their pool."""
    cloud = MemoryCloud(CLOUD, {POOL: 4})
    for planned, host in zip(servers_of(plan), hosts, strict=True):
        a_server(cloud, planned.name, dict(tags.of_row(plan, planned.row)), plan.environment.name, host)
    return cloud


def a_server(
    cloud: MemoryCloud,
    name: str,
    tagged: Mapping[str, str],
    environment: str = "others",
    host: int = 1,
    pool: str = POOL,
) -> str:
    """A server on a host."""
    mark = Mark(environment, "workloads.bj-a", name)
    number = len(cloud.kept)
    flavor = cloud.noun("flavor").create({"name": f"f{number}"}, mark)
    network = cloud.noun("network").create({"name": f"n{number}"}, mark)
    wish = {
        "name": name,
        "image": "web:1",
        "isa": "amd64",
        "flavor": flavor.id,
        "network": network.id,
        "subnets": [],
        "security_groups": [],
        "availability_zone": pool,
        "tags": dict(tagged),
    }
    made = cloud.noun("server").create(wish, mark)
    cloud.kept[made.id].outputs["host"] = f"{pool}-{host}"
    return made.id


def clouds_of(plan: Plan) -> dict[str, MemoryCloud]:
    """Every cloud of a Plan that shows its hosts, with the Plan's servers where its packing puts them."""
    estate, rows = plan.environment.estate, {each.name: each.row for each in servers_of(plan)}
    clouds = {
        cloud.id: MemoryCloud(
            cloud.id, {pool.id: pool.hosts for pool in estate.pools if pool.cloud == cloud.id}
        )
        for cloud in estate.clouds
        if cloud.kind is CloudKind.OPENSTACK
    }
    for each in packed(plan).standings:
        if each.cloud in clouds and each.server in rows:
            tagged = dict(tags.of_row(plan, rows[each.server]))
            a_server(clouds[each.cloud], each.server, tagged, plan.environment.name, each.host, each.pool)
    return clouds


def listed(cloud: MemoryCloud) -> list[tuple[str, bool, str, tuple[str, ...]]]:
    """Everything there is to compare of hosts: which are on, why not, what stands there."""
    return [
        (host.name, host.enabled, host.reason, tuple(guest.name for guest in host.guests))
        for host in cloud.hosts.list()
    ]


def migration(plan: Plan, server: int, host: int, to: int) -> Step:
    """One of the Plan's servers goes from host to host."""
    planned = servers_of(plan)[server]
    return Step(
        number=1,
        kind=StepKind.MIGRATE,
        cloud=CLOUD,
        pool=POOL,
        host=host,
        to=to,
        server=planned.name,
        workload=planned.row.workload,
        component=planned.row.component,
        role=planned.row.role,
    )


def switch(kind: StepKind, host: int) -> Step:
    """A host is switched."""
    return Step(number=1, kind=kind, cloud=CLOUD, pool=POOL, host=host)


def moves_of(plan: Plan, *steps: Step) -> MovePlan:
    """A proposal of these steps."""
    return MovePlan(
        environment=plan.environment.name,
        plan=plan.hash,
        purpose=Purpose.REBALANCE,
        basis=Basis.CLOUDS,
        moves=(),
        steps=tuple(step.model_copy(update={"number": n}) for n, step in enumerate(steps, start=1)),
        inverse=(),
        before={"total": 0.0},
        after={"total": 0.0},
    )


def a_journal(plan: Plan, cloud: MemoryCloud, *steps: Step) -> Journal:
    """The journal of these steps on that cloud."""
    return opened(moves_of(plan, *steps), host_map_of(plan, {CLOUD: cloud}), "rebalance-1", BEGAN)


def a_carrier(cloud: MemoryCloud, kept: list[Journal], told: list[Event | str] | None = None) -> Carrier:
    """Carries out on that cloud, keeping every state of the journal."""
    return Carrier({CLOUD: cloud.hosts}, kept.append, (told if told is not None else []).append)
