"""A change is made by somebody, of one environment, and those who have to wait are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.at_hand import Heard, means_at

from cmp.errors import Conflict
from cmp.services.changing import changing


def test_whoever_changes_something_is_on_record_while_it_lasts(tmp_path: Path) -> None:
    means = means_at(tmp_path)

    with changing(means, means.actor, "lab", "apply") as run:
        kept = json.loads(means.layout.lock.read_text())

    assert (kept["actor"], kept["command"], kept["run"]) == ("li@example", "apply lab", run)


def test_the_second_is_told_what_the_first_does(tmp_path: Path) -> None:
    means = means_at(tmp_path)

    with (
        changing(means, means.actor, "lab", "apply"),
        pytest.raises(Conflict, match="`apply lab`"),
        changing(means, means.actor, "lab", "destroy"),
    ):
        pass


def test_what_a_killed_run_left_is_told(tmp_path: Path) -> None:
    heard = Heard()
    means = means_at(tmp_path, heard=heard)
    left = {"pid": 7, "host": "h", "since": "2026-11-24", "command": "apply lab", "run": "dead"}
    means.layout.lock.write_text(json.dumps(left))  # as versions before actors wrote it

    with changing(means, means.actor, "lab", "apply"):
        pass

    assert heard.lines == ["`apply lab` (process 7) of 2026-11-24 ended half-way: going on from there"]
