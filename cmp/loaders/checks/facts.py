"""Checks the provenance of facts: a file says who says so, or leaves the fact out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cmp.loaders.checks.names import Path
from cmp.loaders.documents import Documents
from cmp.model.base import Document, Fact
from cmp.model.codes import Code
from cmp.model.finding import Finding

PARTS = ("estate", "policy")
HINT = "write measured, declared or assumed; leave out what nobody knows"


def check_facts(documents: Documents) -> Iterator[Finding]:
    """No fact is called unknown: that is what it becomes once it has expired."""
    for name in PARTS:
        yield from _walk(name, (), getattr(documents, name))
    for index, workload in enumerate(documents.workloads or ()):
        for number, component in enumerate(workload.components):
            path: Path = ("workloads", index, "components", number, "performance")
            for chip, fact in component.performance.items():
                yield from _walk("workloads", (*path, chip), fact)


def _walk(document: str, path: Path, value: Any) -> Iterator[Finding]:
    if isinstance(value, Fact):
        if not value.is_known:
            message = "a fact that nobody knows has no value"
            yield Finding(document, (*path, "provenance"), Code.IMPOSSIBLE, message, HINT)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _walk(document, (*path, index), each)
    elif isinstance(value, Document):
        for name, field in type(value).model_fields.items():
            yield from _walk(document, (*path, field.alias or name), getattr(value, name))
