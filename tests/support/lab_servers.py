"""Stands the servers of a Plan on a lab's clouds without the engine, and remembers the Plan as applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from support.cloud_stories import Site

from cmp.clouds.base import Cloud
from cmp.clouds.hosts import Hosts
from cmp.model.plan import Plan
from cmp.services.carrying_out.access import clouds_of
from cmp.settings import Layout, Workshop
from cmp.store.file_ports import file_ports
from stacks import tags
from stacks.programs.rows import PlannedServer, servers_of

NAMES = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Stood:
    """Servers of a Plan that stand on one of its clouds."""

    cloud: Cloud
    site: Site
    servers: dict[str, str] = field(default_factory=dict)

    @property
    def hosts(self) -> Hosts:
        """The hosts of the cloud."""
        assert self.cloud.hosts is not None
        return self.cloud.hosts

    def listed(self) -> list[tuple[str, bool, str, tuple[str, ...]]]:
        """What there is to compare: which hosts are on, why not, what stands there."""
        return [
            (host.name, host.enabled, host.reason, tuple(guest.name for guest in host.guests))
            for host in self.hosts.list()
        ]

    def where(self) -> dict[str, str]:
        """The host of each server."""
        return {guest.name: host.name for host in self.hosts.list() for guest in host.guests}


def stand(plan: Plan, state: Path, cloud: str, on: Iterable[str]) -> Stood:
    """Make the servers of a Plan on a cloud and move them to the given hosts; the Plan counts as applied."""
    opened = clouds_of(plan.environment, Workshop(state, frozenset({"kubernetes"})))[cloud]
    stood = Stood(opened, Site(opened, "openstack", environment=plan.environment.name))
    network = stood.site.ensure("Network", "n", name="moves")
    part = stood.site.ensure("Subnet", "s", name="moves-4", network=network.id, cidr="10.64.8.0/24")
    given = {"network": network.id, "subnets": [part.id]}
    given["security_groups"] = [stood.site.ensure("SecurityGroup", "g", name="moves").id]
    wanted = [server for server in servers_of(plan) if server.row.cloud == cloud]
    for server, host in zip(wanted, on, strict=True):
        made = stood.site.ensure("Server", server.name, **_server(plan, server, stood.site), **given)
        stood.servers[server.name] = made.id
        stood.hosts.move(made.id, host)
    file_ports(Layout(state)).applied.record(plan, complete=True)
    return stood


def _server(plan: Plan, server: PlannedServer, site: Site) -> dict[str, object]:
    row = server.row
    size = {"vcpus": row.size.vcpu_milli / 1000, "memory_mib": row.size.memory_mib, "disk_gib": 1}
    label = f"{row.workload}-{row.component}-{row.role}"
    flavor = site.ensure("Flavor", label, name=label, chip=row.chip, **size)
    return {
        "name": server.name,
        "image": "web:2.4",
        "isa": row.isa.value,
        "flavor": flavor.id,
        "availability_zone": row.pool,
        "tags": dict(tags.of_row(plan, row)),
    }
