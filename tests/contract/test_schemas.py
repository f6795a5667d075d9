"""The JSON Schemas in inventories/schema are those of the models, and every inventory keeps them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.builders import a_plan
from support.environment_files import TINY

from cmp.loaders.composing import compose
from cmp.loaders.merging import merge
from cmp.loaders.schema import MODELS, schemas
from cmp.model.network import Network
from cmp.ports.tree import Node

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "inventories" / "schema"
FRAMEWORKS = sorted((ROOT / "policies" / "data").glob("gbt-20988-*.yaml"))
DOCUMENTS = ("environment", "estate", "network", "workloads", "policy", "calendars")


def environments() -> list[Path]:
    found = sorted(path.parent for path in (ROOT / "inventories").glob("*/environment.yaml"))
    return [*found, TINY]


def read(folder: Path, document: str) -> Any:
    """A document of an environment, its files joined; None where the environment has none of its own."""
    parts = [folder / f"{document}.yaml", *sorted((folder / document).glob("*.yaml"))]
    trees = [tree(part) for part in parts if part.is_file()]
    return merge(trees)[0].plain() if trees else None


def tree(file: Path) -> Node:
    node, problems = compose(file.read_text(encoding="utf-8"), str(file))
    assert node is not None
    assert not problems
    return node


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_fresh(name: str) -> None:
    file = SCHEMAS / f"{name}.schema.json"

    fresh = schemas()[file.name]

    assert file.read_text(encoding="utf-8") == fresh, "run: python -m cmp.loaders.schema"
    Draft202012Validator.check_schema(json.loads(fresh))


def test_no_schema_is_left_of_a_document_that_is_gone() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} == set(schemas())


@pytest.mark.parametrize("folder", environments(), ids=lambda path: path.name)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_an_inventory_keeps_its_schema(folder: Path, document: str) -> None:
    content = read(folder, document)

    errors = validator(document).iter_errors(content) if content is not None else ()

    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("folder", environments(), ids=lambda path: path.name)
def test_a_host_list_keeps_its_schema(folder: Path) -> None:
    networks = (read(folder, "network") or {}).get("private_networks", [])

    lists = [tree(folder / private["hosts"]).plain() for private in networks]

    assert [error.message for content in lists for error in validator("hosts").iter_errors(content)] == []


@pytest.mark.parametrize("file", FRAMEWORKS, ids=lambda path: path.stem)
def test_a_recovery_framework_keeps_its_schema(file: Path) -> None:
    errors = validator("recovery-framework").iter_errors(tree(file).plain())

    assert [error.message for error in errors] == []


def test_a_plan_keeps_its_schema() -> None:
    errors = validator("plan").iter_errors(json.loads(a_plan().to_json()))

    assert [error.message for error in errors] == []


def test_a_schema_refuses_what_the_model_refuses() -> None:
    network = read(TINY, "network")
    network["zone"] = []

    assert "zone" not in Network.model_fields
    assert not validator("network").is_valid(network)
