"""What lies in the state and was changed, cut off or made up is refused in a sentence that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.small_plan import a_small_plan

from cmp.errors import Invalid
from cmp.loaders import netbox
from cmp.services.migrating import verifying
from cmp.store import journals, migrations, plans
from cmp.store.file_ports import FileMove

DEEP = "[" * 100_000
CONTENTS = {
    "nothing": "",
    "half": '{"complete": true, "pl',
    "lists without end": DEEP,
    "mappings without end": '{"plan":' * 100_000,
    "closed ones": '{"complete": true, "plan": ' + "[" * 5_000 + "]" * 5_000 + "}",
    "just too deep": '{"complete": true, "plan": {"a": ' + "[" * 200 + "]" * 200 + "}}",
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "another document": '{"hello": 1}',
    "no number": '{"complete": true, "plan": {"bound": NaN}}',
    "no text": "\ufffe\udcff",
    "a number without end": '{"complete": true, "plan": ' + "9" * 10_000 + "}",
}
READERS: dict[str, Callable[[Path], object]] = {
    "a plan": plans.load,
    "the kept plan": plans.kept,
    "what was applied": plans.last_applied,
    "allocations": plans.remembered_networks,
    "a journal": journals.load,
    "a plan of a move": migrations.load_plan,
    "a journal of a move": lambda path: migrations.JOURNALS.load(path.parent),
    "a rehearsal": lambda path: migrations.REHEARSALS.load(path.parent),
    "a baseline": lambda path: verifying.baseline(FileMove(path.parent)),
}
NAMES = {
    "a journal of a move": "journal.json",
    "a rehearsal": "rehearsal.json",
    "a baseline": "baseline.json",
}


TRIED = [
    (reader, content)
    for reader in READERS
    for content in CONTENTS
    if content != "a list" or reader not in {"a baseline", "allocations"}  # an empty list is one
]


@pytest.mark.parametrize(("reader", "content"), TRIED)
def test_what_is_no_document_of_ours_is_told_by_name(reader: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / NAMES.get(reader, "document.json")
    path.write_bytes(CONTENTS[content].encode(errors="surrogateescape"))

    with pytest.raises(Invalid, match=str(path)) as refusal:
        READERS[reader](path)

    assert len(str(refusal.value)) < 600


@pytest.mark.parametrize(
    "change",
    [{"complete": "yes"}, {"complete": None}, {"complete": 1}, {"plan": []}, {"plan": None}],
    ids=str,
)
def test_a_record_that_does_not_say_all_is_no_record(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    plans.record_applied(a_small_plan(), path, complete=False)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(Invalid, match=r"lab\.json") as refusal:
        plans.last_applied(path)

    assert "put it back from a copy" in refusal.value.hint


@pytest.mark.parametrize("content", [each for each in CONTENTS if each != "no text"])
def test_a_table_that_is_none_is_told_with_its_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "tables.json"
    path.write_text(CONTENTS[content])

    found = netbox.read(netbox.handed(path))

    assert found.holdings == []
    assert [problem.file for problem in found.problems] == [str(path)]
    assert found.problems[0].line == 1


def test_a_row_that_is_nested_without_end_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "tables.json"
    row = '{"prefix": "198.51.100.0/24", "custom_fields": {"name": "lan"}}'
    deep = '{"name": ' * 90 + '"x"' + "}" * 90
    path.write_text(f'{{"prefixes": [\n{row},\n{{"prefix": {deep}}}\n]}}')

    found = netbox.read(netbox.handed(path))

    assert [holding.name for holding in found.holdings] == ["lan"]
    assert [problem.line for problem in found.problems] == [3]
