"""Counts the hosts of a pool that may be placed on from 0, over gaps that drained hosts leave, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cmp.model.environment import Environment
from cmp.model.plan import HostPacking, Packing


def counted(environment: Environment, packings: Iterable[Packing]) -> tuple[Packing, ...]:
    """Packings with their hosts counted, from 1, over those that may be placed on.

    A host that may not be placed on any more gets a number above theirs: what it holds stands nowhere.
    """
    return tuple(
        _renumbered(packing, _places(environment, packing.pool))
        if packing.pool in environment.closed_hosts
        else packing
        for packing in packings
    )


def _places(environment: Environment, pool: str) -> Mapping[int, int]:
    """Place among the open hosts by number; the others follow."""
    there = list(environment.open_hosts(pool))
    hosts = environment.estate.pool[pool].hosts if pool in environment.estate.pool else 0
    rest = [host for host in range(1, hosts + 1) if host not in there]
    return {host: place for place, host in enumerate((*there, *rest), start=1)}


def _renumbered(packing: Packing, places: Mapping[int, int]) -> Packing:
    return packing.model_copy(
        update={"hosts": _each(packing.hosts, places), "stopped": _each(packing.stopped, places)}
    )


def _each(hosts: Iterable[HostPacking], places: Mapping[int, int]) -> tuple[HostPacking, ...]:
    beyond = len(places)
    return tuple(
        host.model_copy(update={"host": places.get(host.host, beyond + host.host)}) for host in hosts
    )
