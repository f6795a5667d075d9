"""Gives upstream's fake hypervisor driver the size, chip and accelerators of the estate's hosts."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from nova.objects import fields
from nova.virt import fake

from .migration import Migrating


def install(hosts: dict[str, dict[str, Any]]) -> None:
    """Make `compute_driver = fake.LabDriver` known, with `hosts` by name as its truth."""
    LabDriver.hosts = hosts
    fake.LabDriver = LabDriver


class LabDriver(Migrating, fake.FakeDriver):  # type: ignore[misc]  # the services' environment is not ours to type
    """A host without a hypervisor: it accounts for servers and runs none."""

    hosts: ClassVar[dict[str, dict[str, Any]]] = {}

    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        import nova.conf

        self.spec = self.hosts[nova.conf.CONF.host]
        self.vcpus = self.spec["vcpus"]
        self.memory_mb = self.spec["memory_mb"]
        self.local_gb = self.spec["disk_gb"]
        super().__init__(virtapi, read_only)
        self.host_status_base["supported_instances"] = [
            (self.spec["architecture"], fields.HVType.FAKE, fields.VMMode.HVM)
        ]

    def init_host(self, host: str) -> None:
        """Remember the servers that ran here before a restart, which the plain fake driver forgets."""
        super().init_host(host)
        from nova import context, objects

        for server in objects.InstanceList.get_by_host(context.get_admin_context(), host):
            self.instances[server.uuid] = fake.FakeInstance(server.name, server.power_state, server.uuid)

    def get_host_uptime(self) -> str:
        """Say something in the form of uptime(1), as the API expects."""
        return " 10:00:00 up 1 day,  1 user,  load average: 0, 0, 0"

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """Add an identity that is the same after every restart."""
        resources: dict[str, Any] = super().get_available_resource(nodename)
        resources["uuid"] = _node_id(nodename)
        return resources

    def get_nodenames_by_uuid(self, refresh: bool = False) -> dict[str, str]:  # noqa: ARG002 - upstream's call
        """Name the one node by the same identity."""
        return {_node_id(name): name for name in self.get_available_nodes()}

    def update_provider_tree(self, tree: Any, nodename: str, allocations: Any = None) -> None:
        """Report traits, overcommit and accelerators besides what the fake driver reports."""
        super().update_provider_tree(tree, nodename, allocations=allocations)
        inventory = dict(tree.data(nodename).inventory)
        for kind, ratio in self.spec["ratios"].items():
            inventory[kind] = {**inventory[kind], "allocation_ratio": ratio}
        for kind, total in self.spec["accelerators"].items():
            inventory[kind] = {
                "total": total,
                "reserved": 0,
                "min_unit": 1,
                "max_unit": total,
                "step_size": 1,
                "allocation_ratio": 1.0,
            }
        tree.update_inventory(nodename, inventory)
        tree.add_traits(nodename, *self.spec["traits"])


def _node_id(nodename: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, nodename))
