"""Writes the package schema of the provider from the table of types."""

from __future__ import annotations

import json
from typing import Any

from stacks.provider import config, fields, rules
from stacks.provider.fields import Check, Field
from stacks.provider.table import TYPES
from stacks.provider.types import ResourceType

NAME = "tricenter"

_TEXT = {"type": "string"}
_SHAPES: dict[Check, dict[str, Any]] = {
    fields.flag: {"type": "boolean"},
    fields.count: {"type": "integer"},
    fields.index: {"type": "integer"},
    fields.size: {"type": "number"},
    fields.vcpus: {"type": "number"},
    fields.some_texts: {"type": "array", "items": _TEXT},
    fields.texts: {"type": "array", "items": _TEXT},
    fields.addresses: {"type": "array", "items": _TEXT},
    fields.tags: {"type": "object", "additionalProperties": _TEXT},
    fields.mapping: {"type": "object", "additionalProperties": _TEXT},
    fields.counts: {"type": "object", "additionalProperties": {"type": "integer"}},
    rules.rules: {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
    },
}
"""How the values of a check look; whatever is not listed is a text."""

_LISTS = frozenset({"ipv4", "ipv6", "external_addresses"})
_OUTPUT_SHAPES = {"stand_in": {"type": "boolean"}, "family": {"type": "integer"}}


def document() -> str:
    """The schema as JSON."""
    settings = dict.fromkeys(config.KNOWN, _TEXT)
    return json.dumps(
        {
            "name": NAME,
            "resources": {token: _resource(type_) for token, type_ in TYPES.items()},
            "provider": {"inputProperties": settings, "requiredInputs": list(config.REPLACING)},
        }
    )


def _resource(type_: ResourceType) -> dict[str, Any]:
    inputs = {name: _property(field) for name, field in type_.fields.items()}
    outputs = {name: _output(name, about) for name, about in type_.outputs.items()}
    required = [name for name, field in type_.fields.items() if field.required]
    return {
        "description": type_.about,
        "inputProperties": inputs,
        "requiredInputs": required,
        "properties": inputs | outputs,
        "required": [*required, *outputs],
    }


def _property(field: Field) -> dict[str, Any]:
    shape = _SHAPES.get(field.check, _TEXT)
    return {
        **shape,
        "description": field.about,
        "willReplaceOnChanges": field.replaces,
        **({"secret": True} if field.secret else {}),
    }


def _output(name: str, about: str) -> dict[str, Any]:
    shape = {"type": "array", "items": _TEXT} if name in _LISTS else _OUTPUT_SHAPES.get(name, _TEXT)
    return {**shape, "description": about}
