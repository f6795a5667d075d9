"""Gives a Plan of the lab's environment, and the listing of clouds that carry it out to the letter."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cmp.clouds.base import Resource
from cmp.clouds.labels import chip_trait
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.services.planning.planning import make_plan
from cmp.services.verifying.comparing import ARCHITECTURE
from cmp.services.verifying.expectation import ExpectedServer, expectation
from cmp.settings import Layout
from cmp.store.file_ports import file_ports

ROOT = Path(__file__).parents[3]
TAGS = {"environment": "lab", "stack": "lab.any", "urn": "known"}


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return make_plan(
        EnvironmentRef.of(ROOT / "inventories" / "lab"), file_ports(Layout(tmp_path_factory.mktemp("state")))
    )


def a_server(server: ExpectedServer, plan: Plan) -> Resource:
    row, leased = server.placement, server.cloud == "gy-c-pub"
    facts = {
        "status": "running" if leased else "ACTIVE",
        "zone": row.pool,
        "traits": (chip_trait(row.chip),),
        "architecture": ARCHITECTURE.get(row.isa),
        "ipv4": (str(server.network.ipv4[10]),),
        "ipv6": (str(server.network.ipv6[10]),),
        "security_groups": (server.group,),
    }
    kind = "instance" if leased else "server"
    return Resource(
        server.cloud, kind, f"id-{server.name}", server.name, True, TAGS | {"plan": plan.hash}, facts
    )


@pytest.fixture
def listing(plan: Plan) -> list[Resource]:
    """Everything that the Plan wants, as its clouds would list it."""
    wanted, found = expectation(plan), list[Resource]()
    for network in wanted.networks:
        leased = network.cloud == "gy-c-pub"
        if leased:
            facts = {"cidr": str(network.ipv4), "ipv6_cidr": str(network.ipv6)}
            found.append(
                Resource(network.cloud, "subnet", f"net-{network.name}", network.name, True, TAGS, facts)
            )
            continue
        subnets = []
        for prefix in (network.ipv4, network.ipv6):
            subnet = Resource(
                network.cloud, "subnet", f"sub-{prefix}", "s", True, TAGS, {"cidr": str(prefix)}
            )
            subnets.append(subnet)
        ids = tuple(subnet.id for subnet in subnets)
        found += subnets
        found.append(
            Resource(
                network.cloud, "network", f"net-{network.name}", network.name, True, TAGS, {"subnets": ids}
            )
        )
    for group in wanted.groups:
        rules = tuple(
            {"direction": direction, "protocol": protocol, "port": port, "prefix": prefix}
            for direction, protocol, port, prefix in sorted(group.flows)
        )
        found.append(
            Resource(group.cloud, "security_group", group.name, group.name, True, TAGS, {"rules": rules})
        )
    return found + [a_server(server, plan) for server in wanted.servers]


@pytest.fixture
def changed(listing: list[Resource]):
    """The listing with one resource's facts, tags or other fields changed."""

    def change(name: str, **given: object) -> Sequence[Resource]:
        facts = given.pop("facts", {})
        return [
            replace(r, facts={**r.facts, **facts}, **given) if r.name == name else r  # type: ignore[dict-item, arg-type]
            for r in listing
        ]

    return change
