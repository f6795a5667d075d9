"""Writes a change of a router in the language of H3C's Comware 7; not tried on a device.

Confirmed by command references: router advertisements with `no-autoconfig`, `vlan-type dot1q vid`, OSPFv3 in
the interface's view and `packet-filter ipv6`. Not confirmed for every model: `acl advanced name`, which older
versions write by number.
"""

from __future__ import annotations

from typing import Final

from cmp.network.routers.change import RouterChange
from cmp.network.routers.stanzas import Dialect

COMWARE: Final = Dialect(
    maker="H3C Comware 7",
    vlan="vlan-type dot1q vid {}",
    ospf="ospf {}",
    families=("address-family ipv4 unicast", "address-family ipv6 unicast"),
    lists=("acl advanced name {}", "acl ipv6 advanced name {}"),
    filters=("packet-filter name {} inbound", "packet-filter ipv6 name {} inbound"),
    prefixes=("ip prefix-list", "ipv6 prefix-list"),
    using_prefixes=("prefix-list", "prefix-list"),
    ending=("# save after the check",),
)


def render(change: RouterChange) -> str:
    """The text that makes the change."""
    return COMWARE.render(change)


def render_back(change: RouterChange) -> str:
    """The text that takes the change away again."""
    return COMWARE.render_back(change)
