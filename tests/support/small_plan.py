"""Builds by hand a small Plan that has one of everything that stacks carry out or leave out."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from support.builders import (
    a_cloud,
    a_component,
    a_placement,
    a_plan,
    a_pool,
    a_workload,
    a_zone_network,
    an_environment,
    an_exposure,
    clouds,
    pools,
)

from cmp.model.estate import CloudBinding, CloudKind, Ownership
from cmp.model.plan import Placement, Plan, SecurityGroup, SecurityRule, ZoneNetwork
from cmp.model.recovery import Role
from cmp.model.wishes import Protocol
from cmp.model.workload import Data, DataClass, RunsAs, Spread

LEASED = "gy-c-pub"
KUBERNETES = "bj-a-k8s"
FLOWS = (("10.64.0.0/20", "3fff:100::/64"), ("0.0.0.0/0", "::/0"))


def a_small_plan(**changes: Any) -> Plan:
    """A sealed Plan of the environment `test`; `changes` replace whole fields."""
    usual = {
        "environment": an_environment(
            _registration(),
            _memorial(),
            clouds=(*clouds(), _leased(), a_cloud(KUBERNETES, center="bj-a", kind=CloudKind.KUBERNETES)),
            pools=(*pools(), a_pool("gy-c-intel", cloud=LEASED), a_pool("bj-a-nodes", cloud=KUBERNETES)),
            init_files={"db.yaml": "#cloud-config\n"},
        ),
        "networks": networks(),
        "security_groups": security_groups(),
        "placements": placements(),
    }
    return a_plan(**usual | changes)


def networks() -> tuple[ZoneNetwork, ...]:
    """The zones' networks of the four clouds that carry servers."""
    wanted = [(cloud.id, zone) for cloud in clouds() for zone in ("public", "internet")] + [
        (LEASED, "internet")
    ]
    return tuple(
        a_zone_network(
            cloud,
            zone,
            center=cloud.rsplit("-", 1)[0],
            ipv4=ip_network(f"10.64.{16 * number}.0/20"),
            ipv6=ip_network(f"3fff:100:0:{number}::/64"),
        )
        for number, (cloud, zone) in enumerate(wanted)
    )


def security_groups() -> tuple[SecurityGroup, ...]:
    """What may flow to and from each component, in both families."""
    return (
        a_security_group("bj-a-gov", "internet", "marriage", "web", _ingress(443, 1), _egress(5432, 0)),
        a_security_group("bj-a-gov", "public", "marriage", "db", _ingress(5432, 0)),
        a_security_group("bj-b-gov", "public", "marriage", "db", _ingress(5432, 0)),
        a_security_group(LEASED, "internet", "memorial", "web", _ingress(443, 1)),
    )


def a_security_group(
    cloud: str, zone: str, workload: str, component: str, *rules: tuple[SecurityRule, ...]
) -> SecurityGroup:
    return SecurityGroup(
        cloud=cloud,
        zone=zone,
        workload=workload,
        component=component,
        rules=tuple(rule for pair in rules for rule in pair),
    )


def placements() -> tuple[Placement, ...]:
    """Rows of every role that a stack meets."""
    database = {"workload": "marriage", "component": "db", "image": "db:1"}
    return (
        a_placement(workload="marriage", component="web", image="web:2.4"),
        a_placement(**database, pool="bj-a-kunpeng"),
        a_placement(**database, pool="bj-b-kunpeng", role=Role.WARM),
        a_placement(**database, pool="gy-c-kunpeng", role=Role.BACKUP, replicas=0, replicas_on_takeover=0),
        a_placement(
            "bj-a-nodes", workload="marriage", component="report", image="report:1", cloud=KUBERNETES
        ),
        a_placement("gy-c-intel", workload="memorial", component="web", image="tree:1", cloud=LEASED),
        a_placement("bj-b-hygon", workload="memorial", component="web", role=Role.COLD, replicas=0),
    )


def _ingress(port: int, flow: int) -> tuple[SecurityRule, ...]:
    return tuple(_rule("ingress", port, prefix) for prefix in FLOWS[flow])


def _egress(port: int, flow: int) -> tuple[SecurityRule, ...]:
    return tuple(_rule("egress", port, prefix) for prefix in FLOWS[flow])


def _rule(direction: str, port: int, prefix: str) -> SecurityRule:
    network: IPv4Network | IPv6Network = ip_network(prefix)
    return SecurityRule(
        direction=direction, protocol=Protocol.TCP, port=port, prefix=network, why=f"marriage exposes {port}"
    )


def _registration():
    return a_workload(
        "marriage",
        grade=5,
        data_class=(DataClass.PERSONAL_SENSITIVE, DataClass.INTERNAL),
        components=(
            a_component("web", zone="internet", exposes=(an_exposure(443),)),
            a_component("db", stateful=True, data=Data(gib=20), spread=Spread.HOST, init="db.yaml"),
            a_component("report", runs_as=RunsAs.CONTAINER),
        ),
    )


def _memorial():
    return a_workload(
        "memorial",
        mlps_level=2,
        zone="internet",
        data_class=(DataClass.PUBLIC,),
        components=(a_component("web", spread=Spread.NONE),),
    )


def _leased():
    return a_cloud(
        LEASED,
        center="gy-c",
        kind=CloudKind.AWS,
        binding=CloudBinding(profile="gy-c"),
        mlps_level=2,
        zones=("internet",),
        ownership=Ownership.LEASED,
    )
