"""A use case is one function of `cmp.services`: it takes what it works with and answers with one document."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator
from importlib import import_module  # noqa: TID251 - what commands name is looked up
from typing import Any

import pytest

from cmp.means import Means
from cmp.model.base import Document

ASKED = "cmp.services."
WITHOUT_MEANS = frozenset(
    {
        "cmp.services.machine.warm",
        "cmp.services.beginning.schemas_of",
        "cmp.services.beginning.write_schemas",
    }
)
"""They work with nothing of the state: they fill the user's cache, or a folder with what ships."""


def test_every_use_case_takes_means_and_answers_with_a_frozen_value_that_has_a_document(
    modules: dict[str, ast.Module],
) -> None:
    found = dict(use_cases(modules))

    wrong = [f"{name}: {reason}" for name, function in sorted(found.items()) for reason in faults(function)]

    assert found
    assert wrong == []


def faults(function: Callable[..., Any]) -> Iterator[str]:
    """What is wrong with the shape of a use case."""
    hints = typing.get_type_hints(function)
    first = next(iter(inspect.signature(function).parameters), "")
    if full_name(function) not in WITHOUT_MEANS and (first != "means" or hints[first] is not Means):
        yield "its first parameter is not `means: Means`"
    answer = hints.get("return")
    if not isinstance(answer, type) or not hasattr(answer, "document"):
        yield f"it answers with {answer}, which has no document"
    elif not is_frozen(answer):
        yield f"it answers with {answer.__name__}, which can be changed"


def full_name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__name__}"


def is_frozen(answer: type) -> bool:
    if dataclasses.is_dataclass(answer):
        return answer.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return issubclass(answer, Document)


def use_cases(modules: dict[str, ast.Module]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of services that a command asks, by its full name."""
    for path, tree in modules.items():
        if path.startswith("cli/"):
            for name in asked(tree):
                module, _, function = name.rpartition(".")
                value = getattr(import_module(module), function, None)
                if inspect.isfunction(value):
                    yield name, value


def asked(tree: ast.Module) -> Iterator[str]:
    """The full names of what a module imports from services, and of what it takes from modules of them."""
    known = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(ASKED)
        for alias in node.names
    }
    yield from known.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            yield f"{known[node.value.id]}.{node.attr}"


@dataclasses.dataclass(frozen=True)
class Told:
    """An answer as it should be."""

    name: str

    @property
    def document(self) -> dict[str, Any]:
        """The answer for programs."""
        return {"name": self.name}


@dataclasses.dataclass
class Loose:
    """An answer that somebody can change."""

    name: str

    @property
    def document(self) -> dict[str, Any]:
        """The answer for programs."""
        return {"name": self.name}


def well(means: Means, name: str) -> Told:
    return Told(f"{name} of {means}")


def without_means(name: str) -> Told:
    return Told(name)


def without_document(means: Means) -> tuple[Means, ...]:
    return (means,)


def loosely(means: Means) -> Loose:
    return Loose(str(means))


@pytest.mark.parametrize(
    ("function", "reasons"),
    [
        (well, []),
        (without_means, ["its first parameter is not `means: Means`"]),
        (without_document, ["it answers with tuple[cmp.means.Means, ...], which has no document"]),
        (loosely, ["it answers with Loose, which can be changed"]),
    ],
)
def test_another_shape_is_told(function: Callable[..., Any], reasons: list[str]) -> None:
    assert list(faults(function)) == reasons
