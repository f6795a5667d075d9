"""Finds the smallest number of hosts to buy that closes a gap, by deciding again with more of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from cmp.model.environment import Environment

Works = Callable[[Mapping[str, int]], bool]
"""True when everything fits with so many more hosts a pool."""


def with_hosts(environment: Environment, more: Mapping[str, int]) -> Environment:
    """The environment with so many more hosts in some pools."""
    estate = environment.estate
    pools = tuple(
        pool.changed(hosts=pool.hosts + more[pool.id]) if more.get(pool.id) else pool for pool in estate.pools
    )
    return environment.changed(estate=estate.changed(pools=pools))


def smallest_additions(pools: Sequence[str], most: int, works: Works) -> dict[str, int] | None:
    """Hosts to add to some of these pools, none of which could be left out; None where `most` each do not do.

    First all pools grow alike until everything fits, then each in order gives back what it can: pools named
    first are those that one would rather not buy for.

    Args:
        pools: where more hosts could help.
        most: how many one pool may grow by.
        works: decides again with so many more hosts.
    """
    enough = _enough(pools, most, works)
    if enough is None:
        return None
    more = dict.fromkeys(pools, enough)
    for pool in pools:
        more[pool] = _least(enough, lambda count, pool=pool: works(more | {pool: count}))  # type: ignore[misc]
    return {pool: count for pool, count in more.items() if count}


def reluctance(environment: Environment, pools: Collection[str]) -> tuple[str, ...]:
    """Pools in the order in which one would rather not buy for them: least work a host first."""

    def work(name: str) -> float:
        pool = environment.estate.pool[name]
        overcommitted = pool.per_host.vcpus * pool.overcommit.vcpus
        return overcommitted * environment.estate.chip[pool.chip].performance_milli

    return tuple(sorted(pools, key=lambda name: (work(name), name)))


def _enough(pools: Sequence[str], most: int, works: Works) -> int | None:
    """The first power of two, at most `most`, that is enough for all pools alike."""
    count = 1
    while pools:
        if works(dict.fromkeys(pools, count)):
            return count
        if count == most:
            return None
        count = min(2 * count, most)
    return None


def _least(enough: int, works: Callable[[int], bool]) -> int:
    """The least count that works, knowing that `enough` does."""
    low, high = -1, enough
    while high - low > 1:
        middle = (low + high) // 2 if low >= 0 else 0
        if works(middle):
            high = middle
        else:
            low = middle
    return high
