"""Finds the resource type of a token: the one table that the provider works by."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.errors import Invalid
from cmp.sentences import Sentence
from stacks.provider.aws_types import AWS_TYPES
from stacks.provider.openstack_types import OPENSTACK_TYPES
from stacks.provider.types import ResourceType

TYPES: Mapping[str, ResourceType] = {type_.token: type_ for type_ in (*OPENSTACK_TYPES, *AWS_TYPES)}


def type_of(token: str) -> ResourceType:
    """The type with that token; for a child of components the engine puts theirs before it, parted by `$`.

    Raises:
        Invalid: there is none.
    """
    own = token.rpartition("$")[2]
    if own not in TYPES:
        raise Invalid(
            Sentence("there is no resource type {own}", own=own),
            hint=Sentence("known are {names}", names=", ".join(TYPES)),
        )
    return TYPES[own]
