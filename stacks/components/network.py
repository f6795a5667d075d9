"""Gives a zone its network in one cloud, in both families."""

from __future__ import annotations

import pulumi

from stacks.components.cloud import Cloud, NetworkArgs


class Network(pulumi.ComponentResource):
    """A zone's network; `handle` is what servers and firewalls join it by."""

    def __init__(
        self, name: str, args: NetworkArgs, cloud: Cloud, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("tricenter:net:Network", name, {}, opts)
        self.handle = cloud.network(name, args, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"handle": self.handle})
