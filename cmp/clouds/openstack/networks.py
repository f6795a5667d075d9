"""Makes networks and their subnets in both families."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any, ClassVar

from cmp.clouds.base import Wish
from cmp.clouds.openstack.neutron import NeutronNoun

_IPV6 = 6


class Networks(NeutronNoun):
    """Networks of the account's project."""

    kind: ClassVar[str] = "network"
    plural: ClassVar[str] = "networks"

    def attributes(self, wish: Wish) -> dict[str, Any]:
        """Only a name: everything else is the cloud's choice."""
        return {"name": wish["name"]}

    def state(self, made: Any) -> dict[str, Any]:
        """Only a name."""
        return {"name": made.name}


class Subnets(NeutronNoun):
    """Prefixes on networks; the first address of each is its gateway."""

    kind: ClassVar[str] = "subnet"
    plural: ClassVar[str] = "subnets"

    def attributes(self, wish: Wish) -> dict[str, Any]:
        """Its prefix; IPv6 hosts get addresses and routes the same way."""
        prefix = ip_network(wish["cidr"])
        asked = {"network_id": wish["network"], "cidr": wish["cidr"], "ip_version": prefix.version}
        if prefix.version == _IPV6:
            mode = wish.get("ipv6_mode", "slaac")
            asked |= {"ipv6_address_mode": mode, "ipv6_ra_mode": mode}
        return asked | self.changes(wish)

    def changes(self, wish: Wish) -> dict[str, Any]:
        """Its name, gateway and resolvers."""
        first = str(ip_network(wish["cidr"])[1])
        return {
            "name": wish["name"],
            "gateway_ip": first if wish.get("gateway", True) else None,
            "dns_nameservers": list(wish.get("dns_servers", ())),
        }

    def state(self, made: Any) -> dict[str, Any]:
        """All of it; IPv4 has no mode and keeps the default."""
        return {
            "name": made.name,
            "network": made.network_id,
            "cidr": str(ip_network(made.cidr)),
            "ipv6_mode": made.ipv6_address_mode or "slaac",
            "gateway": made.gateway_ip is not None,
            "dns_servers": sorted(made.dns_nameservers or ()),
            "gateway_address": made.gateway_ip or "",
            "family": made.ip_version,
        }
