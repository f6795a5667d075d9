"""Says what each kind of cloud can do, as data: who needs to know asks for the ability, not for the kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cmp.model.estate import Cloud, CloudKind
from cmp.model.workload import RunsAs


@dataclass(frozen=True, slots=True)
class Abilities:
    """What can be had of a cloud.

    `runs` is what its pools run. Where it `moves_servers`, one can be told to go to another host of its pool;
    where it `switches_hosts`, an empty one can be taken out and brought back. Elsewhere the hosts are their
    provider's, or a scheduler of the cloud's own packs them. Where it `overcommits`, a host may be promised
    more vCPU and memory than it has. Where it `parts_zones`, each of its zones has a network of its own;
    elsewhere all share one, and addresses do not tell them apart.
    """

    runs: RunsAs
    moves_servers: bool
    switches_hosts: bool
    overcommits: bool
    parts_zones: bool


ABILITIES: Final[Mapping[CloudKind, Abilities]] = {
    CloudKind.OPENSTACK: Abilities(
        RunsAs.SERVER, moves_servers=True, switches_hosts=True, overcommits=True, parts_zones=True
    ),
    CloudKind.AWS: Abilities(
        RunsAs.SERVER, moves_servers=False, switches_hosts=False, overcommits=True, parts_zones=True
    ),
    CloudKind.KUBERNETES: Abilities(
        RunsAs.CONTAINER, moves_servers=False, switches_hosts=False, overcommits=False, parts_zones=False
    ),
}


def abilities_of(cloud: Cloud) -> Abilities:
    """What can be had of a cloud."""
    return ABILITIES[cloud.kind]


def kinds_that_run(what: RunsAs) -> tuple[CloudKind, ...]:
    """The kinds of cloud that run servers, or containers, in the order of their declaration."""
    return tuple(kind for kind in CloudKind if ABILITIES[kind].runs is what)
