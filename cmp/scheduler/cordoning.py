"""Gives an environment without some of its pools, for the engine to plan as if they were not there."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar, cast

from cmp.model.base import Document
from cmp.model.environment import Environment

Changed = TypeVar("Changed", bound=Document)


def cordoned(environment: Environment, pools: Collection[str]) -> Environment:
    """The environment without these pools; centers, clouds and what they promise stay."""
    left = tuple(pool for pool in environment.estate.pools if pool.id not in pools)
    return changed(environment, estate=changed(environment.estate, pools=left))


def changed(document: Changed, **fields: object) -> Changed:
    """A document with other fields: built anew, as a copy would keep what was derived from the old ones."""
    values = {name: getattr(document, name) for name in type(document).model_fields}
    return cast("Changed", type(document).model_construct(**values | fields))
