"""The verifier depends on nothing it checks, and answers whatever Plan it is given."""

from __future__ import annotations

import ast
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cmp.model.plan import Plan
from cmp.verifier.checking import check
from cmp.verifier.findings import CODES, Finding

MODULES = sorted(entry.name for entry in files("cmp.verifier").iterdir() if entry.name.endswith(".py"))

Way = tuple[str | int, ...]
"""Keys and places that lead to a value in a JSON document."""


def imported(source: str) -> set[str]:
    """Every module that a source imports, at its top or anywhere inside."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module))
    return names


def leaves(document: Any, path: Way = ()) -> list[tuple[Way, Any]]:
    """Every value in a JSON document that holds no others, with the way to it."""
    if isinstance(document, dict):
        return [leaf for key, value in document.items() for leaf in leaves(value, (*path, key))]
    if isinstance(document, list):
        return [leaf for place, value in enumerate(document) for leaf in leaves(value, (*path, place))]
    return [(path, document)]


def put(document: Any, path: Way, value: Any) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value


def cut(document: Any, path: Way) -> None:
    for step in path[:-1]:
        document = document[step]
    del document[path[-1]]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_the_standard_library_the_model_sentences_and_itself(module: str) -> None:
    source = (files("cmp.verifier") / module).read_text(encoding="utf-8")

    foreign = {
        name
        for name in imported(source)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("cmp.model.", "cmp.sentences", "cmp.verifier."))
    }

    assert foreign == set()


def test_a_finding_has_a_code_of_the_list() -> None:
    with pytest.raises(ValueError, match="`nonsense` is no code"):
        Finding("nonsense", "plan", "is wrong")


def test_a_code_says_what_it_means() -> None:
    assert all(meaning and not meaning.endswith(".") for meaning in CODES.values())


def test_the_page_lists_every_code_with_its_meaning() -> None:
    lines = (Path(__file__).parents[3] / "docs" / "verifier.md").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("| `")] == [
        f"| `{code}` | {meaning} |" for code, meaning in CODES.items()
    ]


def test_a_finding_reads_as_one_line() -> None:
    assert str(Finding("zone", "web on bj-a", "is not served")) == "zone: web on bj-a: is not served"


@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_plan_with_any_value_replaced_is_rejected_and_never_ends_in_an_error(
    accepted: Plan, data: st.DataObject
) -> None:
    document = json.loads(accepted.to_json())
    values = leaves(document)
    path, old = data.draw(st.sampled_from([leaf for leaf in values if leaf[0] != ("hash",)]))
    alike = [value for _, value in values if type(value) is type(old) and value != old]
    put(document, path, data.draw(st.sampled_from(alike)) if alike else None)
    if data.draw(st.booleans()):
        put(document, path, old)
        cut(document, path[: data.draw(st.integers(1, len(path)))])
    try:
        plan = Plan.model_validate_json(json.dumps(document))
    except ValidationError:
        return

    if plan.digest() != accepted.hash:
        assert check(plan) != ()
