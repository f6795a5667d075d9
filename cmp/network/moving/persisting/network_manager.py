"""Writes a dispatcher script for NetworkManager (NetworkManager-dispatcher(8)), run when an interface is up.

A script beside the profiles is taken instead of a change in them: NetworkManager rewrites a profile as a
whole, and what an operator changes there meanwhile would be lost on the way back.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmp.network.moving.persisting.lasting import Lasting


def files(lasting: Lasting) -> Mapping[str, str]:
    """The script, by path."""
    lines = [
        "#!/bin/sh",
        lasting.heading,
        '[ "$1" = "@new" ] && [ "$2" = "up" ] || exit 0',
        *(f"echo 0 > /proc/sys/{name}" for name in lasting.rp_filter),
    ]
    for each in lasting.addresses:
        lines.append(f"ip -4 addr replace {each.ipv4} dev @new")
        if each.ipv6:
            lines.append(f"ip -6 addr replace {each.ipv6} dev @new")
    return {path(lasting.network): "\n".join([*lines, *lasting.commands]) + "\n"}


def path(network: str) -> str:
    """Where the script of a moving network lies."""
    return f"/etc/NetworkManager/dispatcher.d/50-tricenter-{network}"
