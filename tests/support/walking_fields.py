"""Walks over every text of the format: fields of the schemas, and columns of tables that are imported.

Run as a program it tries all of them with every hostile text and prints how many were refused and carried.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from support.hostile import everything

from cmp.loaders import netbox
from cmp.loaders.composing import compose
from cmp.loaders.schema import MODELS
from cmp.loaders.validating import validate
from cmp.model.base import Document
from cmp.network.addresses.netbox import ADDRESSES, COLUMNS, PREFIXES, VRFS

FORMAT = (
    *("environment", "estate", "network", "workloads", "policy", "calendars", "hosts"),
    *("recovery-framework", "takeover-times"),
)
"""The schemas of files that people write; the others are of files that are written here."""

KEY, FIRST, EITHER = "<key>", "[]", "|"
Step = str | int
Schema = Mapping[str, Any]

SAMPLES = (
    *(
        "a-1",
        "netops",
        "daily",
        "tcp",
        "08:00",
        "/var/lib/zone",
        "hosts.yaml",
        "2.0.192.in-addr.arpa",
        "CN",
        "A",
        "https://192.0.2.1/x",
        "secret://a-1/key",
    ),
    *("192.0.2.1", "192.0.2.0/24", "192.0.2.1/24", "2001:db8::1", "2001:db8::/32", "2001:db8::1/64"),
    *("2026-01-01", "2026-01-01T00:00:00+08:00", "be", "external"),
)
BY_FORMAT = {
    "ipv4": "192.0.2.1",
    "ipv4network": "192.0.2.0/24",
    "ipv4interface": "192.0.2.1/24",
    "ipv6": "2001:db8::1",
    "ipv6network": "2001:db8::/32",
    "ipv6interface": "2001:db8::1/64",
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00+08:00",
}
BY_NAME = {"when": "05-20", "dates": "2026-01-01", "place": "center"}
"""Texts whose form a validator knows, not the schema."""
TOGETHER: Mapping[str, Mapping[str, Any]] = {
    "Chip": {"isa": "amd64", "performance": 1},
    "Link": {"between": ["a-1", "b-1"]},
    "Names": {"server": {"name": "a-1", "ssh": {"user": "netops"}, "zone_file": "/var/lib/zone"}},
    "ReverseZone": {"zone_file": "/var/lib/zone"},
    "NameServer": {"ssh": {"user": "netops"}, "zone_file": "/var/lib/zone"},
    "Probe": {"port": 80},
    "Near": {"component": "a-2"},
    "Apart": {"component": "a-2"},
}
"""What a validator wants of a whole value, by the name of its model."""
SILENT = ("service",)
"""Fields that are not kept where they say what holds anyway."""
INSTEAD: Mapping[tuple[str, Step], str] = {("Probe", "command"): "port"}
"""What a validator takes in place of a field, by the model and that field."""


@dataclass(frozen=True)
class Field:
    """A place in a document where a text stands."""

    document: str
    path: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.document}: {'.'.join(str(step) for step in self.path if step != EITHER)}"


class Walk:
    """The fields of one document, and documents that have one of them."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.model: type[Document] = MODELS[document]
        self._whole: Schema = self.model.model_json_schema(by_alias=True, mode="validation")
        self._defined: Mapping[str, Schema] = self._whole.get("$defs", {})

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every text of the document, keys of mappings too; one that may have several forms counts once."""
        found: dict[tuple[Step, ...], Field] = {}
        for path in self._texts(self._whole, ()):
            plain = tuple(step for step in path if not str(step).startswith(EITHER))
            found.setdefault(plain, Field(self.document, path))
        return tuple(found.values())

    def with_text(self, field: Field, text: str) -> Any:
        """A document that says no more than it must, and this text in this field."""
        return self._made(self._whole, field.path, text)

    def sample(self, field: Field) -> str:
        """A text that the field takes."""
        node, name = self._whole, ""
        for step in field.path:
            name = step if isinstance(step, str) and step.isidentifier() else name
            node = self._below(self._resolved(node), step)
        found = self._resolved(node)
        if name in SILENT:
            return next(str(each) for each in found["enum"] if each != node["default"])
        return self._sample(found, name)

    def _resolved(self, node: Schema) -> Schema:
        while "$ref" in node:
            node = self._defined[node["$ref"].rpartition("/")[2]]
        return node

    def _texts(
        self, node: Schema, path: tuple[Step, ...], above: tuple[str, ...] = ()
    ) -> Iterator[tuple[Step, ...]]:
        if "$ref" in node:
            if node["$ref"] in above:
                return
            above = (*above, node["$ref"])
        node = self._resolved(node)
        if node.get("type") == "string":
            yield path
        for number, each in enumerate(node.get("anyOf", ())):
            yield from self._texts(each, (*path, f"{EITHER}{number}"), above)
        for name, each in node.get("properties", {}).items():
            yield from self._texts(each, (*path, name), above)
        if isinstance(node.get("additionalProperties"), dict):
            yield (*path, KEY)
            yield from self._texts(node["additionalProperties"], (*path, FIRST + "key"), above)
        for number, each in enumerate(node.get("prefixItems", ())):
            yield from self._texts(each, (*path, number), above)
        if "items" in node:
            yield from self._texts(node["items"], (*path, FIRST), above)

    def _below(self, node: Schema, step: Step) -> Schema:
        if isinstance(step, int):
            return node["prefixItems"][step]  # type: ignore[no-any-return]
        if step.startswith(EITHER):
            return node["anyOf"][int(step[1:])]  # type: ignore[no-any-return]
        if step == KEY:
            return {"type": "string"} | node.get("propertyNames", {})
        if step == FIRST + "key":
            return node["additionalProperties"]  # type: ignore[no-any-return]
        if step == FIRST:
            return node["items"]  # type: ignore[no-any-return]
        return node["properties"][step]  # type: ignore[no-any-return]

    def _made(self, node: Schema, path: tuple[Step, ...], text: str) -> Any:  # noqa: PLR0911 - one per step
        if not path:
            return text
        node = self._resolved(node)
        step, rest = path[0], path[1:]
        if str(step).startswith(EITHER):
            return self._made(self._below(node, step), rest, text)
        if step == KEY:
            return {text: self._least(node["additionalProperties"])}
        below = self._below(node, step)
        if step == FIRST + "key":
            return {self._a_key(node): self._made(below, rest, text)}
        if step == FIRST:
            return [self._made(below, rest, text)]
        if isinstance(step, int):
            made = ["b-1" for _each in node["prefixItems"]]
            made[step] = self._made(below, rest, text)
            return made
        made = self._least(node) | {step: self._made(below, rest, text)}
        made.pop(INSTEAD.get((node.get("title", ""), step)), None)
        return made

    def _an_entry(self, node: Schema) -> dict[str, Any]:
        """One entry of a mapping, or one field of an object that asks for any of its fields."""
        if node.get("properties"):
            name, below = next(iter(node["properties"].items()))
            return {name: self._least(below, name)}
        return {self._a_key(node): self._least(node["additionalProperties"])}

    def _a_key(self, node: Schema) -> str:
        return self._sample(self._resolved(node.get("propertyNames", {})))

    def _least(self, node: Schema, name: str = "") -> Any:  # noqa: PLR0911 - one per kind of node
        node = self._resolved(node)
        for known in ("const", "default"):
            if known in node:
                return node[known]
        if "enum" in node:
            return node["enum"][0]
        if "anyOf" in node:
            return self._least(node["anyOf"][0], name)
        match node.get("type"):
            case "object":
                wanted = node.get("required", ())
                made = {each: self._least(node["properties"][each], each) for each in wanted}
                if node.get("minProperties") and not made:
                    made = self._an_entry(node)
                return made | dict(TOGETHER.get(node.get("title", ""), {}))
            case "array" if "prefixItems" in node:
                return [self._least(each) for each in node["prefixItems"]]
            case "array":
                return [self._least(node["items"], name)] * node.get("minItems", 0)
            case "string":
                return self._sample(node, name)
            case "boolean":
                return False
        return max(1, node.get("minimum", 1), node.get("exclusiveMinimum", 0) + 1)

    def _sample(self, node: Schema, name: str = "") -> str:
        if name in BY_NAME:
            return BY_NAME[name]
        if "enum" in node:
            return str(node["enum"][0])
        if node.get("format") in BY_FORMAT:
            return BY_FORMAT[node["format"]]
        return next(each for each in SAMPLES if re.search(node.get("pattern", ""), each))


def objections(walk: Walk, field: Field, text: str) -> list[str] | None:
    """What the loader says of a field that holds a text, with places; None where it is carried unchanged.

    Raises:
        AssertionError: it is refused without a place or a word, or became another text.
    """
    given = walk.with_text(field, text)
    written = json.dumps(given, indent=1)
    node, problems = compose(written, "x.yaml")
    document = None
    if node is not None:
        document, more = validate(walk.model, node)
        problems = (*problems, *more)
    if document is not None and not problems:
        kept = document.model_dump(mode="json", by_alias=True)
        assert _holds(kept, text), f"{field} made something else of {text!r}"
        return None
    line = next(number for number, each in enumerate(written.splitlines(), 1) if json.dumps(text) in each)
    at_field = [each for each in problems if each.line == line]
    assert at_field, f"{field} refuses {text!r} elsewhere: {[str(each) for each in problems]}"
    assert all(each.file and each.column >= 1 and each.message for each in at_field)
    return [str(each) for each in at_field]


def _holds(document: Any, text: str) -> bool:
    if isinstance(document, dict):
        return any(key == text or _holds(value, text) for key, value in document.items())
    if isinstance(document, list):
        return any(_holds(value, text) for value in document)
    return bool(document == text)


def columns() -> Iterator[tuple[str, str]]:
    """Every column of every table that is imported."""
    return ((table, column) for table, names in COLUMNS.items() for column in names)


HEADING = 1
ROWS: Mapping[str, Mapping[str, str]] = {
    VRFS: {"name": "a-1"},
    PREFIXES: {"prefix": "192.0.2.0/24"},
    ADDRESSES: {"address": "192.0.2.1/24"},
}


def imported(table: str, column: str, text: str, folder: Path) -> str | None:
    """What is said of a table with a text in a column, with its place; None where it is carried unchanged."""
    out = io.StringIO()
    row = {**ROWS[table], column: text}
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow(row)
    (folder / f"{table}.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    found = netbox.read(netbox.handed(folder))
    (folder / f"{table}.csv").unlink()
    if found.problems:
        assert all(each.line > HEADING and each.file.endswith(".csv") for each in found.problems)
        return str(found.problems[0])
    kept = [each.model_dump(mode="json") for each in (*found.regions, *found.holdings)]
    assert _holds(kept, text), f"{table}.{column} made something else of {text!r}: {kept}"
    return None


def main() -> None:
    """Try everything and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        mark = Path(folder) / "mark"
        texts, counts = everything(mark), Counter[str]()
        for name in FORMAT:
            walk = Walk(name)
            for field in walk.fields:
                for text in texts:
                    counts["refused" if objections(walk, field, text) else "carried"] += 1
            counts["fields"] += len(walk.fields)
        for table, column in columns():
            counts["columns"] += 1
            for text in texts:
                counts["refused" if imported(table, column, text, Path(folder)) else "carried"] += 1
        executed = int(mark.exists())
    sys.stdout.write(
        f"{counts['fields']} text fields and {counts['columns']} columns x {len(texts)} hostile values: "
        f"{counts['refused']} refused with place, {counts['carried']} carried unchanged, "
        f"{executed} executed\n"
    )


if __name__ == "__main__":
    main()
