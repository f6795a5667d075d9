"""Makes floating addresses that lead to servers."""

from __future__ import annotations

from typing import Any, ClassVar

from cmp.clouds.base import Wish
from cmp.clouds.openstack.neutron import NeutronNoun
from cmp.clouds.openstack.routers import Routers
from cmp.errors import Invalid
from cmp.sentences import Sentence

_IPV4_DOTS = 3


class FloatingAddresses(NeutronNoun):
    """IPv4 addresses of networks outside."""

    kind: ClassVar[str] = "ip"
    plural: ClassVar[str] = "ips"

    @property
    def words(self) -> str:
        """The noun for people."""
        return "floating address"

    def attributes(self, wish: Wish) -> dict[str, Any]:
        """The network it is taken from, and the port it leads to."""
        outside = Routers(self.api).external(wish["external_network"])
        return {"floating_network_id": outside, **self.changes(wish)}

    def changes(self, wish: Wish) -> dict[str, Any]:
        """The port of the server; none where no server is wished."""
        server = wish.get("server")
        return {"port_id": self._port(server) if server else None}

    def state(self, made: Any) -> dict[str, Any]:
        """The address, the name of its network, and the server it leads to."""
        outside = self.api.look(
            "read external network", lambda c: c.network.get_network(made.floating_network_id)
        )
        return {
            "external_network": outside.name if outside is not None else made.floating_network_id,
            "server": self._server(made.port_id) if made.port_id else None,
            "address": made.floating_ip_address,
        }

    def _port(self, server: str) -> str:
        ports = self.api.ask("list server ports", lambda c: list(c.network.ports(device_id=server)))
        for port in sorted(ports, key=lambda item: str(item.id)):
            if any(fixed["ip_address"].count(".") == _IPV4_DOTS for fixed in port.fixed_ips):
                return str(port.id)
        raise Invalid(
            Sentence(
                "cloud {cloud}: server {server} has no IPv4 address to lead to",
                cloud=self.api.cloud,
                server=server,
            )
        )

    def _server(self, port: str) -> str | None:
        found = self.api.look("read server port", lambda c: c.network.get_port(port))
        return str(found.device_id) if found is not None else None
