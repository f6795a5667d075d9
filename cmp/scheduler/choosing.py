"""Chooses the pools of a group's sides for one layout, so that the fullest pools grow least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.scheduler.groups import Group
from cmp.scheduler.layouts import Layout
from cmp.scheduler.ledger import FULL, Ledger
from cmp.scheduler.options import Need, Option
from cmp.scheduler.outlook import Outlook, Turn, outlook, replicas
from cmp.scheduler.rows import Row
from cmp.scheduler.sizes import Work, running
from cmp.scheduler.snapshot import Snapshot

STEEP = 8
"""How much more a full pool hurts than an empty one: cost is peak to this power."""
DISLIKE = 520**STEEP // 4
"""Cost of one soft wish not met: it decides while pools stay below about half."""
COST = tuple(peak**STEEP for peak in range(FULL + 1))

Wish = Mapping[str, tuple[str, int]]
"""The way and count a side had on each pool."""


@dataclass(frozen=True, slots=True)
class Side:
    """A side to be placed: its need, role, center, and what becomes of it after each failure."""

    need: Need
    role: Role
    center: str
    turns: tuple[Turn, ...]

    @property
    def key(self) -> tuple[str, str, Role]:
        """Workload, component and role."""
        return (*self.need.key, self.role)

    @property
    def work(self) -> Work:
        """What it has to deliver; a backup is one copy."""
        return Work(1, 0) if self.role is Role.BACKUP else self.need.work

    def options(self, banned: frozenset[tuple[str, str, Role, str]]) -> tuple[Option, ...]:
        """Where it may lie."""
        found = self.need.options(self.role, self.center)
        return (
            tuple(option for option in found if (*self.key, option.pool) not in banned) if banned else found
        )

    def running(self, takeover: int) -> int:
        """Replicas that run in normal time, of a whole side's."""
        return (
            takeover
            if self.role is Role.BACKUP
            else running(self.role, takeover, stateful=self.need.component.stateful)
        )


@dataclass(slots=True)
class Draft:
    """Rows chosen so far for one layout, on a ledger of their own."""

    ledger: Ledger
    rows: list[Row] = field(default_factory=list)
    cost: int = 0


def sides_of(group: Group, layout: Layout, snapshot: Snapshot) -> list[Side]:
    """Every side a group has in a layout, the hardest to place first; members are not sides."""
    turns = outlook(group, layout, snapshot)
    found = [
        side
        for workload in group.workloads
        for component in workload.components
        if component.quorum is None
        for side in _sides(snapshot.needs[workload.id, component.id], layout, snapshot, turns)
    ]
    return sorted(found, key=lambda side: (len(side.options(frozenset())), -_bulk(side), side.key))


def _sides(need: Need, layout: Layout, snapshot: Snapshot, turns: Outlook) -> list[Side]:
    grade = need.workload.recovery.grade
    found = []
    for side in snapshot.environment.recovery.grade(grade).sides:
        center = layout.center(grade, side.role)
        if center is not None and (side.role is not Role.BACKUP or need.component.data.gib):
            found.append(Side(need, side.role, center, turns[grade, side.role]))
    return found


def _bulk(side: Side) -> int:
    """Memory and vCPU of a side in its own size, to tell large from small."""
    needs = side.need.component.needs
    return side.need.component.replicas * (needs.vcpu_milli + needs.memory_mib)


def choose_side(side: Side, draft: Draft, banned: frozenset[tuple[str, str, Role, str]], wish: Wish) -> bool:
    """Put a side on one pool or, where none has room for all of it, on several; False without room."""
    options = _apart(side, side.options(banned), draft)
    shares = (
        _as_wished(side, options, wish, draft)
        or _on_one(side, options, draft)
        or _split(side, options, draft)
    )
    for option, takeover, runs in shares:
        draft.cost += DISLIKE * option.disliked(side.role)
        put(draft, row_of(side.need, side.role, option, runs, takeover), side.turns)
    return bool(shares)


def _apart(side: Side, options: Sequence[Option], draft: Draft) -> Sequence[Option]:
    """The options on other clouds than those of the component's other sides in the same center."""
    if not side.role.takes_over:
        return options
    taken = {
        row.cloud
        for row in draft.rows
        if row.center == side.center and row.side[:2] == side.need.key and row.role.takes_over
    }
    return [option for option in options if option.cloud not in taken] if taken else options


def put(draft: Draft, row: Row, turns: Sequence[Turn]) -> None:
    """Add a row to a draft."""
    before = COST[draft.ledger.peaks[row.pool]]
    draft.ledger.add(row.pool, row.size, replicas(row.running, row.takeover, turns))
    draft.cost += COST[draft.ledger.peaks[row.pool]] - before
    draft.rows.append(row)


def row_of(need: Need, role: Role, option: Option, runs: int, takeover: int) -> Row:
    """A row of a side on a pool."""
    return Row(
        need.workload,
        need.component,
        role,
        option.pool,
        option.cloud,
        option.center,
        option.way,
        option.image,
        option.size,
        runs,
        takeover,
    )


Share = tuple[Option, int, int]
"""A pool with the replicas it takes over with and those it runs."""


def _as_wished(side: Side, options: Sequence[Option], wish: Wish, draft: Draft) -> list[Share]:
    """The side as it was before, if it still does the work and fits; else nothing."""
    chosen = [
        (option, wish[option.pool][1])
        for option in options
        if option.pool in wish and wish[option.pool][0] == option.way
    ]
    if len(chosen) != len(wish) or not _does(side.work, chosen) or _trimmed(side.work, chosen) != chosen:
        return []
    shares = _running(side, chosen)
    return shares if all(_fits(side, share, draft) for share in shares) and _spread(side, chosen) else []


def _on_one(side: Side, options: Sequence[Option], draft: Draft) -> list[Share]:
    """The single pool that the side fills least."""
    best: tuple[int, str, int] | None = None
    found: list[Share] = []
    for rank, option in enumerate(options):
        takeover = side.work.alone(option.worth)
        if not _spread(side, [(option, takeover)]):
            continue
        runs = side.running(takeover)
        peak = draft.ledger.peak_with(option.pool, option.size, replicas(runs, takeover, side.turns))
        if peak > FULL:
            continue
        cost = COST[peak] - COST[draft.ledger.peaks[option.pool]] + DISLIKE * option.disliked(side.role)
        if best is None or (cost, option.pool, rank) < best:
            best, found = (cost, option.pool, rank), [(option, takeover, runs)]
    return found


def _split(side: Side, options: Sequence[Option], draft: Draft) -> list[Share]:
    """The side over several pools: each time the pool that takes most, then the one that is filled least."""
    if side.role is Role.BACKUP or side.need.component.spread is Spread.CENTER:
        return []
    most = 1 if side.need.component.spread is Spread.POOL else FULL * FULL
    chosen: list[tuple[Option, int]] = []
    while not _does(side.work, chosen):
        used = {option.pool for option, _ in chosen}
        ranked = [
            (-takes, draft.ledger.peaks[option.pool], option.disliked(side.role), option.pool, rank, option)
            for rank, option in enumerate(options)
            if option.pool not in used
            for takes in (_takes(side, option, chosen, most, draft),)
            if takes
        ]
        if not ranked:
            return []
        best = min(ranked, key=lambda each: each[:-1])
        chosen.append((best[-1], -best[0]))
    return _running(side, _trimmed(side.work, chosen))


def _takes(side: Side, option: Option, chosen: Sequence[tuple[Option, int]], most: int, draft: Draft) -> int:
    """How many replicas a pool takes, up to what is still missing."""
    takes = 0
    while takes < most and not _does(side.work, [*chosen, (option, takes)]):
        more = replicas(takes + 1 if side.role is not Role.COLD else 0, takes + 1, side.turns)
        if any(more) and draft.ledger.peak_with(option.pool, option.size, more) > FULL:
            break
        takes += 1
    return takes


def _does(work: Work, chosen: Sequence[tuple[Option, int]]) -> bool:
    """True when so many replicas deliver what is asked."""
    done = sum(option.worth * count for option, count in chosen)
    return done >= work.amount and sum(count for _, count in chosen) >= work.least


def _trimmed(work: Work, chosen: Sequence[tuple[Option, int]]) -> list[tuple[Option, int]]:
    """The same without any replica that could be left out, the last ones first."""
    kept = list(chosen)
    for place in reversed(range(len(kept))):
        option, count = kept[place]
        while count and _does(work, [*kept[:place], (option, count - 1), *kept[place + 1 :]]):
            count -= 1
            kept[place] = (option, count)
    return [(option, count) for option, count in kept if count]


def _running(side: Side, chosen: Sequence[tuple[Option, int]]) -> list[Share]:
    """Give the side's running replicas to its rows in order of pool."""
    left = side.running(sum(count for _, count in chosen))
    shares: list[Share] = []
    for option, count in sorted(chosen, key=lambda each: each[0].pool):
        runs = min(count, left)
        left -= runs
        shares.append((option, count, runs))
    return shares


def _fits(side: Side, share: Share, draft: Draft) -> bool:
    option, takeover, runs = share
    counts = replicas(runs, takeover, side.turns)
    return not any(counts) or draft.ledger.peak_with(option.pool, option.size, counts) <= FULL


def _spread(side: Side, chosen: Sequence[tuple[Option, int]]) -> bool:
    """True when the side keeps its `spread` over pools or centers."""
    if side.role is Role.BACKUP:
        return True
    match side.need.component.spread:
        case Spread.POOL:
            return all(count == 1 for _, count in chosen)
        case Spread.CENTER:
            return sum(count for _, count in chosen) == 1
        case _:
            return True
