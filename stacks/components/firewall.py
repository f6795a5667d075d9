"""Lets through what a component's declarations allow, and nothing else."""

from __future__ import annotations

import pulumi

from stacks.components.cloud import Cloud, FirewallArgs


class Firewall(pulumi.ComponentResource):
    """The security group of one component in one zone of a cloud."""

    def __init__(
        self, name: str, args: FirewallArgs, cloud: Cloud, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("tricenter:net:Firewall", name, {}, opts)
        self.group_id = cloud.firewall(name, args, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"group_id": self.group_id})
