"""Builds by hand a Plan with containers of every sort in one cluster, and servers that they talk to."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from support.builders import (
    a_cloud,
    a_component,
    a_placement,
    a_plan,
    a_pool,
    a_talk,
    a_workload,
    a_zone_network,
    amounts,
    an_environment,
    an_exposure,
    clouds,
    pools,
)

from cmp.model.container import ContainerCloud, Probe, Probes, ServiceKind, Volume
from cmp.model.estate import CloudBinding, CloudKind, Isa
from cmp.model.plan import Placement, Plan
from cmp.model.workload import Component, Demand, Needs, RunsAs, Spread, Yields
from cmp.network.flows import security_groups

CLUSTER, POOL = "bj-a-k8s", "bj-a-k8s-kunpeng"
NAMESPACE = "test--portal--public"
PODS, SERVICES, NODES = "10.64.16.0/21", "10.64.28.0/22", "10.64.24.0/22"
"""What the cluster's addresses in IPv4 are taken from."""
CONTAINER = {"runs_as": RunsAs.CONTAINER, "images": {Isa.ARM64: "x:1", Isa.AMD64: "x:1"}}


def a_front(**changes: Any) -> Component:
    usual = {
        **CONTAINER,
        "replicas": 3,
        "exposes": (an_exposure(443, "public"),),
        "talks_to": (a_talk("index", port=9200), a_talk("db", port=5432)),
        "demand": (Demand(when="05-20", factor=4),),
        "config": {"COLOUR": "red"},
        "secrets": {"PASSWORD": "secret://portal/password"},
        "pull_secrets": ("secret://registry/reader",),
        "probes": Probes(ready=Probe(port=443, path="/ready")),
        "spread": Spread.HOST,
    }
    return a_component("front", **usual | changes)


def an_index(**changes: Any) -> Component:
    usual = {
        **CONTAINER,
        "stateful": True,
        "replicas": 2,
        "needs": Needs(vcpus=2, memory_gib=4, disk_gib=20),
        "volumes": (Volume(id="data", mount="/srv/data", gib=15),),
        "service": ServiceKind.HEADLESS,
        "yields": Yields.ELASTIC,
    }
    return a_component("index", **usual | changes)


def a_containers_plan(
    *components: Component,
    rows: tuple[Placement, ...] = (),
    facts: ContainerCloud | None = None,
    **changes: Any,
) -> Plan:
    """A Plan of the environment `test` whose workload `portal` runs in a cluster, but for its database."""
    parts = components or (a_front(), an_index())
    cluster = a_cloud(
        CLUSTER,
        center="bj-a",
        kind=CloudKind.KUBERNETES,
        binding=CloudBinding(context=CLUSTER),
        zones=("public",),
        containers=facts,
    )
    environment = an_environment(
        a_workload("portal", grade=5, components=(*parts, a_component("db"))),
        clouds=(*clouds(), cluster),
        pools=(*pools(), a_pool(POOL, cloud=CLUSTER, chip="kunpeng-920")),
    )
    placed = rows or (
        *(
            a_placement(
                POOL,
                workload="portal",
                component=part.id,
                cloud=CLUSTER,
                image=f"{part.id}:1",
                replicas=part.replicas,
                replicas_on_takeover=part.replicas,
                size=amounts(2000, 4096, 20),
            )
            for part in parts
        ),
        a_placement(workload="portal", component="db"),
    )
    networks = tuple(
        a_zone_network(
            cloud,
            "public",
            center="bj-a",
            ipv4=ip_network(f"10.64.{16 * number}.0/20"),
            ipv6=ip_network(f"3fff:100:0:{number}::/64"),
        )
        for number, cloud in enumerate(("bj-a-gov", CLUSTER))
    )
    usual = {
        "environment": environment,
        "networks": networks,
        "placements": placed,
        "security_groups": security_groups(environment, networks, placed),
    }
    return a_plan(**usual | changes)
