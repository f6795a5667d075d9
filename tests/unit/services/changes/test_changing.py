"""An environment is changed by one at a time, different ones side by side, and who was away is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.at_hand import Heard, means_at

from cmp.errors import Conflict, NotOurs
from cmp.services.changes.changing import changing
from cmp.settings import Layout
from cmp.store.lock import hold


def test_whoever_changes_something_is_on_record_while_it_lasts(tmp_path: Path) -> None:
    means = means_at(tmp_path)

    with changing(means, means.actor, "lab", "apply") as change:
        kept = json.loads(Layout(tmp_path).lease("lab").read_text())

    assert (kept["actor"], kept["command"], kept["run"]) == ("li@example", "apply lab", change.run)


def test_the_second_is_told_what_the_first_does(tmp_path: Path) -> None:
    means = means_at(tmp_path)

    with (
        changing(means, means.actor, "lab", "apply"),
        pytest.raises(Conflict, match="`apply lab`"),
        changing(means, means.actor, "lab", "destroy"),
    ):
        pass


def test_different_environments_are_changed_side_by_side(tmp_path: Path) -> None:
    means = means_at(tmp_path)

    with (
        changing(means, means.actor, "lab", "apply") as one,
        changing(means, means.actor, "lab-2", "apply") as other,
    ):
        assert (one.lease.environment, other.lease.environment) == ("lab", "lab-2")


def test_each_change_of_an_environment_has_a_higher_number(tmp_path: Path) -> None:
    means = means_at(tmp_path)
    numbers = []

    for name in ("lab", "lab", "lab-2", "lab"):
        with changing(means, means.actor, name, "apply") as change:
            numbers.append(change.lease.number)

    assert numbers == [1, 2, 1, 3]


def test_what_a_killed_run_left_is_told(tmp_path: Path) -> None:
    heard = Heard()
    means = means_at(tmp_path, heard=heard)
    left = {"pid": 7, "host": "h", "since": "2026-11-24", "command": "apply lab", "run": "dead"}
    Layout(tmp_path).lock.write_text(json.dumps(left))  # as versions with one lock over everything wrote it
    Layout(tmp_path).lock.chmod(0o600)

    for _again in range(2):
        with changing(means, means.actor, "lab", "apply"):
            pass

    assert heard.lines == ["`apply lab` (process 7) of 2026-11-24 ended half-way: going on from there"]


def test_nothing_is_changed_beside_a_run_of_an_older_version(tmp_path: Path) -> None:
    means = means_at(tmp_path)
    lock = Layout(tmp_path).lock

    with (
        hold(lock, command="apply lab", run="old", now=means.now()),
        pytest.raises(Conflict, match="older version"),
        changing(means, means.actor, "lab", "apply"),
    ):
        pass
    with (
        changing(means, means.actor, "lab", "apply"),
        pytest.raises(Conflict),
        hold(lock, command="apply lab", run="old", now=means.now()),
    ):
        pass


def test_who_lost_the_environment_meanwhile_records_nothing_more(tmp_path: Path) -> None:
    """Somebody took the lock's file away while its holder was paused, and the next one was lent the same."""
    means = means_at(tmp_path)
    lock = Layout(tmp_path).lease("lab")

    with changing(means, means.actor, "lab", "apply") as paused:
        lock.unlink()
        with changing(means, means.actor, "lab", "apply") as second:
            second.ports.applied.forget("lab")
            with pytest.raises(Conflict, match=r"lent to somebody else .* \(lease 2, ours is 1\)"):
                paused.ports.applied.forget("lab")


def test_what_is_no_lock_of_ours_is_left_alone(tmp_path: Path) -> None:
    means = means_at(tmp_path)
    lock = Layout(tmp_path).lease("lab")
    lock.parent.mkdir()
    lock.write_text("somebody's letter")
    lock.chmod(0o600)

    with pytest.raises(NotOurs), changing(means, means.actor, "lab", "apply"):
        pass

    assert lock.read_text() == "somebody's letter"
