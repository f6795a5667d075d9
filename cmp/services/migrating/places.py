"""Opens the place where a network moves: the lab that stands for it, a copy to rehearse in, the real one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from cmp.errors import TryLater
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.model.ssh import SshWays
from cmp.network.filters.terms import Policy
from cmp.plays.ssh import laid_out
from cmp.sentences import Sentence
from cmp.services.carrying_out.access import LAB
from cmp.services.migrating import pinning
from cmp.services.migrating.outside import Elsewhere
from cmp.services.migrating.place import Address, Place, Unwatched
from cmp.services.migrating.planning import Planned, Present, policy_of
from cmp.services.migrating.sites import folder_of, site_of
from cmp.services.migrating.surroundings import not_imitated
from cmp.services.migrating.watching import Watcher, watched
from lab.base import Health
from lab.hosts.lab import HostLab
from lab.hosts.places import CONTROLLER, EDGE_NEW, EDGE_OLD, STATION
from lab.hosts.site import USUAL_PORTS


@contextmanager
def place_of(planned: Planned, means: Means, *, old: bool = True) -> Iterator[tuple[Place, Watcher | None]]:
    """Where a plan is carried out, watched where possible, at `old` addresses too while they are there.

    Raises:
        TryLater: the lab of the environment is not up.
    """
    if planned.environment.bindings != LAB:
        with _real(planned, means) as real:
            yield real, None
        return
    lab = lab_of(planned, means)
    _refuse_down(lab, planned.environment)
    with _opened(lab, planned, means, "lab", old=old) as opened:
        yield opened


@contextmanager
def rehearsal_place(planned: Planned, means: Means) -> Iterator[tuple[Place, Watcher | None]]:
    """A copy of the network in a lab of its own, which is gone when the block ends.

    Raises:
        Refused: we are not root.
        Invalid: the lab cannot imitate something that the network names.
        TryLater: the lab did not come up.
    """
    lab = lab_of(planned, means, "-rehearsal")
    try:
        lab.down(means.say)
        lab.reset(means.say)
        lab.up(means.say)
        for told in not_imitated(planned.environment.hosts[planned.plan.network].hosts):
            means.say(Event("not-imitated", planned.plan.network, {"what": told}))
        with _opened(lab, planned, means, "rehearsal") as opened:
            yield opened
    finally:
        lab.down(means.say)
        lab.reset(means.say)


@contextmanager
def present_place(present: Present, means: Means) -> Iterator[Place]:
    """Where the hosts of a network are reached before anything is planned.

    Raises:
        TryLater: the lab of the environment is not up.
    """
    if present.environment.bindings != LAB:
        with laid_out(present.kept.part(pinning.PINS) or b"") as pins:
            yield Place(
                "real",
                Elsewhere(()),
                present.private.witnesses,
                known_hosts=pins,
                ways=present.private.ssh,
                reveal=means.ports.secrets.reveal,
            )
        return
    lab = HostLab(
        site_of(present.environment, present.private, present.hosts, present.segment),
        folder_of(means.workshop, present.environment, present.private.id),
    )
    _refuse_down(lab, present.environment)
    yield _place(lab, "lab", present.private.witnesses)


@contextmanager
def still_place(planned: Planned, means: Means) -> Iterator[Place]:
    """Where a plan is carried out, with nobody probing.

    Raises:
        TryLater: the lab of the environment is not up.
    """
    if planned.environment.bindings != LAB:
        with _real(planned, means) as real:
            yield real
        return
    lab = lab_of(planned, means)
    _refuse_down(lab, planned.environment)
    policy = policy_of(planned.plan, planned.environment, means.ports)
    yield _place(lab, "lab", planned.plan.witnesses, policy)


@contextmanager
def _real(planned: Planned, means: Means) -> Iterator[Place]:
    """Where people work: keys that were pinned are asked for; before the first look, those the user knows."""
    environment, network = planned.environment, planned.plan.network
    ways = next((each.ssh for each in environment.network.private_networks if each.id == network), SshWays())
    with laid_out(planned.kept.part(pinning.PINS)) as pins:
        yield Place(
            "real",
            Elsewhere(()),
            planned.plan.witnesses,
            known_hosts=pins,
            sources={"here": ()},
            ways=ways,
            reveal=means.ports.secrets.reveal,
        )


def lab_of(planned: Planned, means: Means, ending: str = "") -> HostLab:
    """The lab of a plan's network."""
    environment, plan = planned.environment, planned.plan
    private = next(each for each in environment.network.private_networks if each.id == plan.network)
    hosts = environment.hosts[plan.network].hosts
    site = site_of(environment, private, hosts, plan.segment)
    return HostLab(site, folder_of(means.workshop, environment, f"{plan.network}{ending}"))


@contextmanager
def _opened(
    lab: HostLab, planned: Planned, means: Means, kind: str, *, old: bool = True
) -> Iterator[tuple[Place, Watcher]]:
    with watched(planned.plan, _namespaces(lab), STATION, old) as watcher:
        policy = policy_of(planned.plan, planned.environment, means.ports)
        place = _place(lab, kind, planned.plan.witnesses, policy, watcher)
        yield place, watcher


def _place(
    lab: HostLab,
    kind: str,
    witnesses: tuple[Address, ...],
    policy: Policy | None = None,
    watcher: Watcher | None = None,
) -> Place:
    door = lab.door(CONTROLLER)
    return Place(
        kind,
        Elsewhere(door),
        witnesses,
        door=door,
        key=lab.key,
        known_hosts=lab.known_hosts,
        tsig=lab.names_key,
        become=False,
        sources={name: lab.door(name) for name in lab.nodes.topology.nodes if _is_source(name)},
        standing={name: node.senders for name, node in lab.nodes.topology.nodes.items() if _is_source(name)},
        policy=policy,
        station=lab.door(STATION),
        hosts={host.name: lab.door(host.name) for host in lab.site.hosts if host.kind.is_managed},
        held={host.name: [each.ip for each in host.addresses] for host in lab.site.hosts},
        cut=partial(_cut, lab),
        watching=watcher or Unwatched(),
    )


def _is_source(node: str) -> bool:
    """True for the places from which reachability is asked: the station, and one probe for each zone."""
    return node == STATION or node.startswith("zone-")


@contextmanager
def _cut(lab: HostLab) -> Iterator[None]:
    """Both edges lose their way to the extranet while the block runs."""
    _set_uplinks(lab, "down")
    try:
        yield
    finally:
        _set_uplinks(lab, "up")


def _set_uplinks(lab: HostLab, state: str) -> None:
    for edge, ports in ((EDGE_OLD, USUAL_PORTS), (EDGE_NEW, lab.site.edge_ports)):
        subprocess.run([*lab.door(edge), "ip", "link", "set", ports.uplink, state], check=True)


def _namespaces(lab: HostLab) -> dict[str, int]:
    """A process in each node's namespaces, by the node's name."""
    return {
        name: process.pid
        for name in lab.nodes.topology.nodes
        if (process := lab.nodes.running(name)) is not None
    }


def _refuse_down(lab: HostLab, environment: Environment) -> None:
    if any(state.state is not Health.RUNNING for state in lab.status()):
        raise TryLater(
            Sentence("the host lab of {name} is not up, or a node of it is down", name=lab.site.name),
            hint=Sentence(
                "run `tricenter lab up hosts --env DIR`, where DIR holds {name}", name=environment.name
            ),
        )
