"""What happens is written for machines as it is told to people; a full disk stops no change."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.at_hand import NOW, Heard

from cmp.errors import TryLater
from cmp.model.events import LongWork, Operation, OperationPhase, ResourceProgress
from cmp.model.happenings import Event, event_of
from cmp.store.event_lines import EventLines, event_lines


def begun(path: Path, heard: Heard, run: str = "r1") -> EventLines:
    return event_lines(path, heard, run, lambda: NOW)


def full(_content: bytes) -> None:
    raise TryLater("cannot write: the disk is full")


def read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_event_is_a_line_that_reads_back(tmp_path: Path) -> None:
    path, heard = tmp_path / "events.jsonl", Heard()
    lines = begun(path, heard)
    step = Event("step", "host-1", {"number": 1, "of": 2, "what": Event("switch-on", "主机-1")})

    lines.event(step)
    lines.line("bringing the engine")
    lines.begins(LongWork.VERIFYING)
    lines.resource(
        ResourceProgress("workloads/lab.bj-a", Operation.CREATE, "server", "web-1", OperationPhase.DONE)
    )

    written = read(path)
    assert [each["number"] for each in written] == [1, 2, 3, 4]
    assert {(each["run"], each["at"]) for each in written} == {("r1", NOW.isoformat())}
    assert event_of({name: written[0][name] for name in ("kind", "subject", "values")}) == step
    assert [each["kind"] for each in written] == ["step", "note", "work-begins", "resource"]
    assert written[3]["values"] == {
        "stack": "workloads/lab.bj-a",
        "operation": "create",
        "resource": "server",
        "phase": "done",
    }
    assert heard.events == [step]
    assert len(heard.resources) == 1


def test_another_run_goes_on_after_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    begun(path, Heard()).line("one")
    begun(path, Heard(), "r2").line("two")

    assert [(each["run"], each["number"]) for each in read(path)] == [("r1", 1), ("r2", 1)]
    assert path.stat().st_mode & 0o777 == 0o600


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = begun(path, Heard())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: lines.line("x" * 9000 + str(number)), range(200)))

    assert sorted(each["number"] for each in read(path)) == list(range(1, 201))  # type: ignore[type-var]


def test_a_full_disk_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    heard = Heard()
    path = tmp_path / "events.jsonl"
    lines = begun(path, heard)
    append = lines.append
    lines.append = full

    lines.line("one")
    lines.append = append
    lines.line("two")

    assert not path.read_text()

    assert [each.kind for each in heard.events] == ["events-end"]
    assert "the disk is full" in heard.lines[0]
    assert heard.lines[1:] == ["one", "two"]


def test_what_is_no_file_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "target")

    for name in ("folder", "pipe", "link"):
        with pytest.raises(TryLater, match=f"cannot write .*{name}"):
            begun(tmp_path / name, Heard())
    assert (tmp_path / "target").read_text() == "kept"
