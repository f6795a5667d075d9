"""Reads the provider's configuration: which cloud it is for, and whose the resources are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from cmp.clouds.binding import Binding
from cmp.errors import Invalid
from cmp.model.estate import CloudKind

ENVIRONMENT = "environment"
_BINDING = tuple(field.name for field in fields(Binding))
KNOWN = (ENVIRONMENT, *_BINDING)
REPLACING = (ENVIRONMENT, "cloud", "kind")
"""Another value of these means another cloud: its resources are not the ones we know."""


@dataclass(frozen=True, slots=True)
class Config:
    """What one provider resource is configured for."""

    environment: str
    binding: Binding


def problems(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a configuration, by field."""
    for name in sorted(set(values) - {*KNOWN, "version"}):
        yield name, f"the provider has no setting `{name}`; it has {', '.join(KNOWN)}"
    for name in REPLACING:
        if not values.get(name):
            yield name, f"the provider needs `{name}`"
    if values.get("kind") not in (None, CloudKind.OPENSTACK, CloudKind.AWS):
        yield "kind", f"`kind` must be openstack or aws, not {values['kind']!r}"


def read(values: Mapping[str, Any]) -> Config:
    """Read a configuration that has been checked.

    Raises:
        Invalid: it has not; the sentence names the first problem.
    """
    for _, sentence in problems(values):
        raise Invalid(sentence, hint="give the resource a provider of stacks.resources")
    given = {name: str(values[name]) for name in _BINDING if values.get(name)}
    kind = CloudKind(given.pop("kind"))
    return Config(str(values[ENVIRONMENT]), Binding(kind=kind, **given))
