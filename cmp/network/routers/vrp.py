"""Writes a change of a router in the language of Huawei's VRP; not tried on a device.

Confirmed by command references: router advertisements with `no-autoconfig`, `ipv6 enable` before them, and
OSPFv3 in the interface's view. Not confirmed for every model: `ospf enable` in the interface's view, and
filters by `traffic-filter`, which NE routers have as a traffic policy instead.
"""

from __future__ import annotations

from typing import Final

from cmp.network.routers.change import RouterChange
from cmp.network.routers.stanzas import Dialect

VRP: Final = Dialect(
    maker="Huawei VRP",
    vlan="vlan-type dot1q {}",
    ospf="ospf enable {}",
    families=("ipv4-family unicast", "ipv6-family unicast"),
    lists=("acl name {} advance", "acl ipv6 name {} advance"),
    filters=("traffic-filter inbound acl name {}", "traffic-filter inbound acl ipv6 name {}"),
    prefixes=("ip ip-prefix", "ip ipv6-prefix"),
    using_prefixes=("ip-prefix", "ipv6-prefix"),
    enabling_ipv6=("ipv6 enable",),
    ending=("# VRP of version 8: `commit` before `return`; save after the check",),
)


def render(change: RouterChange) -> str:
    """The text that makes the change."""
    return VRP.render(change)


def render_back(change: RouterChange) -> str:
    """The text that takes the change away again."""
    return VRP.render_back(change)
