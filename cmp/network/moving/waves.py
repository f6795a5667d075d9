"""Divides hosts into waves: one canary, a fifth, the rest, and never two members of one group together."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from cmp.model.migration import Wave
from cmp.model.network import NetworkHost

FIFTH = 0.2


def waves(hosts: Sequence[NetworkHost]) -> tuple[Wave, ...]:
    """The waves in the order in which they move; every host is in exactly one.

    The canary is the host that offers least. Where a group has more members than there are waves, more waves
    follow the rest. Equal hosts keep the order of their list.
    """
    if not hosts:
        return ()
    canary = min(hosts, key=lambda host: (host.group is not None, len(host.services)))
    filled: list[list[NetworkHost]] = [[canary], []]
    fifth = ceil(FIFTH * len(hosts))
    for host in sorted(hosts, key=lambda host: host.group is None):
        if host is not canary:
            _join(host, filled, fifth)
    order = {host.name: index for index, host in enumerate(hosts)}
    return tuple(
        Wave(name=_name(index), hosts=tuple(sorted((host.name for host in wave), key=order.__getitem__)))
        for index, wave in enumerate(filled)
        if wave
    )


def _join(host: NetworkHost, filled: list[list[NetworkHost]], fifth: int) -> None:
    """Put a host into the first wave after the canary that has room and no member of its group."""
    for index, wave in enumerate(filled[1:], start=1):
        if (index > 1 or len(wave) < fifth) and _may_join(host, wave):
            wave.append(host)
            return
    filled.append([host])


def _may_join(host: NetworkHost, wave: Sequence[NetworkHost]) -> bool:
    return host.group is None or all(other.group != host.group for other in wave)


def _name(index: int) -> str:
    names = ("canary", "fifth", "rest")
    return names[index] if index < len(names) else f"rest-{index - 1}"
