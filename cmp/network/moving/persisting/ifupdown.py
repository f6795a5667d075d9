"""Writes stanzas for ifupdown (interfaces(5)): the main file needs `source /etc/network/interfaces.d/*`."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.network.moving.persisting.lasting import Lasting


def files(lasting: Lasting) -> Mapping[str, str]:
    """The file that ifup reads after the host's own, by path."""
    lines = [lasting.heading, "auto @new"]
    for number, each in enumerate(lasting.addresses):
        lines += ["iface @new inet static", f"    address {each.ipv4}"]
        if each.ipv6:
            lines += ["iface @new inet6 static", f"    address {each.ipv6}"]
        if number + 1 == len(lasting.addresses):
            lines += [f"    up echo 0 > /proc/sys/{name}" for name in lasting.rp_filter]
            lines += [f"    up {command}" for command in lasting.commands]
    return {path(lasting.network): "\n".join(lines) + "\n"}


def path(network: str) -> str:
    """Where the stanzas of a moving network lie."""
    return f"/etc/network/interfaces.d/tricenter-{network}"
