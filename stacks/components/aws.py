"""Builds networks, firewalls and services out of AWS resources."""

from __future__ import annotations

import pulumi
from pulumi import Output, ResourceOptions

from cmp.model.estate import Cloud as DeclaredCloud
from stacks.components.cloud import FirewallArgs, Handle, NetworkArgs, Servers, ServiceArgs
from stacks.resources import aws
from stacks.resources.base import Provider


class AwsCloud:
    """One AWS-compatible cloud."""

    def __init__(self, environment: str, declared: DeclaredCloud, provider: Provider) -> None:
        del environment, declared  # nothing here has a name that the whole account has only once
        self._provider = provider

    def network(self, name: str, args: NetworkArgs, options: ResourceOptions) -> Handle:
        """A VPC of its own with one subnet; only that of an outside zone has an internet gateway.

        The IPv6 prefix is the cloud's: it gives every VPC a block that nobody can choose.
        """
        mine = self._mine(options)
        vpc = aws.Vpc(name, aws.VpcArgs(name=name, cidr=args.ipv4, tags=args.tags), mine)
        subnet = aws.Subnet(name, aws.SubnetArgs(name=name, vpc=vpc.id, cidr=args.ipv4, tags=args.tags), mine)
        if not args.outside:
            return Output.all(vpc=vpc.id, subnet=subnet.id)
        gateway = aws.InternetGatewayArgs(name=name, vpc=vpc.id, tags=args.tags)
        return Output.all(vpc=vpc.id, subnet=subnet.id, gateway=aws.InternetGateway(name, gateway, mine).id)

    def firewall(self, name: str, args: FirewallArgs, options: ResourceOptions) -> Output[str]:
        """A security group that holds exactly the given rules."""
        wanted = aws.SecurityGroupArgs(name=name, vpc=args.network["vpc"], rules=args.rules, tags=args.tags)
        return aws.SecurityGroup(name, wanted, self._mine(options)).id

    def service(self, name: str, args: ServiceArgs, options: ResourceOptions) -> Servers:  # noqa: ARG002
        """Instances; which hosts they share is the cloud's own affair, and so is their type."""
        return {server: self._instance(server, args, options) for server in args.servers}

    def _instance(self, name: str, args: ServiceArgs, options: ResourceOptions) -> Output[dict[str, object]]:
        wanted = aws.InstanceArgs(
            name=name,
            image=args.image,
            isa=args.isa,
            vcpus=args.size.vcpu_milli / 1000,
            memory_mib=args.size.memory_mib,
            disk_gib=args.size.disk_gib,
            subnet=args.network["subnet"],
            security_groups=[args.firewall],
            user_data=args.init,
            tags=args.tags,
        )
        # An instance that runs is not made anew because others may now boot in another way.
        kept = ResourceOptions(ignore_changes=["user_data"])
        instance = aws.Instance(name, wanted, ResourceOptions.merge(self._mine(options), kept))
        return Output.all(id=instance.id, ipv4=instance.ipv4, ipv6=instance.ipv6, public=None)

    def _mine(self, options: ResourceOptions) -> pulumi.ResourceOptions:
        return ResourceOptions.merge(options, ResourceOptions(provider=self._provider))
