"""Defines what a resource type is: its fields, its outputs, the noun of the driver that carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmp.clouds.ensuring import FieldChange
from cmp.model.estate import CloudKind
from stacks.provider.fields import Field, has_unknown


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type of the provider; `outputs` are said by the cloud, beside the fields."""

    token: str
    kind: CloudKind
    noun: str
    about: str
    fields: Mapping[str, Field]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """The normal form of a resource's inputs, and what is wrong with them by field."""

    inputs: dict[str, Any]
    problems: tuple[tuple[str, str], ...]


def check(type_: ResourceType, given: Mapping[str, Any]) -> Checked:
    """Check all inputs of a resource; values that are not known yet pass as they are."""
    inputs: dict[str, Any] = {}
    problems = [(name, _unknown(name, type_)) for name in sorted(set(given) - set(type_.fields))]
    for name, field in type_.fields.items():
        value = given.get(name)
        if value is None:
            if field.required:
                problems.append((name, f"{type_.token} needs `{name}`: {field.about}"))
            elif field.default is not None:
                inputs[name] = field.default
            continue
        try:
            inputs[name] = value if has_unknown(value) else field.check(value)
        except ValueError as error:
            problems.append((name, f"`{name}` of {type_.token} {error}"))
    return Checked(inputs, tuple(problems))


def compare(type_: ResourceType, state: Mapping[str, Any], wish: Mapping[str, Any]) -> FieldChange:
    """Which fields differ from what the engine remembers; a field that it never had counts as its default."""
    changed = {
        name
        for name, field in type_.fields.items()
        if not _left_to_the_cloud(field, wish.get(name))
        and _normal(field, state.get(name)) != _normal(field, wish.get(name))
    }
    replacing = frozenset(name for name in changed if type_.fields[name].replaces)
    return FieldChange(updating=frozenset(changed) - replacing, replacing=replacing)


def compare_told(type_: ResourceType, state: Mapping[str, Any], wish: Mapping[str, Any]) -> FieldChange:
    """The same, against what a cloud told: a field that it did not tell is taken to be as wished."""
    return compare(type_, {**wish, **state}, wish)


def _left_to_the_cloud(field: Field, value: Any) -> bool:
    return field.chosen and value in (None, field.default)


def _normal(field: Field, value: Any) -> Any:
    if value is None:
        return field.default
    if has_unknown(value):
        return value
    try:
        checked = field.check(value)
    except ValueError:
        return value
    return field.compared(checked) if field.compared else checked


def _unknown(name: str, type_: ResourceType) -> str:
    return f"{type_.token} has no field `{name}`; it has {', '.join(sorted(type_.fields))}"
