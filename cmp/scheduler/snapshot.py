"""Prepares everything the search asks for again and again from an environment at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cmp.model.environment import Environment
from cmp.scheduler.constraints.options import AllNeeds, Need
from cmp.scheduler.constraints.packing import Room
from cmp.scheduler.constraints.verdicts import Seat
from cmp.scheduler.problem.groups import Bounded, Group, binding, groups_of
from cmp.scheduler.problem.losses import Loss, loss_of
from cmp.scheduler.problem.preemption import needed_by_others
from cmp.scheduler.problem.rows import accelerators_of
from cmp.scheduler.problem.sizes import host_capacity


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """An environment at a moment; `promised[i]` are the workloads that survive `losses[i]` by their grade.

    `group_of` gives the name of each workload's group, `needed` the components that others rely on.
    """

    environment: Environment
    at: datetime | None
    accelerators: tuple[str, ...]
    seats: Mapping[str, Seat]
    rooms: Mapping[str, Room]
    losses: tuple[Loss, ...]
    promised: tuple[frozenset[str], ...]
    groups: tuple[Group, ...]
    group_of: Mapping[str, str]
    bounds: tuple[Bounded, ...]
    needed: frozenset[tuple[str, str]]
    needs: Mapping[tuple[str, str], Need]


def snapshot_of(environment: Environment, at: datetime | None) -> Snapshot:
    """Prepare an environment for a moment (None: demand factor 1)."""
    accelerators = accelerators_of(environment)
    seats = seats_of(environment)
    losses = tuple(loss_of(environment.estate, failure) for failure in environment.failures)
    groups = groups_of(environment)
    return Snapshot(
        environment,
        at,
        accelerators,
        seats,
        rooms_of(seats, accelerators),
        losses,
        tuple(promised_to(environment, loss) for loss in losses),
        groups,
        {name: group.name for group in groups for name in group.members},
        binding(environment),
        needed_by_others(environment),
        AllNeeds(environment, seats, accelerators, at),
    )


def seats_of(environment: Environment) -> dict[str, Seat]:
    """Every pool with its surroundings, in order of id."""
    pools = sorted(environment.estate.pools, key=lambda pool: pool.id)
    return {pool.id: Seat.of(pool, environment) for pool in pools}


def rooms_of(seats: Mapping[str, Seat], accelerators: tuple[str, ...]) -> dict[str, Room]:
    """What each pool's hosts can carry."""
    return {
        name: Room(seat.hosts, host_capacity(seat.pool, seat.cloud, accelerators, seat.per_card))
        for name, seat in seats.items()
    }


def promised_to(environment: Environment, loss: Loss) -> frozenset[str]:
    """The workloads whose grade promises to survive a loss."""
    kind = loss.failure.kind
    grades = {grade.grade for grade in environment.recovery.grades if kind in grade.promises}
    return frozenset(each.id for each in environment.workloads if each.recovery.grade in grades)
