"""Notes components whose replicas or members are more than the places that `spread` lets them have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from cmp.model.codes import Code
from cmp.model.estate import Estate
from cmp.model.finding import Finding, Severity
from cmp.model.workload import Component, Scaling, Spread, Workload

HINT: Final = "let them share with `spread: host`, or run fewer: the workload stays unplaced as it is"


def check_spreads(index: int, workload: Workload, estate: Estate) -> Iterator[Finding]:
    """A note for each component of a workload that no choice of centers and pools can hold."""
    for number, component in enumerate(workload.components):
        wide = _members(component, estate) if component.quorum is not None else _replicas(component, estate)
        if wide:
            path = ("workloads", index, "components", number, "spread")
            yield Finding("workloads", path, Code.SPREAD_TOO_WIDE, wide, HINT, Severity.NOTE)


def _members(component: Component, estate: Estate) -> str:
    """Members lie in several centers, at most `per_center` in each."""
    quorum, pools = component.quorum, _pools(component, estate)
    if quorum is None or component.spread not in {Spread.CENTER, Spread.POOL} or not pools:
        return ""
    if component.spread is Spread.CENTER:
        room, there = len(pools), f"{len(pools)} centers have pools"
    else:
        room = sum(min(quorum.per_center, count) for count in pools.values())
        there = f"{len(pools)} centers have {pools.total()} pools"
    if quorum.members <= room:
        return ""
    what = f"{quorum.members} members with `spread: {component.spread}`"
    return f"{what} find {room} places: {there} that they may use"


def _replicas(component: Component, estate: Estate) -> str:
    """A side lies in one center: with `spread: center` it has one replica, with `pool` one in each there."""
    pools = _pools(component, estate)
    if component.spread not in {Spread.CENTER, Spread.POOL} or not pools:
        return ""
    room = 1 if component.spread is Spread.CENTER else max(pools.values())
    counted = component.scaling is not Scaling.HORIZONTAL
    asked = component.replicas if counted else component.min_replicas
    if asked <= room:
        return ""
    what = "replicas" if counted else "replicas (`min_replicas`)"
    return f"{asked} {what} with `spread: {component.spread}` find {room} places: a side lies in one center"


def _pools(component: Component, estate: Estate) -> Counter[str]:
    """How many pools each center has that a component may use, by what it requires."""
    require = component.require
    found: Counter[str] = Counter()
    for pool in estate.pools:
        cloud = estate.cloud.get(pool.cloud)
        if cloud is None or (require.centers and cloud.center not in require.centers):
            continue
        if require.clouds and cloud.id not in require.clouds:
            continue
        if not require.ownership or cloud.ownership in require.ownership:
            found[cloud.center] += 1
    return found
