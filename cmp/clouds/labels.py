"""Derives the marks that everything we create carries, and the names that clouds use for chips."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from cmp.clouds.base import Mark

PREFIX = "tricenter:"
ENVIRONMENT = "environment"
STACK = "stack"
URN = "urn"
IMAGE = "image"
ISA = "isa"
STAND_IN = "stand-in"
RESERVED = frozenset({ENVIRONMENT, STACK, URN, IMAGE, ISA, STAND_IN})
"""Tags that the drivers set themselves: the mark, and what a server was asked to run."""


def key_of(urn: str) -> str:
    """Shorten a URN to 32 hexadecimal digits: clouds allow few characters in tags and names."""
    return hashlib.sha256(urn.encode()).hexdigest()[:32]


def mark_of(urn: str, environment: str) -> Mark:
    """Derive the mark of a resource from its URN, `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    stack = urn.removeprefix("urn:pulumi:").partition("::")[0]
    return Mark(environment, stack, key_of(urn))


def labels(mark: Mark, tags: Mapping[str, str]) -> dict[str, str]:
    """All tags of a resource, with our prefix: the mark and what the wish says."""
    own = {ENVIRONMENT: mark.environment, STACK: mark.stack, URN: mark.key}
    return {PREFIX + name: value for name, value in (dict(tags) | own).items()}


def ours(labelled: Mapping[str, str]) -> dict[str, str]:
    """Those of a resource's tags that are ours, without the prefix."""
    return {name.removeprefix(PREFIX): value for name, value in labelled.items() if name.startswith(PREFIX)}


def wished(labelled: Mapping[str, str]) -> dict[str, str]:
    """Those of a resource's tags that a wish may set."""
    return {name: value for name, value in ours(labelled).items() if name not in RESERVED}


def is_managed(labelled: Mapping[str, str]) -> bool:
    """True when the tags carry one of our marks."""
    return PREFIX + ENVIRONMENT in labelled


def to_strings(labelled: Mapping[str, str]) -> list[str]:
    """Write tags for clouds whose tags are plain strings: `name=value`, sorted."""
    return sorted(f"{name}={value}" for name, value in labelled.items())


def from_strings(strings: Iterable[str]) -> dict[str, str]:
    """Read such tags back; a string without `=` is a name with an empty value."""
    pairs = (string.partition("=") for string in strings)
    return {name: value for name, _, value in pairs}


def chip_trait(chip: str) -> str:
    """The placement trait of hosts with this chip: `CUSTOM_CHIP_KUNPENG_920`."""
    return f"CUSTOM_CHIP_{_upper(chip)}"


def accelerator_class(accelerator: str) -> str:
    """The placement resource class of an accelerator: `CUSTOM_ACCELERATOR_ASCEND_910B`."""
    return f"CUSTOM_ACCELERATOR_{_upper(accelerator)}"


def _upper(name: str) -> str:
    return name.upper().replace("-", "_").replace("/", "_")
