"""No file imports another that leads back to it, not even inside of a function or for types alone."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp

HOUSE = ("cli", "cmp", "lab", "policies", "stacks", "toolchain")


def circle_of(graph: dict[str, set[str]]) -> str:
    """The first circle as text; nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " <- ".join(error.args[1])
    return ""


def test_no_files_import_each_other_in_a_circle() -> None:
    house = grimp.build_graph(*HOUSE, include_external_packages=False, cache_dir=None)

    graph = {module: house.find_modules_directly_imported_by(module) for module in house.modules}

    assert len(graph) > 500
    assert circle_of(graph) == ""


def test_a_circle_is_named() -> None:
    assert circle_of({"a": {"b"}, "b": {"a"}, "c": {"a"}}) in {"a <- b <- a", "b <- a <- b"}
    assert circle_of({"a": {"b"}, "b": {"c"}, "c": set()}) == ""
