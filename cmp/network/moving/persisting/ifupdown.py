"""Writes a script for ifupdown (interfaces(5), if-up.d), run when an interface is up, whoever defines it.

A stanza of our own for an interface that the host's files define would come before theirs where these source
ours first, as Debian's do: a bridge would be asked for before it is made. Only what no file names gets one.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmp.network.moving.persisting.lasting import Lasting


def files(lasting: Lasting) -> Mapping[str, str]:
    """The script that ifup runs, and a stanza for a new interface that has none, by path."""
    guard = 'case "$IFACE" in @old|@new) ;; *) exit 0 ;; esac'
    stanza = ["#@unnamed", lasting.heading, "auto @new", "iface @new inet manual", "#@end"]
    return {
        script_path(lasting.network): lasting.script(guard),
        path(lasting.network): "\n".join(stanza) + "\n",
    }


def script_path(network: str) -> str:
    """Where the script of a moving network lies."""
    return f"/etc/network/if-up.d/tricenter-{network}"


def path(network: str) -> str:
    """Where the stanza of a new interface lies."""
    return f"/etc/network/interfaces.d/tricenter-{network}"
