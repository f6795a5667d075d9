"""Offers an OpenStack cloud: its nouns, and the list of what is there."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.clouds.base import Noun, Resource
from cmp.clouds.binding import Binding
from cmp.clouds.hosts import Hosts
from cmp.clouds.openstack.api import Api
from cmp.clouds.openstack.flavors import Flavors
from cmp.clouds.openstack.fleet import Fleet
from cmp.clouds.openstack.floating_addresses import FloatingAddresses
from cmp.clouds.openstack.listing import list_all
from cmp.clouds.openstack.networks import Networks, Subnets
from cmp.clouds.openstack.routers import Routers
from cmp.clouds.openstack.security_groups import SecurityGroups
from cmp.clouds.openstack.server_groups import ServerGroups
from cmp.clouds.openstack.servers import Servers


class OpenStackCloud:
    """One region of an OpenStack, as one account sees it."""

    def __init__(self, binding: Binding) -> None:
        self._api = Api(binding)
        self._fleet = Fleet(self._api)
        self._nouns: Mapping[str, Noun] = {
            "network": Networks(self._api),
            "subnet": Subnets(self._api),
            "router": Routers(self._api),
            "security_group": SecurityGroups(self._api),
            "server_group": ServerGroups(self._api),
            "flavor": Flavors(self._api),
            "server": Servers(self._api),
            "floating_address": FloatingAddresses(self._api),
        }

    @property
    def id(self) -> str:
        """The cloud's id in the estate."""
        return self._api.cloud

    @property
    def hosts(self) -> Hosts:
        """Its compute hosts, for an administrator."""
        return self._fleet

    def noun(self, name: str) -> Noun:
        """The verbs for one kind of resource."""
        return self._nouns[name]

    def list(self) -> tuple[Resource, ...]:
        """Everything of the account's project, ours or not."""
        return list_all(self._api)
