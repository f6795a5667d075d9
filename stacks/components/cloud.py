"""Says what components ask of a cloud, whatever its kind: a network, a firewall, a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi

from cmp.model.plan import Amounts

Handle = pulumi.Output[Mapping[str, Any]]
"""The ids of what a network consists of, by name; only the cloud that made it knows the names."""

Tags = Mapping[str, str]
Rule = Mapping[str, Any]
"""An allowed flow: direction, protocol, port, prefix, why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """A zone's network: one prefix in each family; `outside` joins it to the world."""

    ipv4: str
    ipv6: str
    outside: bool = False
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallArgs:
    """The allowed flows of one component's servers on a network; everything else is denied."""

    network: Handle
    rules: Sequence[Rule] = ()
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArgs:
    """Equal servers of one row of the Plan.

    `servers` are their names. `places` says of each the `host` of its pool (a number from 1) that the Plan
    gave it, `of` so many; a cloud whose account may name none chooses itself. `max_per_host` is the most of
    them that may share a host, None for any number. `public` gives each an address that the outside reaches.
    `size` is that of one server. `init` is what it runs at its first boot: a changed text concerns only
    servers that are made later.
    """

    servers: Sequence[str]
    image: str
    isa: str
    chip: str
    pool: str
    size: Amounts
    network: Handle
    firewall: pulumi.Output[str]
    max_per_host: int | None = None
    places: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    public: bool = False
    init: str = ""
    tags: Tags = field(default_factory=dict)


Servers = Mapping[str, pulumi.Output[Mapping[str, Any]]]
"""What is known of each server by its name: id, ipv4, ipv6, public."""


class Cloud(Protocol):
    """One cloud; `options` say whose children the resources are."""

    def network(self, name: str, args: NetworkArgs, options: pulumi.ResourceOptions) -> Handle:
        """Make a network with a subnet in each family."""
        ...

    def firewall(self, name: str, args: FirewallArgs, options: pulumi.ResourceOptions) -> pulumi.Output[str]:
        """Make a security group and return its id."""
        ...

    def service(self, name: str, args: ServiceArgs, options: pulumi.ResourceOptions) -> Servers:
        """Make the servers of one row."""
        ...
