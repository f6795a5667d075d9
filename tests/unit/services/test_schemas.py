"""Editors find what each file of a begun environment may hold, and what each field says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.at_hand import means_at

from cmp.errors import Invalid
from cmp.handing import write_out
from cmp.loaders.composing import compose
from cmp.loaders.editors import FILES, named_in
from cmp.model.references import EnvironmentRef
from cmp.services.beginning import begin, schemas_of

LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


@pytest.mark.parametrize("example", ["starter", "reference"])
def test_every_file_of_a_begun_environment_names_a_schema_that_it_keeps(tmp_path: Path, example: str) -> None:
    begin(means_at(tmp_path / "state"), EnvironmentRef.of(tmp_path / "mine"), example)

    for file in sorted((tmp_path / "mine").rglob("*.yaml")):
        if file.parent.name == "cloud-init":
            continue
        text = file.read_text(encoding="utf-8")
        named = LINE.match(text)
        assert named, file
        schema = json.loads((file.parent / named[1]).read_text(encoding="utf-8"))
        node, _ = compose(text, str(file))
        assert node is not None
        errors = Draft202012Validator(schema).iter_errors(node.plain())
        assert [f"{file}: {error.json_path}: {error.message}" for error in errors] == []


def test_a_misspelt_field_breaks_its_schema() -> None:
    validator = Draft202012Validator(json.loads(schemas_of("workloads").texts["workloads"]))

    found = list(validator.iter_errors({"workloads": [{"id": "login", "ownr": "office"}]}))

    assert any("ownr" in error.message for error in found)


@pytest.mark.parametrize("name", FILES)
def test_what_an_editor_completes_says_what_it_is(name: str) -> None:
    schema = json.loads(schemas_of(name).texts[name])

    assert [path for path, field in fields(schema) if not said(field, schema)] == []


def fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field of a schema and of what it is made of."""
    for kind, made in ((schema["title"], schema), *schema.get("$defs", {}).items()):
        for field, shown in made.get("properties", {}).items():
            yield f"{kind}.{field}", shown


def said(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a field says of itself, else what the one thing says that stands there."""
    named = str(field.get("$ref", "")).rpartition("/")[2]
    return str(field.get("description") or schema.get("$defs", {}).get(named, {}).get("description", ""))


def test_a_schema_that_there_is_not_is_answered_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="no schema called 'workload'") as refusal:
        schemas_of("workload")

    assert "workloads" in refusal.value.hint


def test_all_are_written_over_older_ones(tmp_path: Path) -> None:
    (tmp_path / "estate.schema.json").write_text("{}")

    written = write_out(schemas_of().files, tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.schema.json" for name in FILES}
    assert json.loads((tmp_path / "estate.schema.json").read_text(encoding="utf-8"))["title"] == "Estate"
    assert set(written) == set(tmp_path.iterdir())


def test_the_way_to_a_schema_begins_where_the_file_lies() -> None:
    assert named_in("workloads/01.yaml", "schema").endswith("=../schema/workloads.schema.json\n")
    assert named_in("branch-net.yaml", "schema").endswith("=schema/hosts.schema.json\n")
    assert named_in("cloud-init/front.yaml", "schema") == ""
    assert named_in("README.md", "schema") == ""
