"""Lays a center's ground: the networks of each zone in both families, and what may flow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pulumi

from cmp.clouds.binding import Files
from cmp.model.estate import Cloud as DeclaredCloud
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan, SecurityRule
from stacks import names, tags
from stacks.components.choosing import open_for_building
from stacks.components.cloud import Cloud, FirewallArgs, NetworkArgs, Rule
from stacks.components.firewall import Firewall
from stacks.components.network import Network
from stacks.programs.rows import OUTSIDE_ZONE, clouds_in, networks_in, security_groups_in

LONGEST_REASON = 160
"""Characters of a rule's reason; clouds allow 255."""


def foundation(plan: Plan, center: str, access: Files, part: Part = WHOLE) -> None:
    """Declare the networks and firewalls of a center, and export them for the stacks that stand on them."""
    plan = part.of(plan)
    clouds = [cloud for cloud in clouds_in(plan, center) if not part or networks_in(plan, cloud.id)]
    ground = {cloud.id: _lay(plan, cloud, access) for cloud in clouds}
    pulumi.export("plan", plan.hash)
    pulumi.export("clouds", ground)


def _lay(plan: Plan, declared: DeclaredCloud, access: Files) -> dict[str, Any]:
    cloud = open_for_building(plan.environment.name, declared, access)
    networks = _networks(plan, declared, cloud)
    return {
        "networks": {zone: network.handle for zone, network in networks.items()},
        "firewalls": _firewalls(plan, declared, cloud, networks),
    }


def _networks(plan: Plan, declared: DeclaredCloud, cloud: Cloud) -> dict[str, Network]:
    return {
        network.zone: Network(
            names.network(plan.environment.name, declared.id, network.zone),
            NetworkArgs(
                ipv4=str(network.ipv4),
                ipv6=str(network.ipv6),
                outside=network.zone == OUTSIDE_ZONE,
                tags=tags.of_plan(plan, declared.center, network.zone),
            ),
            cloud,
        )
        for network in networks_in(plan, declared.id)
    }


def _firewalls(
    plan: Plan, declared: DeclaredCloud, cloud: Cloud, networks: dict[str, Network]
) -> dict[str, pulumi.Output[str]]:
    made = {}
    for group in security_groups_in(plan, declared.id):
        name = names.security_group(group.workload, group.component, declared.id, group.zone)
        arguments = FirewallArgs(
            network=networks[group.zone].handle,
            rules=rules_of(group.rules),
            tags=tags.of_component(plan, declared.center, group.zone, group.workload, group.component),
        )
        made[name] = Firewall(name, arguments, cloud).group_id
    return made


def rules_of(declared: Iterable[SecurityRule]) -> list[Rule]:
    """The rules of a firewall: each flow once, with every reason that asks for it."""
    reasons: dict[tuple[str, str, int, str], list[str]] = {}
    for rule in declared:
        flow = (rule.direction, str(rule.protocol), rule.port, str(rule.prefix))
        reasons.setdefault(flow, []).append(rule.why)
    return [
        {
            "direction": direction,
            "protocol": protocol,
            "port": port,
            "prefix": prefix,
            "why": "; ".join(sorted(set(why)))[:LONGEST_REASON],
        }
        for (direction, protocol, port, prefix), why in sorted(reasons.items())
    ]
