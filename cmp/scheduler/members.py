"""Spreads the members of a quorum over centers and pools, so that enough of them outlive what is promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmp.model.recovery import FailureKind, Role
from cmp.model.workload import Quorum, Spread
from cmp.scheduler.choosing import COST, DISLIKE, Draft, Wish, put, row_of
from cmp.scheduler.layouts import Layout
from cmp.scheduler.ledger import FULL
from cmp.scheduler.options import Need, Option
from cmp.scheduler.outlook import members, replicas
from cmp.scheduler.snapshot import Snapshot


def choose_members(need: Need, layout: Layout, draft: Draft, snapshot: Snapshot, wish: Wish) -> Draft | None:
    """The draft with all members of a quorum: as wished, else spread the cheapest way; None if none fits."""
    best: Draft | None = _as_wished(need, layout, draft, snapshot, wish)
    if best is not None:
        return best
    for shares in spreads(need, layout, snapshot):
        attempt = Draft(draft.ledger.copy(), list(draft.rows), draft.cost)
        if all(_put_center(need, center, count, attempt, snapshot) for center, count in shares.items()) and (
            best is None or attempt.cost < best.cost
        ):
            best = attempt
    return best


def _as_wished(need: Need, layout: Layout, draft: Draft, snapshot: Snapshot, wish: Wish) -> Draft | None:
    """The members where they stood before, if that is still a right spread and fits."""
    chosen = [
        (option, wish[option.pool][1])
        for options in need.sides.values()
        for option in options
        if option.pool in wish and wish[option.pool][0] == option.way
    ]
    shares: dict[str, int] = {}
    for option, count in chosen:
        shares[option.center] = shares.get(option.center, 0) + count
    crowded = need.component.spread is Spread.POOL and any(count > 1 for _, count in chosen)
    if not chosen or crowded or shares not in list(spreads(need, layout, snapshot)):
        return None
    attempt = Draft(draft.ledger.copy(), list(draft.rows), draft.cost)
    for option, count in sorted(chosen, key=lambda each: each[0].pool):
        turns = members(option.center, snapshot)
        counts = replicas(count, count, turns)
        if attempt.ledger.peak_with(option.pool, option.size, counts) > FULL:
            return None
        put(attempt, row_of(need, Role.MEMBER, option, count, count), turns)
    return attempt


def spreads(need: Need, layout: Layout, snapshot: Snapshot) -> Iterator[Mapping[str, int]]:
    """Every way to give centers their numbers of members that outlives each promised loss of a center."""
    quorum = need.component.quorum
    if quorum is None:
        return
    grade = snapshot.environment.recovery.grade(need.workload.recovery.grade)
    outside = FailureKind.LOCATION in grade.promises
    active = {layout.home, layout.center(grade.grade, Role.ACTIVE)}
    per_center = 1 if need.component.spread is Spread.CENTER else quorum.per_center
    for shares in _distributions(sorted(need.sides), quorum.members, per_center):
        if outside and not any(center not in active for center in shares):
            continue
        if _outlives(shares, quorum, need.workload.id, snapshot):
            yield shares


def _distributions(centers: Sequence[str], left: int, per_center: int) -> Iterator[Mapping[str, int]]:
    """All ways to share members over centers, large shares first."""
    if not left:
        yield {}
    elif centers and left <= per_center * len(centers):
        first, *rest = centers
        for count in range(min(per_center, left), -1, -1):
            for others in _distributions(rest, left - count, per_center):
                yield {first: count, **others} if count else others


def _outlives(shares: Mapping[str, int], quorum: Quorum, workload: str, snapshot: Snapshot) -> bool:
    return all(
        sum(count for center, count in shares.items() if center not in loss.centers) >= quorum.needed
        for loss, promised in zip(snapshot.losses, snapshot.promised, strict=True)
        if workload in promised
    )


def _put_center(need: Need, center: str, count: int, draft: Draft, snapshot: Snapshot) -> bool:
    """Put a center's members on its pools one after the other, then write a row for each pool."""
    turns = members(center, snapshot)
    chosen: dict[str, tuple[Option, int]] = {}
    for _ in range(count):
        option = _next(need, center, chosen, draft, snapshot)
        if option is None:
            return False
        chosen[option.pool] = (option, chosen.get(option.pool, (option, 0))[1] + 1)
    for _, (option, number) in sorted(chosen.items()):
        draft.cost += DISLIKE * option.disliked(Role.MEMBER)
        put(draft, row_of(need, Role.MEMBER, option, number, number), turns)
    return True


def _next(
    need: Need, center: str, chosen: Mapping[str, tuple[Option, int]], draft: Draft, snapshot: Snapshot
) -> Option | None:
    """The pool that one more member fills least."""
    turns = members(center, snapshot)
    ranked = []
    for rank, option in enumerate(need.options(Role.MEMBER, center)):
        already, number = chosen.get(option.pool, (option, 0))
        if (number and need.component.spread is Spread.POOL) or already.way != option.way:
            continue
        counts = replicas(number + 1, number + 1, turns)
        peak = draft.ledger.peak_with(option.pool, option.size, counts)
        if peak <= FULL:
            cost = COST[peak] - COST[draft.ledger.peaks[option.pool]] + DISLIKE * option.disliked(Role.MEMBER)
            ranked.append((cost, option.pool, rank, option))
    return min(ranked, key=lambda each: each[:-1])[-1] if ranked else None
