"""Finds where the servers of one host could go on the other hosts of its pool, with every promise kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmp.scheduler.hosting import PoolHosts
from cmp.scheduler.sizes import MEMORY, VCPU

CLEARED = 4
"""Hosts that are emptied at most so that one of them can be switched off or taken out."""


def cleared(hosts: PoolHosts, host: int, most: int, *, switch: bool) -> Mapping[str, int] | None:
    """Where the servers of a host could go, with so many moves at most, so that every promise is kept then.

    With `switch` the host is off afterwards, and what may wait for its start still counts on it; without it
    is taken out. Where what is reserved finds no room, further hosts are emptied for it, but stay on.
    """
    for fullest in (True, False):
        to = _cleared(hosts, host, most, fullest=fullest, switch=switch)
        if to is not None:
            return to
    return None


def _cleared(
    hosts: PoolHosts, host: int, most: int, *, fullest: bool, switch: bool
) -> Mapping[str, int] | None:
    gone = frozenset({host})
    to: dict[str, int] = {}
    emptied: list[int] = []
    for each in (host, *candidates(hosts, gone, most)):
        idle = each != host and not hosts.standing_on(each)
        if idle or each in to.values() or len(emptied) == CLEARED:
            continue
        targets = [on for on in hosts.on if on not in {host, each, *emptied}]
        found = _refuge(hosts.moved(to), each, targets, fullest=fullest)
        if found is None or len(to) + len(found) > most:
            return None
        to |= found
        emptied.append(each)
        then = hosts.moved(to)
        if (then.switched_off(gone) if switch else then.without(gone)).broken() is None:
            return to
    return None


def _refuge(
    hosts: PoolHosts, host: int, targets: Sequence[int], *, fullest: bool
) -> Mapping[str, int] | None:
    """Where the servers of a host could go, the largest first, each to the fullest or emptiest with room."""
    free = {target: list(hosts.free(target)) for target in targets}
    loads = hosts.loads()
    to: dict[str, int] = {}
    for name in hosts.standing_on(host):
        row = hosts.servers[name][0]
        kind = hosts.rows[row]
        limit = -(-max(1, kind.running) // hosts.usable) if kind.spread else None
        able = [
            target
            for target in targets
            if (limit is None or loads[target][row] < limit)
            and all(amount <= there for amount, there in zip(kind.size, free[target], strict=True))
        ]
        if not able:
            return None
        sign = 1 if fullest else -1
        chosen = min(able, key=lambda target: (sign * free[target][VCPU], target))
        to[name] = chosen
        loads[chosen][row] += 1
        for number, amount in enumerate(kind.size):
            free[chosen][number] -= amount
    return to


def candidates(hosts: PoolHosts, received: frozenset[int], most: int) -> list[int]:
    """Hosts that are on, those with the least to carry first."""
    found = []
    for host in hosts.on:
        servers = hosts.standing_on(host)
        if host not in received and len(servers) <= most and len(hosts.on) > 1:
            weight = sum(hosts.rows[hosts.servers[name][0]].size[MEMORY] for name in servers)
            found.append((weight, len(servers), host))
    return [host for _, _, host in sorted(found)]
