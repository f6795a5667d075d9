"""Lists what is really in an OpenStack project, with the facts that drift and verification ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from openstack import exceptions as sdk

from cmp.clouds import failures
from cmp.clouds.base import Resource
from cmp.clouds.failures import Call
from cmp.clouds.labels import IMAGE, ISA, STAND_IN, from_strings, is_managed, ours
from cmp.clouds.openstack import flavors, server_groups
from cmp.clouds.openstack.api import Api
from cmp.clouds.openstack.security_groups import rules_of
from cmp.clouds.openstack.servers import addresses


def list_all(api: Api) -> tuple[Resource, ...]:
    """List every kind, in a fixed order.

    Raises:
        Refused: the account lacks a right without which a list would be wrongly empty.
    """
    project = api.project
    _must_see(api, project)
    found = [resource for part in _PARTS for resource in part(api, project)]
    return tuple(sorted(found, key=lambda resource: (resource.kind, resource.name, resource.id)))


def _must_see(api: Api, project: str) -> None:
    """Refuse an account whose lists would leave out what it may not see.

    The network service drops rows from its lists instead of refusing. Each project has a group `default`,
    which is made when it is looked for: not to see it means that lists are not to be trusted.
    """
    groups = api.ask(
        "list security groups", lambda c: list(c.network.security_groups(project_id=project, name="default"))
    )
    if not groups:
        call = Call(api.cloud, "list security groups")
        raise failures.not_allowed(
            call, "its lists are empty, not even the project's default group is in them"
        )


def _resource(
    api: Api, kind: str, made: Any, labelled: Mapping[str, str], facts: Mapping[str, Any]
) -> Resource:
    name = server_groups.name_of(made) if kind == "server_group" else str(made.name or "")
    return Resource(api.cloud, kind, str(made.id), name, is_managed(labelled), ours(labelled), facts)


def _networks(api: Api, project: str) -> Iterator[Resource]:
    for made in api.ask("list networks", lambda c: list(c.network.networks(project_id=project))):
        facts = {"subnets": tuple(sorted(made.subnet_ids or ()))}
        yield _resource(api, "network", made, from_strings(made.tags or ()), facts)


def _subnets(api: Api, project: str) -> Iterator[Resource]:
    for made in api.ask("list subnets", lambda c: list(c.network.subnets(project_id=project))):
        facts = {"cidr": made.cidr, "family": made.ip_version, "network": made.network_id}
        yield _resource(api, "subnet", made, from_strings(made.tags or ()), facts)


def _routers(api: Api, project: str) -> Iterator[Resource]:
    ports = api.ask("list ports", lambda c: list(c.network.ports(project_id=project)))
    for made in api.ask("list routers", lambda c: list(c.network.routers(project_id=project))):
        subnets = {
            fixed["subnet_id"] for port in ports if port.device_id == made.id for fixed in port.fixed_ips
        }
        facts = {
            "external_network": (made.external_gateway_info or {}).get("network_id"),
            "subnets": tuple(sorted(subnets)),
        }
        yield _resource(api, "router", made, from_strings(made.tags or ()), facts)


def _security_groups(api: Api, project: str) -> Iterator[Resource]:
    for made in api.ask(
        "list security groups", lambda c: list(c.network.security_groups(project_id=project))
    ):
        yield _resource(
            api, "security_group", made, from_strings(made.tags or ()), {"rules": tuple(rules_of(made))}
        )


def _floating_addresses(api: Api, project: str) -> Iterator[Resource]:
    ports = api.ask("list ports", lambda c: list(c.network.ports(project_id=project)))
    server = {port.id: port.device_id for port in ports}
    for made in api.ask("list floating addresses", lambda c: list(c.network.ips(project_id=project))):
        facts = {"address": made.floating_ip_address, "server": server.get(made.port_id)}
        yield _resource(api, "floating_address", made, from_strings(made.tags or ()), facts)


def _server_groups(api: Api, _project: str) -> Iterator[Resource]:
    for made in api.ask("list server groups", lambda c: list(c.compute.server_groups())):
        facts = {"policy": server_groups.policy_of(made), "members": tuple(sorted(made.member_ids or ()))}
        yield _resource(api, "server_group", made, server_groups.tags_of(made), facts)


def _flavors(api: Api, _project: str) -> Iterator[Resource]:
    for made in api.ask("list flavors", lambda c: list(c.compute.flavors())):
        facts = {
            "vcpus": made.vcpus,
            "memory_mib": made.ram,
            "disk_gib": made.disk,
            "extra_specs": dict(made.extra_specs or {}),
        }
        yield _resource(api, "flavor", made, flavors.described(made), facts)


def _servers(api: Api, project: str) -> Iterator[Resource]:
    servers = api.ask("list servers", lambda c: list(c.compute.servers()))
    groups = _groups_by_server(api, project)
    traits = _traits(api, {server.hypervisor_hostname for server in servers if server.hypervisor_hostname})
    for made in servers:
        said = ours(made.metadata or {})
        facts: dict[str, Any] = {
            "status": made.status,
            "zone": made.availability_zone or "",
            "ipv4": tuple(addresses(made, 4)),
            "ipv6": tuple(addresses(made, 6)),
            "flavor": made.flavor.original_name or made.flavor.name,
            "image": said.get(IMAGE, ""),
            "isa": said.get(ISA, ""),
            "stand_in": said.get(STAND_IN) == "yes",
            "security_groups": tuple(sorted(groups.get(made.id, ()))),
        }
        if made.hypervisor_hostname:
            facts["host"] = made.hypervisor_hostname
        if made.hypervisor_hostname in traits:
            facts["traits"] = traits[made.hypervisor_hostname]
        yield _resource(api, "server", made, made.metadata or {}, facts)


def _groups_by_server(api: Api, project: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for port in api.ask("list ports", lambda c: list(c.network.ports(project_id=project))):
        found.setdefault(port.device_id, set()).update(port.security_group_ids or ())
    return found


def _traits(api: Api, hosts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The traits of the hosts that servers stand on; only an account that sees hosts asks for them."""
    wanted = sorted(hosts)
    if not wanted:
        return {}
    providers = api.ask("list hosts", lambda c: list(c.placement.resource_providers()))
    ids = {provider.name: provider.id for provider in providers}
    return {host: _traits_of(api, ids[host]) for host in wanted if host in ids}


def _traits_of(api: Api, provider: str) -> tuple[str, ...]:
    answer = api.ask("read host traits", lambda c: _get_traits(c, provider))
    return tuple(sorted(answer["traits"]))


def _get_traits(connection: Any, provider: str) -> dict[str, Any]:
    response = connection.placement.get(f"/resource_providers/{provider}/traits", microversion="1.6")
    sdk.raise_from_response(response)
    document: dict[str, Any] = response.json()
    return document


_PARTS: tuple[Callable[[Api, str], Iterable[Resource]], ...] = (
    _networks,
    _subnets,
    _routers,
    _security_groups,
    _floating_addresses,
    _server_groups,
    _flavors,
    _servers,
)
