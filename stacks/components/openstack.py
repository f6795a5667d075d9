"""Builds networks, firewalls and services out of OpenStack resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import Output, ResourceOptions

from cmp.model.estate import Cloud as DeclaredCloud
from stacks import names
from stacks.components.cloud import FirewallArgs, Handle, NetworkArgs, Servers, ServiceArgs
from stacks.resources import openstack
from stacks.resources.base import Provider


class OpenStackCloud:
    """One OpenStack cloud; `environment` becomes part of the names that a cloud has only once."""

    def __init__(self, environment: str, declared: DeclaredCloud, provider: Provider) -> None:
        self._outer_network = declared.binding.outside
        self._environment = environment
        self._provider = provider
        self._flavors: dict[str, openstack.Flavor] = {}

    def network(self, name: str, args: NetworkArgs, options: ResourceOptions) -> Handle:
        """A network, a subnet a family, and a router; only the router of an outside zone leads out.

        Zones of one cloud are not joined here: what passes between them passes the extranet's own boundary.
        """
        mine = self._mine(options)
        network = openstack.Network(name, openstack.NetworkArgs(name=name, tags=args.tags), mine)
        subnets = {
            family: openstack.Subnet(
                f"{name}.{family}",
                openstack.SubnetArgs(name=f"{name}.{family}", network=network.id, cidr=cidr, tags=args.tags),
                mine,
            ).id
            for family, cidr in (("ipv4", args.ipv4), ("ipv6", args.ipv6))
        }
        router = openstack.RouterArgs(
            name=name,
            external_network=self._outer_network if args.outside else None,
            subnets=list(subnets.values()),
            tags=args.tags,
        )
        joined = openstack.Router(name, router, mine)
        return Output.all(network=network.id, router=joined.id, **subnets)

    def firewall(self, name: str, args: FirewallArgs, options: ResourceOptions) -> Output[str]:
        """A security group that holds exactly the given rules."""
        wanted = openstack.SecurityGroupArgs(name=name, rules=args.rules, tags=args.tags)
        return openstack.SecurityGroup(name, wanted, self._mine(options)).id

    def service(self, name: str, args: ServiceArgs, options: ResourceOptions) -> Servers:
        """Servers of one flavor; those that are to be kept apart are in one server group, made in turn.

        Nova knows a member's host only once it builds there: members asked for at once choose the same host,
        all but one are turned away from it, and after three such turns a server ends in ERROR.
        """
        group = self._group(name, args, options)
        made: dict[str, Output[Mapping[str, Any]]] = {}
        before: list[openstack.Server] = []
        for server in args.servers:
            turn = ResourceOptions.merge(options, ResourceOptions(depends_on=before))
            one, made[server] = self._server(server, args, group, turn)
            before = [one] if group is not None else []
        return made

    def _server(
        self, name: str, args: ServiceArgs, group: Output[str] | None, options: ResourceOptions
    ) -> tuple[openstack.Server, Output[Mapping[str, Any]]]:
        wanted = openstack.ServerArgs(
            name=name,
            image=args.image,
            isa=args.isa,
            flavor=self._flavor(args).id,
            network=args.network["network"],
            subnets=[args.network["ipv4"], args.network["ipv6"]],
            availability_zone=args.pool,
            server_group=group,
            place=args.places.get(name),
            security_groups=[args.firewall],
            user_data=args.init,
            tags=args.tags,
        )
        # A server that runs is not made anew because others may now share its host or boot in another way,
        # and where it runs is for moves to change.
        kept = ResourceOptions(ignore_changes=["server_group", "place", "user_data"])
        server = openstack.Server(name, wanted, ResourceOptions.merge(self._mine(options), kept))
        public = self._floating(name, server, args, options) if args.public else None
        return server, Output.all(id=server.id, ipv4=server.ipv4, ipv6=server.ipv6, public=public)

    def _floating(
        self, name: str, server: openstack.Server, args: ServiceArgs, options: ResourceOptions
    ) -> Output[str]:
        wanted = openstack.FloatingAddressArgs(
            external_network=self._outer_network, server=server.id, tags=args.tags
        )
        return openstack.FloatingAddress(name, wanted, self._mine(options)).address

    def _group(self, name: str, args: ServiceArgs, options: ResourceOptions) -> Output[str] | None:
        """The server group; another limit is another group, since a group's limit cannot be changed."""
        if args.max_per_host is None:
            return None
        full = f"{name}-max{args.max_per_host}"
        wanted = openstack.ServerGroupArgs(name=full, policy="anti-affinity", max_per_host=args.max_per_host)
        return openstack.ServerGroup(full, wanted, self._mine(options)).id

    def _flavor(self, args: ServiceArgs) -> openstack.Flavor:
        """The flavor of a size on a chip, made once; it belongs to no service alone."""
        size = args.size
        accelerators = [f"{count}x{name}" for name, count in sorted(size.accelerators.items())]
        name = names.flavor(
            self._environment,
            f"{size.vcpu_milli}m",
            f"{size.memory_mib}mib",
            f"{size.disk_gib}gib",
            args.chip,
            *accelerators,
        )
        if name not in self._flavors:
            wanted = openstack.FlavorArgs(
                name=name,
                vcpus=size.vcpu_milli / 1000,
                memory_mib=size.memory_mib,
                disk_gib=size.disk_gib,
                chip=args.chip,
                accelerators=size.accelerators,
            )
            self._flavors[name] = openstack.Flavor(name, wanted, ResourceOptions(provider=self._provider))
        return self._flavors[name]

    def _mine(self, options: ResourceOptions) -> pulumi.ResourceOptions:
        return ResourceOptions.merge(options, ResourceOptions(provider=self._provider))
