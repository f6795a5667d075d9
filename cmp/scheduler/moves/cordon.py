"""Gives an environment without some of its pools, for the engine to plan as if they were not there."""

from __future__ import annotations

from collections.abc import Collection

from cmp.model.environment import Environment


def cordoned(environment: Environment, pools: Collection[str]) -> Environment:
    """The environment without these pools; centers, clouds and what they promise stay."""
    left = tuple(pool for pool in environment.estate.pools if pool.id not in pools)
    return environment.changed(estate=environment.estate.changed(pools=left))
