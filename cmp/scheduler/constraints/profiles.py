"""Lists the hard constraints in the order in which they are told."""

from __future__ import annotations

from cmp.model.recovery import Role
from cmp.scheduler.constraints.filters.accelerators import AcceleratorsPresent
from cmp.scheduler.constraints.filters.copies import CopyFits
from cmp.scheduler.constraints.filters.dedicated import OwnersPool
from cmp.scheduler.constraints.filters.drains import NotDrained
from cmp.scheduler.constraints.filters.freshness import FactsFresh
from cmp.scheduler.constraints.filters.hosts import HostLargeEnough
from cmp.scheduler.constraints.filters.images import ImageExists
from cmp.scheduler.constraints.filters.kinds import KindCarries
from cmp.scheduler.constraints.filters.levels import LevelReached
from cmp.scheduler.constraints.filters.owners import OwnerMayHold
from cmp.scheduler.constraints.filters.requirements import RequirementMet
from cmp.scheduler.constraints.filters.residency import DataStays
from cmp.scheduler.constraints.filters.zones import ZoneServed
from cmp.scheduler.constraints.verdicts import Ask, Constraint, Seat, Verdict

RUNNING: tuple[Constraint, ...] = (
    ImageExists(),
    KindCarries(),
    ZoneServed(),
    LevelReached(),
    OwnerMayHold(),
    DataStays(),
    OwnersPool(),
    RequirementMet(),
    AcceleratorsPresent(),
    HostLargeEnough(),
    FactsFresh(),
    NotDrained(),
)
"""What binds every side that runs or may have to."""

COPYING: tuple[Constraint, ...] = (
    LevelReached(),
    OwnerMayHold(),
    DataStays(),
    OwnersPool(),
    CopyFits(),
    NotDrained(),
)
"""What binds a copy of data."""


def constraints(role: Role) -> tuple[Constraint, ...]:
    """The constraints of a role."""
    return COPYING if role is Role.BACKUP else RUNNING


PLACED: tuple[Constraint, ...] = (ZoneServed(), LevelReached(), OwnerMayHold(), DataStays(), OwnersPool())
"""Those of what runs that look at the workload's zone, level, data and owner, and at whose the place is."""

BUILT: tuple[Constraint, ...] = tuple(each for each in RUNNING if each not in PLACED)
"""The others: those that look at the component and at the pool's chip and hosts."""


def may_stand(ask: Ask, seat: Seat) -> bool:
    """True when the workload may run in the pool's cloud, whatever the component needs."""
    return all(constraint.check(ask, seat).ok for constraint in PLACED)


def can_run(ask: Ask, seat: Seat) -> bool:
    """True when the pool can run the component, wherever the workload may run."""
    return all(constraint.check(ask, seat).ok for constraint in BUILT)


def fits(ask: Ask, seat: Seat) -> bool:
    """True when no constraint refuses the pool."""
    return all(constraint.check(ask, seat).ok for constraint in constraints(ask.role))


def judge(ask: Ask, seat: Seat) -> tuple[Verdict, ...]:
    """Every constraint's verdict; all are asked, whatever the first says."""
    return tuple(constraint.check(ask, seat) for constraint in constraints(ask.role))
