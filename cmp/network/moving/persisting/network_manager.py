"""Writes a dispatcher script for NetworkManager (NetworkManager-dispatcher(8)), run when an interface is up.

A script beside the profiles is taken instead of a change in them: NetworkManager rewrites a profile as a
whole, and what an operator changes there meanwhile would be lost on the way back.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmp.network.moving.persisting.lasting import Lasting


def files(lasting: Lasting) -> Mapping[str, str]:
    """The script, by path."""
    guard = '[ "$2" = "up" ] && { [ "$1" = "@old" ] || [ "$1" = "@new" ]; } || exit 0'
    return {path(lasting.network): lasting.script(guard)}


def path(network: str) -> str:
    """Where the script of a moving network lies."""
    return f"/etc/NetworkManager/dispatcher.d/50-tricenter-{network}"
