"""Defines a row: so many equal replicas of a component, for one role, on one pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import Invalid
from cmp.model.cards import card_of
from cmp.model.environment import Environment
from cmp.model.plan import Amounts, Placement
from cmp.model.recovery import Role
from cmp.model.workload import Component, Spread, Workload
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.sizes import DISK, MEMORY, VCPU, Vector, running


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """So many replicas of a component on a pool; a copy of data counts as one replica that never changes.

    `size` is what one takes; `running` are there in normal time, `takeover` once its side has taken over.
    """

    workload: Workload
    component: Component
    role: Role
    pool: str
    cloud: str
    center: str
    way: str
    image: str
    size: Vector
    running: int
    takeover: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells rows apart and orders them."""
        return self.workload.id, self.component.id, self.role.value, self.pool

    @property
    def side(self) -> tuple[str, str, Role]:
        """The side it belongs to."""
        return self.workload.id, self.component.id, self.role

    @property
    def spread_over_hosts(self) -> bool:
        """True when its replicas may not crowd on one host."""
        return self.component.spread is Spread.HOST and self.role is not Role.BACKUP

    @property
    def counted(self) -> int:
        """Replicas that a Plan writes for normal time: none for a copy."""
        return 0 if self.role is Role.BACKUP else self.running

    def needs_one_of(self, accelerators: frozenset[str]) -> bool:
        """True when it runs on one of these accelerators."""
        way = next(each for each in self.component.ways if each.id == self.way)
        cards = {card_of(device) for device in way.needs.accelerators}
        return self.role is not Role.BACKUP and not accelerators.isdisjoint(cards)

    def falls_with(self, loss: Loss) -> bool:
        """True when a failure takes it."""
        return self.pool in loss.pools or (bool(loss.accelerators) and self.needs_one_of(loss.accelerators))


def amounts(size: Vector, accelerators: tuple[str, ...]) -> Amounts:
    """A vector as a Plan writes it."""
    devices = {name: count for name, count in zip(accelerators, size[DISK + 1 :], strict=True) if count}
    return Amounts(vcpu_milli=size[VCPU], memory_mib=size[MEMORY], disk_gib=size[DISK], accelerators=devices)


def vector(given: Amounts, accelerators: tuple[str, ...]) -> Vector:
    """What a Plan writes as a vector."""
    devices = (given.accelerators.get(name, 0) for name in accelerators)
    return given.vcpu_milli, given.memory_mib, given.disk_gib, *devices


def accelerators_of(environment: Environment) -> tuple[str, ...]:
    """Every accelerator that a host has or a component needs, in order of id."""
    there = {name for pool in environment.estate.pools for name in pool.per_host.accelerators}
    needed = {
        name
        for workload in environment.workloads
        for component in workload.components
        for way in component.ways
        for name in way.needs.accelerators
    }
    return tuple(sorted(there | needed))


def rows_of(environment: Environment, placements: Iterable[Placement]) -> tuple[Row, ...]:
    """The rows that a Plan lists, in order.

    Raises:
        Invalid: a placement names a workload, component or pool that the environment does not have.
    """
    accelerators = accelerators_of(environment)
    try:
        rows = [_row(environment, each, accelerators) for each in placements]
    except KeyError as unknown:
        raise Invalid(f"the Plan places {unknown}, which its environment does not have") from None
    return tuple(sorted(rows, key=lambda row: row.key))


def _row(environment: Environment, placement: Placement, accelerators: tuple[str, ...]) -> Row:
    workload, component = environment.find(placement.workload, placement.component)
    copy = placement.role is Role.BACKUP
    return Row(
        workload,
        component,
        placement.role,
        placement.pool,
        environment.estate.pool[placement.pool].cloud,
        environment.estate.center_of(environment.estate.pool[placement.pool]).id,
        placement.variant or "",
        placement.image,
        vector(placement.size, accelerators),
        1 if copy else placement.replicas,
        1 if copy else placement.replicas_on_takeover,
    )


def by_group(rows: Iterable[Row], group_of: Mapping[str, str]) -> dict[str, list[Row]]:
    """Rows by the name of their group; `group_of` maps workload ids to groups."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(group_of[row.workload.id], []).append(row)
    return found


def with_running(component: Component, role: Role, rows: Sequence[Placement]) -> tuple[Placement, ...]:
    """Rows of one side, in order of pool, with what each of them runs in normal time."""
    if role in {Role.BACKUP, Role.MEMBER}:
        return tuple(rows)
    left = running(role, sum(row.replicas_on_takeover for row in rows), stateful=component.stateful)
    found = []
    for row in rows:
        runs = min(left, row.replicas_on_takeover)
        left -= runs
        found.append(row.model_copy(update={"replicas": runs}))
    return tuple(found)
