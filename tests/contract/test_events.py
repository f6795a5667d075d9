"""What work tells are events, not sentences; each kind has its sentence in every catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from babel.messages.catalog import Message

from cmp.words.catalogue import CATALOGUES
from cmp.words.compiling import read
from cmp.words.events import PREFIX

TELL = {"say", "report", "tell"}
OF_SERVICES = 0
"""Sentences that use cases tell; never again."""
OF_TOOLS = 54
"""Sentences that labs, drivers, the engine and checks still tell in their own words; may only fall."""
SAID_OTHERWISE = {
    *("did-not-switch", "cannot-be-reached", "were-not-confirmed"),
    *("stage-back", "stage-forward"),
}
"""Kinds that `cmp.services.migrating.carrying` takes from what failed, and from a stage's direction."""
NOT_OURS = (
    "lab/openstack/services/",
    "playbooks/",
    "toolchain/gates/",
    "toolchain/fresh/",
    "cmp/bench/",
    "cli/",
)
"""Programs of their own, benchmarks, and what people read: the terminal."""


def branches(node: ast.expr) -> tuple[ast.expr, ...]:
    return (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)


def sentences(tree: ast.Module) -> Iterator[int]:
    """Lines in which a text is told, and no event."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            told = node.args[0]
            is_text = any(
                isinstance(each, ast.JoinedStr)
                or (isinstance(each, ast.Constant) and isinstance(each.value, str))
                for each in branches(told)
            )
            if name.lstrip("_") in TELL and is_text and len(node.args) == 1:
                yield node.lineno


def kinds(modules: dict[str, ast.Module]) -> set[str]:
    return {
        each.value
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Event" and node.args
        for each in branches(node.args[0])
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def test_use_cases_tell_events(modules: dict[str, ast.Module]) -> None:
    found = {
        f"{path}:{line}"
        for path, tree in modules.items()
        if path.startswith(("cmp/services/", "cmp/scheduler/"))
        for line in sentences(tree)
    }

    assert len(found) == OF_SERVICES, sorted(found)


def test_tools_tell_no_more_sentences_than_they_did(modules: dict[str, ast.Module]) -> None:
    found = {
        f"{path}:{line}"
        for path, tree in modules.items()
        if not path.startswith(("cmp/services/", *NOT_OURS))
        for line in sentences(tree)
    }

    assert len(found) <= OF_TOOLS, sorted(found)


def test_each_kind_of_event_has_its_sentence(modules: dict[str, ast.Module]) -> None:
    files = sorted((CATALOGUES / "en").glob("*.po"))
    keys = {key_of(message) for file in files for message in read(file, "en") if message.id}
    texts = {key for key in keys if key.startswith(PREFIX)}

    said = {PREFIX + kind for kind in kinds(modules) | SAID_OTHERWISE}

    assert said == texts


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
