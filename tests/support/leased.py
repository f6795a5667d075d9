"""Builds a small Plan for two centers with an AWS-compatible cloud each, and says where it is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
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
)

from cmp.clouds.binding import bind
from cmp.clouds.opening import open_cloud
from cmp.model.estate import Cloud, CloudBinding, CloudKind
from cmp.model.plan import Placement, Plan, SecurityGroup, SecurityRule
from cmp.model.wishes import Protocol
from cmp.model.workload import Component, Spread
from cmp.store.plans import save
from stacks.engine.workplace import Workplace

REGIONS = {"bj-a": "us-east-1", "bj-b": "us-west-2"}
FAMILIES = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Carrying:
    """A workplace whose clouds run, with the means to write Plans and to look at the clouds."""

    place: Workplace
    folder: Path

    def kept(self, plan: Plan) -> Path:
        """The file of a Plan."""
        file = self.folder / f"{plan.hash[:12]}.json"
        save(plan, file)
        return file

    def listed(self, center: str, kind: str = "instance") -> list[str]:
        """The names of what a center's cloud lists as ours."""
        cloud = open_cloud(bind(a_leased_cloud(center), self.place.access))
        return sorted(found.name for found in cloud.list() if found.managed and found.kind == kind)


def a_leased_plan(
    replicas: int = 2,
    ports: tuple[int, ...] = (443,),
    clouds: Mapping[str, Cloud] | None = None,
    centers: tuple[str, ...] = tuple(REGIONS),
) -> Plan:
    """One component with so many replicas in each center, offering ports to everybody."""
    found = clouds or {}
    return a_plan(
        environment=an_environment(
            a_workload("tax", zone="internet", components=(_web(),)),
            name="engine",
            clouds=tuple(found.get(center) or a_leased_cloud(center) for center in centers),
            pools=tuple(a_pool(f"{center}-hygon", cloud=f"{center}-leased") for center in centers),
        ),
        networks=tuple(
            a_zone_network(f"{center}-leased", "internet", ipv4=ip_network(f"10.64.{16 * number}.0/20"))
            for number, center in enumerate(centers)
        ),
        security_groups=tuple(_firewall(center, ports) for center in centers),
        placements=tuple(_row(center, replicas) for center in centers),
    )


def a_leased_cloud(center: str, **changes: Any) -> Cloud:
    usual = {
        "center": center,
        "kind": CloudKind.AWS,
        "binding": CloudBinding(profile=center, region=REGIONS[center]),
        "zones": ("internet",),
    }
    return a_cloud(f"{center}-leased", **usual | changes)


def _web() -> Component:
    return a_component("web", spread=Spread.NONE, exposes=(an_exposure(443),))


def _row(center: str, replicas: int) -> Placement:
    return a_placement(f"{center}-hygon", workload="tax", cloud=f"{center}-leased", replicas=replicas)


def _firewall(center: str, ports: tuple[int, ...]) -> SecurityGroup:
    rules = tuple(
        SecurityRule(
            direction="ingress",
            protocol=Protocol.TCP,
            port=port,
            prefix=ip_network(prefix),
            why="tax exposes it",
        )
        for port in ports
        for prefix in FAMILIES
    )
    return SecurityGroup(
        cloud=f"{center}-leased", zone="internet", workload="tax", component="web", rules=rules
    )
