"""Opens the host labs of an environment: one for each private network that is to move."""

from __future__ import annotations

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.sentences import Sentence
from cmp.services.migrating.planning import segments
from cmp.services.migrating.sites import folder_of, site_of
from lab.hosts.lab import HostLab
from lab.hosts.together import HostLabs


def host_labs(means: Means, environment: Environment) -> HostLabs:
    """The lab of every private network, with the subnets that a plan of its move would give it.

    Raises:
        Invalid: the environment has no private network.
        NothingFits: the address plan has no room left.
    """
    networks = environment.network.private_networks
    if not networks:
        raise Invalid(
            Sentence("{name} has no private network for the host lab", name=environment.name),
            hint="network.yaml lists them under `private_networks`",
        )
    found = segments(environment, means.ports)
    return HostLabs(
        tuple(
            HostLab(
                site_of(environment, each, environment.hosts[each.id].hosts, found[each.id]),
                folder_of(means.workshop, environment, each.id),
            )
            for each in networks
        )
    )
