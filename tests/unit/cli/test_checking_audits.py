"""An audit is checked offline: the first broken entry is named, and what was cut off is missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.at_hand import Heard
from typer.testing import CliRunner

from cli.main import app, hoisted
from cmp.model.actors import Actor
from cmp.services.changes.changing import changing
from cmp.wiring import Asker, means_of

DIFFERS = 4
Entries = list[dict[str, Any]]


def run(state: Path, *words: object) -> tuple[int, str]:
    """Exit code and what is told."""
    ended = CliRunner().invoke(app, hoisted(["--state", str(state), "--lang", "en", *map(str, words)]))
    return ended.exit_code, ended.stdout + str(ended.exception or "")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return changed(tmp_path / "state", 3)


def changed(state: Path, times: int) -> Path:
    """A state in which so many changes were made, each with two entries."""
    means = means_of(state, None, Heard(), asker=Asker("deploy@pipeline"))
    for _ in range(times):
        with changing(means, Actor("deploy@pipeline"), "lab", "apply"):
            pass
    return state


def exported(state: Path, file: Path, change: Callable[[Entries], Entries] = lambda found: found) -> Path:
    """What `--json audit` writes, changed by somebody."""
    found = json.loads(run(state, "--json", "audit")[1])
    file.write_text(json.dumps({"entries": change(found["entries"])}))
    return file


def test_an_audit_that_nobody_touched_is_whole(state: Path, tmp_path: Path) -> None:
    seal = tmp_path / "seal.json"
    assert run(state, "audit", "checkpoint", seal)[0] == 0
    changed(state, 1)

    assert run(state, "audit", "verify", "--checkpoint", seal) == (
        0,
        "the audit is whole: 8 entries, 1 checkpoints agree\n",
    )
    assert run(state, "audit", "verify", exported(state, tmp_path / "all.json"))[0] == 0


def test_the_first_entry_that_was_changed_is_named(state: Path, tmp_path: Path) -> None:
    def other_reason(found: Entries) -> Entries:
        for each in found[2:4]:
            each["asked"]["reason"] = "nothing to see"
        return found

    code, told = run(state, "audit", "verify", exported(state, tmp_path / "all.json", other_reason))

    assert code == DIFFERS
    assert told.startswith("entry 3 was changed")


def test_an_entry_that_was_taken_out_is_missed(state: Path, tmp_path: Path) -> None:
    file = exported(state, tmp_path / "all.json", lambda found: [*found[:2], *found[3:]])
    assert run(state, "audit", "verify", file)[1].startswith("entry 4 does not follow entry 2")
    file = exported(state, tmp_path / "all.json", lambda found: found[1:])
    assert run(state, "audit", "verify", file)[1].startswith("entry 2 does not follow entry 0")


def test_an_end_that_was_cut_off_is_missed_by_a_checkpoint(state: Path, tmp_path: Path) -> None:
    seal = tmp_path / "seal.json"
    run(state, "audit", "checkpoint", seal)
    file = exported(state, tmp_path / "all.json", lambda found: found[:-2])

    code, told = run(state, "audit", "verify", file, "--checkpoint", seal)

    assert code == DIFFERS
    assert "ends with entry 4" in told
    assert "knows entry 6" in told
    assert run(state, "audit", "verify", file)[0] == 0, "nothing but the checkpoint can know"


def test_a_whole_chain_in_its_place_is_found_by_a_checkpoint(state: Path, tmp_path: Path) -> None:
    seal = tmp_path / "seal.json"
    run(state, "audit", "checkpoint", seal)
    file = exported(changed(tmp_path / "fresh", 3), tmp_path / "all.json")

    code, told = run(state, "audit", "verify", file, "--checkpoint", seal)

    assert code == DIFFERS
    assert "the audit was replaced" in told


def test_a_checkpoint_that_somebody_else_signed_proves_nothing(state: Path, tmp_path: Path) -> None:
    seal = tmp_path / "seal.json"
    run(changed(tmp_path / "fresh", 3), "audit", "checkpoint", seal)

    code, told = run(state, "audit", "verify", "--checkpoint", seal)

    assert code == DIFFERS
    assert "signed by no key that is believed" in told
    forged = {**json.loads(seal.read_text()), "number": 2}
    seal.write_text(json.dumps(forged))
    assert run(tmp_path / "fresh", "audit", "verify", "--checkpoint", seal)[0] == DIFFERS


def test_what_is_no_audit_is_refused(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_text('{"entries": [{"number": 1}]}')
    assert "is no audit" in run(state, "audit", "verify", file)[1]
    assert "is no checkpoint" in run(state, "audit", "verify", "--checkpoint", file)[1]


def test_files_that_were_changed_where_they_lie_are_found(state: Path) -> None:
    entry = state / "audit" / "00000002.json"
    entry.chmod(0o600)
    entry.write_text(entry.read_text().replace("deploy@pipeline", "nobody@pipeline"))

    code, told = run(state, "audit", "verify")

    assert code == DIFFERS
    assert "00000002.json" in told
