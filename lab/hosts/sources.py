"""Writes the filter of an edge that drops foreign sources (BCP 38, RFC 2827; RFC 3704 section 2.2)."""

from __future__ import annotations

from lab.hosts import places
from lab.hosts.nodes import Node
from lab.hosts.site import USUAL_PORTS, Site

TABLE = "edge_sources"


def filtered(node: Node, site: Site) -> str:
    """The content of /etc/nftables.conf of a node: an edge's filter, or nothing."""
    prefix = {places.EDGE_OLD: site.segment.old, places.EDGE_NEW: site.segment.ipv4}.get(node.name)
    if prefix is None or not site.filters_sources:
        return ""
    ports = site.edge_ports if node.name == places.EDGE_NEW else USUAL_PORTS
    # Answers to what the edge translates come with the address behind it and leave with the one before it.
    return f"""\
table inet {TABLE} {{
    chain arriving {{
        type filter hook prerouting priority filter; policy accept;
        iifname != "{ports.lan}" accept
        icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit }} ip6 hoplimit 255 accept
        ct status dnat accept
        ip saddr != {prefix} counter drop
        meta nfproto ipv6 fib saddr . iif oif missing counter drop
    }}
}}
"""
