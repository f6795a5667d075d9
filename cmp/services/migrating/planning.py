"""Plans a network's move from its environment, keeps the plan, and finds it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmp.errors import Invalid, Refused, Stale
from cmp.model.environment import Environment
from cmp.model.migration import MigrationPlan, Segment
from cmp.model.migration_journal import MigrationJournal, MoveState
from cmp.model.network import NetworkHost, PrivateNetwork
from cmp.model.references import EnvironmentRef
from cmp.model.sealing import canonical
from cmp.network.addresses.allocation import allocate, remember
from cmp.network.addresses.renumbering import renumber, segments_of
from cmp.network.filters.terms import Policy
from cmp.network.filters.zones import Surroundings
from cmp.network.moving.edges import edge_move
from cmp.network.moving.filters import edge_policy, grouped, with_pool
from cmp.network.moving.planning import MigrationWish, plan_move, unsound
from cmp.ports.bundle import Ports
from cmp.ports.loaded import Loaded
from cmp.ports.migrations import KeptMove
from cmp.sentences import Sentence
from cmp.services.addresses.addressing import allocated, given
from cmp.settings import MIGRATION_VERSION, digest


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the environment it was made from and what is kept of the move."""

    plan: MigrationPlan
    environment: Environment
    kept: KeptMove


@dataclass(frozen=True, slots=True)
class Present:
    """A network as it is now, with what is kept of its move."""

    private: PrivateNetwork
    hosts: tuple[NetworkHost, ...]
    environment: Environment
    kept: KeptMove
    segment: Segment


def network_of(ref: EnvironmentRef, ports: Ports, network: str) -> Present:
    """A private network of an environment, before anything is planned.

    Raises:
        Invalid: the environment is wrong, or has no such network.
        NothingFits: the address plan has no room left.
    """
    environment = ports.environments.load(ref).environment
    private = private_of(environment, network)
    hosts = environment.hosts[network].hosts
    kept = ports.migrations.of(environment.name, network)
    return Present(private, hosts, environment, kept, _segment(environment, private, ports))


def make_plan(ref: EnvironmentRef, ports: Ports, network: str) -> Planned:
    """Plan the move of one network and keep the plan.

    Raises:
        Invalid: the environment is wrong, or has no such network.
        Refused: something forbids the move.
        NothingFits: the address plan has no room left.
    """
    return _made(ports.environments.load(ref).environment, ports, network)


def _made(environment: Environment, ports: Ports, network: str) -> Planned:
    plan = _plan(environment, ports, network)
    kept = ports.migrations.of(environment.name, network)
    kept.keep_plan(plan)
    return Planned(plan, environment, kept)


def current_plan(ref: EnvironmentRef, ports: Ports, network: str, loaded: Loaded | None = None) -> Planned:
    """The plan that was made and reviewed, or a new one where there is none.

    `loaded` is the environment, where it was read already.

    Raises:
        Stale: the environment has changed since.
        Refused: the plan would hurt, whoever wrote it.
        Invalid: the environment or the plan cannot be read.
    """
    return _current((loaded or ports.environments.load(ref)).environment, ref, ports, network)


def _current(environment: Environment, ref: EnvironmentRef, ports: Ports, network: str) -> Planned:
    kept = ports.migrations.of(environment.name, network)
    if (plan := kept.plan()) is None:
        return _made(environment, ports, network)
    if plan.inputs_hash != _inputs_hash(environment, network):
        raise Stale(
            Sentence(
                "the migration plan {hash} of {network} is stale: {ref} has changed since",
                hash=plan.hash[:12],
                network=network,
                ref=ref,
            ),
            hint=Sentence("run `tricenter net plan {ref} {network}` again", ref=ref, network=network),
        )
    _refuse_unsound(plan, ref)
    planned = Planned(plan, environment, kept)
    if _under_way(kept) is None and _edge_differs(planned, ports):
        raise Stale(
            Sentence(
                "the migration plan {hash} of {network} is stale: its edge would filter "
                "otherwise now, since workloads, zones or what was applied have changed",
                hash=plan.hash[:12],
                network=network,
            ),
            hint=Sentence("run `tricenter net plan {ref} {network}` again", ref=ref, network=network),
        )
    return planned


def plan_under_way(ref: EnvironmentRef, ports: Ports, network: str, loaded: Loaded | None = None) -> Planned:
    """The plan by which a move was begun, whatever has changed since; the current one where none was.

    What was done by a plan can be seen and taken back by that plan alone.

    Raises:
        Stale: no move was begun, and the environment has changed since the plan.
        Refused: the plan would hurt, whoever wrote it.
        Invalid: the environment or the plan cannot be read.
    """
    environment = (loaded or ports.environments.load(ref)).environment
    private_of(environment, network)
    kept = ports.migrations.of(environment.name, network)
    if (begun_by := _under_way(kept)) is None:
        return _current(environment, ref, ports, network)
    plan = kept.begun_by(begun_by)
    _refuse_unsound(plan, ref)
    return Planned(plan, environment, kept)


def _under_way(kept: KeptMove) -> str | None:
    """The hash of the plan by which a move was begun and not taken back."""
    journal = kept.kept(MigrationJournal)
    return None if journal is None or journal.state is MoveState.TAKEN_BACK else journal.plan


def _refuse_unsound(plan: MigrationPlan, ref: EnvironmentRef) -> None:
    if reasons := list(unsound(plan)):
        raise Refused(
            Sentence("the plan {hash} is unsound: {names}", hash=plan.hash[:12], names="; ".join(reasons)),
            hint=Sentence("run `tricenter net plan {ref} {network}` again", ref=ref, network=plan.network),
        )


def _edge_differs(planned: Planned, ports: Ports) -> bool:
    """True where the plan's edge would do something else if it were planned today."""
    plan = planned.plan
    router = private_of(planned.environment, plan.network).edge.router
    policy = policy_of(plan, planned.environment, ports)
    edge = next((move for move in plan.moves if move.is_edge), None)
    if router is None or policy is None or edge is None:
        return False
    return edge_move(plan, router, grouped(policy)).phases != edge.phases


def _plan(environment: Environment, ports: Ports, network: str) -> MigrationPlan:
    private = private_of(environment, network)
    segment = _segment(environment, private, ports)
    hosts = environment.hosts[network].hosts
    return plan_move(
        MigrationWish(
            environment=environment.name,
            network=environment.network,
            private=private,
            hosts=hosts,
            segment=segment,
            addresses=renumber(segment, hosts),
            inputs_hash=_inputs_hash(environment, network),
            around=surroundings(environment, ports),
        )
    )


def surroundings(environment: Environment, ports: Ports) -> Surroundings:
    """What lies around: the subnets of clouds, and what was last applied there."""
    applied = ports.applied.last(environment.name)
    known = {(load.id, component.id) for load in environment.workloads for component in load.components}
    groups = applied.plan.security_groups if applied else ()
    return Surroundings(
        environment,
        allocated(environment, ports),
        tuple(group for group in groups if (group.workload, group.component) in known),
    )


def segments(environment: Environment, ports: Ports, until: str | None = None) -> Mapping[str, Segment]:
    """The new subnets of private networks, to the one named `until` or all, beside those of clouds.

    Raises:
        NothingFits: the address plan has no room left.
    """
    known = given(environment.name, ports)
    memory = remember(known.networks)
    clouds = allocate(environment, memory, known.others)
    taken = [*(prefix for each in clouds for prefix in (each.ipv4, each.ipv6)), *known.others]
    return segments_of(environment, taken, memory, until=until)


def _segment(environment: Environment, private: PrivateNetwork, ports: Ports) -> Segment:
    return segments(environment, ports, private.id)[private.id]


def policy_of(plan: MigrationPlan, environment: Environment, ports: Ports) -> Policy | None:
    """What the new edge lets through, or None where the plan names no edge."""
    private = private_of(environment, plan.network)
    if private.edge.router is None:
        return None
    return with_pool(edge_policy(plan, private, surroundings(environment, ports)), plan)


def private_of(environment: Environment, network: str) -> PrivateNetwork:
    """The private network of that name.

    Raises:
        Invalid: there is none; the hint lists those there are.
    """
    for private in environment.network.private_networks:
        if private.id == network:
            return private
    known = ", ".join(private.id for private in environment.network.private_networks) or "none"
    raise Invalid(
        Sentence("{name} has no private network {network}", name=environment.name, network=network),
        hint=Sentence("known: {known}", known=known),
    )


def _inputs_hash(environment: Environment, network: str) -> str:
    """SHA-256 over what a move depends on: the network's file, its host list, the version of the planner."""
    documents = (environment.network, environment.hosts[network])
    texts = [canonical(each.model_dump(mode="json")).decode() for each in documents]
    return digest([MIGRATION_VERSION, *texts])
