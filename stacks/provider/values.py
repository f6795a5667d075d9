"""Carries values between the engine's property values and plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue


def plain(properties: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """Unwrap properties; whole numbers become ints, and what is secret stays so by the engine's own book."""
    return {name: _unwrap(value) for name, value in properties.items()}


def wrapped(values: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """Wrap plain values for the engine, which knows numbers as floats only."""
    return {name: _wrap(value) for name, value in values.items()}


def _unwrap(value: Any) -> Any:
    if isinstance(value, PropertyValue):
        return _unwrap(value.value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _unwrap(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unwrap(item) for item in value]
    return value


def _wrap(value: Any) -> PropertyValue:
    if isinstance(value, Mapping):
        return PropertyValue({name: _wrap(item) for name, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([_wrap(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)
