"""Makes routers: gateways of subnets, with a way to the network outside."""

from __future__ import annotations

from typing import Any, ClassVar

from cmp.clouds.base import Wish
from cmp.clouds.openstack.neutron import NeutronNoun
from cmp.errors import Invalid
from cmp.sentences import Sentence

_INTERFACES = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


class Routers(NeutronNoun):
    """Routers of the account's project."""

    kind: ClassVar[str] = "router"
    plural: ClassVar[str] = "routers"

    def attributes(self, wish: Wish) -> dict[str, Any]:
        """Its name, and its gateway outside where one is wished."""
        outside = wish.get("external_network")
        gateway = {"external_gateway_info": {"network_id": self.external(outside)}} if outside else {}
        return {"name": wish["name"], **gateway}

    def changes(self, wish: Wish) -> dict[str, Any]:
        """The same; no wish takes the gateway away."""
        return {"external_gateway_info": {}, **self.attributes(wish)}

    def state(self, made: Any) -> dict[str, Any]:
        """Its gateway by the network's name, and the subnets it has interfaces on."""
        gateway = made.external_gateway_info or {}
        outside = gateway.get("network_id")
        return {
            "name": made.name,
            "external_network": self._name(outside) if outside else None,
            "subnets": sorted(self._interfaces(made.id)),
            "external_addresses": sorted(
                fixed["ip_address"] for fixed in gateway.get("external_fixed_ips", ())
            ),
        }

    def complete(self, made: Any, wish: Wish) -> None:
        """Add and remove interfaces."""
        have, wanted = self._interfaces(made.id), set(wish.get("subnets", ()))
        for subnet in sorted(wanted - have):
            self._attach(made, subnet)
        for subnet in sorted(have - wanted):
            self._detach(made, subnet)

    def empty(self, made: Any) -> None:
        """A router with interfaces cannot be deleted."""
        for subnet in sorted(self._interfaces(made.id)):
            self._detach(made, subnet)

    def external(self, name: str) -> str:
        """The id of the external network with that name.

        Raises:
            Invalid: there is none, or more than one.
        """
        found = self.api.ask(
            "look for external network",
            lambda c: list(c.network.networks(name=name, is_router_external=True)),
        )
        if len(found) != 1:
            raise Invalid(
                Sentence(
                    "cloud {cloud}: {found} external networks are called {name}",
                    cloud=self.api.cloud,
                    found=len(found),
                    name=name,
                )
            )
        return str(found[0].id)

    def _name(self, network: str) -> str:
        found = self.api.look("read external network", lambda c: c.network.get_network(network))
        return str(found.name) if found is not None else network

    def _interfaces(self, router: str) -> set[str]:
        ports = self.api.ask("list router interfaces", lambda c: list(c.network.ports(device_id=router)))
        return {
            fixed["subnet_id"]
            for port in ports
            if port.device_owner in _INTERFACES
            for fixed in port.fixed_ips
        }

    def _attach(self, made: Any, subnet: str) -> None:
        self.api.ask("add router interface", lambda c: c.network.add_interface_to_router(made, subnet))

    def _detach(self, made: Any, subnet: str) -> None:
        self.api.look(
            "remove router interface", lambda c: c.network.remove_interface_from_router(made, subnet)
        )
