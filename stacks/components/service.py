"""Runs one row of the Plan: equal servers of a component on one pool."""

from __future__ import annotations

import pulumi

from stacks.components.cloud import Cloud, ServiceArgs


class Service(pulumi.ComponentResource):
    """The servers of one row, kept apart on hosts where the row asks for it."""

    def __init__(
        self, name: str, args: ServiceArgs, cloud: Cloud, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("tricenter:compute:Service", name, {}, opts)
        self.servers = cloud.service(name, args, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"servers": self.servers})
