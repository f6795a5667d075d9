"""Checks bounded round trips between workloads, in normal time and after what the asking one survives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from cmp.model.estate import Estate
from cmp.model.recovery import Role
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.groups import Bounded
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.rows import Row


@dataclass(frozen=True, slots=True)
class Situation:
    """One moment: None as `loss` is normal time. `fates` are those of groups, by workload."""

    loss: Loss | None
    promised: frozenset[str]
    fates: Mapping[str, Fate]


@dataclass(frozen=True, slots=True)
class Breach:
    """A round trip that is too slow, or not known (`rtt_ms` None): no link, or it has `expired`."""

    bound: Bounded
    loss: Loss | None
    centers: tuple[str, str]
    rtt_ms: float | None
    expired: bool = False

    @property
    def _why(self) -> str:
        return "has a round-trip time that has expired" if self.expired else "has no link"

    def __str__(self) -> str:
        """Say it."""
        between = f"from {self.centers[0]} to {self.centers[1]}"
        when = f" after {self.loss.failure}" if self.loss else ""
        took = f"takes {self.rtt_ms:g} ms" if self.rtt_ms is not None else self._why
        bound = self.bound
        return f"{bound.workload} to {bound.asked} {between}{when} {took}, {bound.words}"


def breaches(
    bound: Bounded, rows: Mapping[str, Sequence[Row]], situation: Situation, estate: Estate
) -> Iterator[Breach]:
    """Where a bound does not hold in a situation; `rows` by workload, and nothing where one is not placed."""
    if bound.workload not in rows or bound.asked not in rows:
        return
    loss = situation.loss
    if loss is not None and bound.workload not in situation.promised:
        return
    fate = situation.fates[bound.asked]
    if loss is not None and fate.hit and bound.asked not in situation.promised:
        return
    fresh = bound.max_rtt_ms is not None and any(
        row.workload.recovery.fresh_facts for row in rows[bound.workload]
    )
    for center in _askers(bound, rows[bound.workload], situation):
        found = [
            (rtt is None, rtt or 0.0, other)
            for other in _asked(bound, rows[bound.asked], situation, center)
            for rtt in (_known_rtt(estate, center, other, fresh=fresh),)
        ]
        if found and not bound.allows(None if min(found)[0] else min(found)[1]):
            linkless, rtt, other = min(found)
            expired = linkless and estate.link(center, other) is not None
            yield Breach(bound, loss, (center, other), None if linkless else rtt, expired)


def apart(estate: Estate, centers: Iterable[str]) -> list[tuple[str, str]]:
    """Each two of some centers that no link connects, in order of name."""
    names = sorted(set(centers))
    pairs = ((one, other) for place, one in enumerate(names) for other in names[place + 1 :])
    return [pair for pair in pairs if not estate.connects(*pair)]


def together(estate: Estate, members: Mapping[str, int]) -> int:
    """The most members of a quorum (by center) that all hear each other over links."""
    best = 0
    for size in range(len(members), 0, -1):
        for centers in combinations(sorted(members), size):
            if not apart(estate, centers):
                best = max(best, sum(members[center] for center in centers))
    return best


def _known_rtt(estate: Estate, one: str, other: str, *, fresh: bool) -> float | None:
    """The round-trip time between two centers; None where it has expired and fresh facts are asked for."""
    link = estate.link(one, other)
    return None if fresh and link is not None and not link.rtt_ms.is_known else estate.rtt_ms(one, other)


def _members(rows: Sequence[Row], component: str, loss: Loss | None) -> list[str]:
    """Centers of a quorum's members that are alive; empty where the component has sides."""
    sided = any(row.role.takes_over for row in rows)
    return sorted(
        {
            row.center
            for row in rows
            if row.role is Role.MEMBER
            and (row.component.id == component or (not component and not sided))
            and not (loss and row.falls_with(loss))
        }
    )


def _askers(bound: Bounded, rows: Sequence[Row], situation: Situation) -> list[str]:
    """The centers a workload asks from."""
    members = _members(rows, bound.component, situation.loss)
    if members:
        return members
    fate = situation.fates[bound.workload]
    if situation.loss is not None:
        return [fate.center] if fate.center else []
    active = {row.center for row in rows if row.role is Role.ACTIVE}
    return sorted({fate.home, *active} - {""})


def _asked(bound: Bounded, rows: Sequence[Row], situation: Situation, asker: str) -> list[str]:
    """The centers of which one has to be near enough to the asker's center."""
    members = _members(rows, bound.asked_component, situation.loss)
    if members:
        return members
    fate = situation.fates[bound.asked]
    if situation.loss is not None:
        return [fate.center] if fate.center else []
    pairs = asker != situation.fates[bound.workload].home and any(
        row.center == asker and row.role is Role.ACTIVE for row in rows
    )
    return [asker] if pairs else [fate.home] if fate.home else []
