"""Opens the host labs of an environment: one for each private network that is to move."""

from __future__ import annotations

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.network.allocation import allocate, remember
from cmp.network.renumbering import segments_of
from cmp.services.migrating.sites import site_of
from cmp.settings import Layout
from cmp.store import plans
from lab.hosts.lab import HostLab
from lab.hosts.together import HostLabs


def host_labs(environment: Environment, layout: Layout) -> HostLabs:
    """The lab of every private network, with the subnets that a plan of its move would give it.

    Raises:
        Invalid: the environment has no private network.
        NothingFits: the address plan has no room left.
    """
    networks = environment.network.private_networks
    if not networks:
        raise Invalid(
            f"{environment.name} has no private network for the host lab",
            hint="network.yaml lists them under `private_networks`",
        )
    memory = remember(plans.remembered_networks(layout.allocation(environment.name)))
    taken = [prefix for each in allocate(environment, memory) for prefix in (each.ipv4, each.ipv6)]
    segments = segments_of(environment, taken, memory)
    folder = layout.root / "lab" / HostLab.name / environment.name
    return HostLabs(
        tuple(
            HostLab(
                site_of(environment, each, environment.hosts[each.id].hosts, segments[each.id]),
                folder / each.id,
            )
            for each in networks
        )
    )
