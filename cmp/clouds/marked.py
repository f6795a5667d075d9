"""Reads what a declared resource is marked with, whichever kind of cloud it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmp.clouds.kubernetes import marks


def tags_in(properties: Mapping[str, Any]) -> Mapping[str, str]:
    """Our tags of a resource: those of its field `tags`, or those that annotations of an object hold."""
    tags = properties.get("tags")
    if isinstance(tags, Mapping):
        return _texts(tags)
    return marks.tags_of(_texts(_annotations(properties)))


def _annotations(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = properties.get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()}
