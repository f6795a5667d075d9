"""Says which hosts have to be ordered by which day, so that a peak that does not fit will fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmp.model.environment import Environment
from cmp.model.horizon import Purchase
from cmp.model.plan import Plan
from cmp.scheduler.horizon.purchases import reluctance, smallest_additions, with_hosts
from cmp.scheduler.horizon.shedding import pools_wanting_room
from cmp.scheduler.horizon.trials import tried, yielding


@dataclass(frozen=True, slots=True, eq=False)
class DemandGap:
    """A state of demand that does not fit: from when, in which environment, which peaks, what is short."""

    needed: datetime
    environment: Environment
    peaks: tuple[str, ...]
    shortfall: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Hosts for one pool, needed from a moment on for these peaks."""

    needed: datetime
    pool: str
    hosts: int
    peaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purchases:
    """What was found to be bought so far; hosts once bought stay."""

    orders: tuple[Order, ...] = ()

    @property
    def more(self) -> Mapping[str, int]:
        """Hosts bought so far, by pool."""
        found: dict[str, int] = {}
        for order in self.orders:
            found[order.pool] = found.get(order.pool, 0) + order.hosts
        return found

    def told(self, environment: Environment, start: datetime) -> tuple[Purchase, ...]:
        """Each order with the day by which it has to be placed; `start` is when the horizon begins."""
        lead = timedelta(days=round(environment.policy.purchasing.lead_days.value))
        found = []
        for order in self.orders:
            pool = environment.estate.pool[order.pool]
            needed = order.needed.date()
            found.append(
                Purchase(
                    by=needed - lead,
                    needed=needed,
                    pool=pool.id,
                    center=environment.estate.center_of(pool).id,
                    chip=pool.chip,
                    hosts=order.hosts,
                    because=", ".join(order.peaks),
                    late=needed - lead < start.date(),
                )
            )
        return tuple(sorted(found, key=lambda each: (each.by, each.pool)))


def purchases_for(gap: DemandGap, base: Plan, bought: Purchases) -> Purchases | None:
    """What was bought so far with the fewest further hosts that close a gap; None where no number does.

    Found by deciding again with more hosts, from the base Plan, with everybody giving way who may: one host
    fewer in any of the pools, and something would find no room or a promise would be broken.
    """
    already = with_hosts(gap.environment, bought.more)
    first = tried(already, gap.needed, base)
    if first.fits:
        return bought
    environment = yielding(already, gap.needed, first.decision)
    pools = reluctance(environment, pools_wanting_room(first.decision.unplaced))

    def works(more: Mapping[str, int]) -> bool:
        return tried(with_hosts(environment, more), gap.needed, base).fits

    most = base.environment.policy.purchasing.most_hosts
    found = smallest_additions(pools, most, works)
    if found is None:
        return None
    orders = tuple(Order(gap.needed, pool, hosts, gap.peaks) for pool, hosts in sorted(found.items()))
    return Purchases(bought.orders + orders)
