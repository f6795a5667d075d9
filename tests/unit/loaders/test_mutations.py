"""Whatever is done to a valid environment, loading it succeeds or says what is wrong: never a traceback."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.environment_files import TINY, a_copy

from cmp.errors import Invalid
from cmp.loaders.loading import load
from cmp.model.codes import Code
from cmp.network.addresses.allocation import allocate

CASES = {"text": 900, "tree": 900, "bytes": 300}
"""How many mutated environments each test below loads: 2,100 in all."""

FILES = sorted(path.relative_to(TINY).as_posix() for path in TINY.rglob("*.yaml"))
TEXTS = {name: (TINY / name).read_text(encoding="utf-8") for name in FILES}
TREES = {name: yaml.safe_load(text) for name, text in TEXTS.items() if "cloud-init" not in name}

HOSTILE = [
    "", " ", "\n", "\t", "\u0000", "\u0007", "\u0085", "\u2028", "\ufeff", "\u202e", "婚", "😀", "'", '"',
    "#", "%", "@", "`", "{", "}", "[", "]", ":", ": ", "- ", "? ", "| ", "> ", "&a ", "*a", "*gov", "<<: ",
    "<<: *gov", "!!int ", "!x ", "---\n", "...\n", "%YAML 9.9\n", "null", "~", "true", "yes", ".nan",
    ".inf", "-1", "0", "-0", "1e999", "9" * 400, "0x1F", "1_000", "007", "5.0", "2027-02-30", "08:30",
    "::1", "0.0.0.0/0", "::/0", "fe80::1%eth0", "10.64.0.0/33", "[" * 160, "{a: " * 50, "../..",
    "/etc/passwd", "a" * 300, "unscheduled", "month-end 99 days", "core",
]  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=12),
    st.sampled_from([text for text in HOSTILE if text.isprintable()]),
    st.dates(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.integers(min_value=10**18, max_value=10**60),
)
CODES = frozenset(Code)
PATIENT = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_copy(tmp_path_factory.mktemp("mutated"))


def load_mutated(folder: Path, name: str, content: bytes) -> None:
    """Load the environment with one file changed; anything but success or a well-formed refusal is raised."""
    file = folder / name
    file.write_bytes(content)
    try:
        refusal = refusal_of(folder)
    finally:
        file.write_text(TEXTS[name], encoding="utf-8")

    if refusal is not None:
        assert refusal.exit_code == 2
        assert refusal.problems
    for problem in refusal.problems if refusal else ():
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.code in CODES


def refusal_of(folder: Path) -> Invalid | None:
    """How the environment is refused; None if it loads, and its addresses then can be allocated."""
    try:
        loaded = load(folder)
    except Invalid as refusal:
        return refusal
    assert allocate(loaded.environment, {})
    return None


@st.composite
def mutated_texts(draw: st.DrawFn) -> tuple[str, str]:
    """A file with a span of it deleted, doubled, moved, replaced or followed by something hostile."""
    name = draw(st.sampled_from(FILES))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        what = draw(st.sampled_from(["delete", "double", "replace", "insert", "truncate", "move"]))
        strange = draw(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8)))
        changed = {
            "delete": text[:start] + text[end:],
            "double": text[:end] + text[start:],
            "replace": text[:start] + strange + text[end:],
            "insert": text[:start] + strange + text[start:],
            "truncate": text[:start],
            "move": text[end:] + text[start:end],
        }
        text = changed[what]
    return name, text


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a tree with every key or index in it."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from places(tree[key])


@st.composite
def mutated_trees(draw: st.DrawFn) -> tuple[str, str]:
    """A file whose values were deleted, renamed, doubled, exchanged or replaced by those of another type."""
    name = draw(st.sampled_from(sorted(TREES)))
    tree = copy.deepcopy(TREES[name])
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(tree))
        if not found:
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        other, place = found[draw(st.integers(0, len(found) - 1))]
        what = draw(st.sampled_from(["delete", "rename", "double", "exchange", "value", "value"]))
        if what == "delete":
            del holder[key]
        elif what == "rename" and isinstance(holder, dict):
            holder[draw(st.text(max_size=6))] = holder.pop(key)
        elif what == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif what == "exchange":
            holder[key] = copy.deepcopy(other[place])
        else:
            holder[key] = draw(VALUES)
    return name, yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)


@settings(max_examples=CASES["text"], **PATIENT)
@given(mutation=mutated_texts())
def test_a_mutated_text_is_loaded_or_refused(folder: Path, mutation: tuple[str, str]) -> None:
    name, text = mutation
    load_mutated(folder, name, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=CASES["tree"], **PATIENT)
@given(mutation=mutated_trees())
def test_a_mutated_tree_is_loaded_or_refused(folder: Path, mutation: tuple[str, str]) -> None:
    name, text = mutation
    load_mutated(folder, name, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=CASES["bytes"], **PATIENT)
@given(name=st.sampled_from(FILES), junk=st.binary(max_size=30), at=st.integers(0, 500), whole=st.booleans())
def test_random_bytes_are_loaded_or_refused(
    folder: Path, name: str, junk: bytes, at: int, whole: bool
) -> None:
    before = TEXTS[name].encode()
    load_mutated(folder, name, junk if whole else before[:at] + junk + before[at:])


def test_at_least_two_thousand_cases_are_tried() -> None:
    assert sum(CASES.values()) >= 2000
