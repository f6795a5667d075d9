"""The classes that programs use, the table that the provider works by, and the schema say the same."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest

from stacks.provider import schema
from stacks.provider.table import TYPES
from stacks.resources import aws, openstack
from stacks.resources.base import Managed

CLASSES: dict[str, tuple[type[Managed], Any]] = {
    item.pulumi_type: (item, getattr(module, f"{name}Args"))
    for module in (openstack, aws)
    for name, item in vars(module).items()
    if isinstance(item, type) and issubclass(item, Managed) and item is not Managed
}


def test_every_type_has_a_class() -> None:
    assert set(CLASSES) == set(TYPES)


@pytest.mark.parametrize("token", sorted(TYPES))
def test_arguments_are_the_fields_of_the_table(token: str) -> None:
    resource, arguments = CLASSES[token]
    required = {
        item.name for item in fields(arguments) if item.default is MISSING and item.default_factory is MISSING
    }

    assert {item.name for item in fields(arguments)} == set(TYPES[token].fields)
    assert required == {name for name, field in TYPES[token].fields.items() if field.required}
    assert set(resource.outputs) == set(TYPES[token].outputs)
    assert set(resource.outputs) <= set(resource.__annotations__)
    assert set(resource.secrets) == {name for name, field in TYPES[token].fields.items() if field.secret}


def test_the_schema_describes_every_type() -> None:
    document = json.loads(schema.document())

    assert set(document["resources"]) == set(TYPES)
    server = document["resources"]["tricenter:openstack:Server"]
    assert server["inputProperties"]["security_groups"]["type"] == "array"
    assert server["inputProperties"]["image"]["willReplaceOnChanges"]
    assert [name for name, about in server["properties"].items() if about.get("secret")] == ["user_data"]
    assert "host" in server["properties"]
    assert "host" not in server["inputProperties"]
