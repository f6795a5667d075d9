"""`tricenter bench reassignment` as people run it: replays, interrupts, kills, and files that are broken."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from support.command_line import Site
from support.reassignment import DATA, judge

from cmp.loaders.instances import read_assignment, read_instance

MODEL, INITIAL = DATA / "model_a1_1.txt", DATA / "assignment_a1_1.txt"
START = 49_528_750
OPTIMUM = 44_306_501


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "state")


def cost_of(path: Path) -> int:
    problem = read_instance(MODEL, INITIAL)
    verdict = judge(problem, read_assignment(path, problem.items, problem.machines).tolist())
    assert verdict.broken == ()
    return verdict.cost


def test_the_smallest_public_instance_is_solved_to_its_optimum(site: Site, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"

    answer = site.run("--json", "bench", "reassignment", MODEL, INITIAL, "--out", new, "--effort", 4)

    assert answer.code == 0, answer.said
    assert answer.document["initial"] == START
    assert answer.document["cost"] == cost_of(new) == OPTIMUM
    assert answer.document["cost"] == sum(answer.document["parts"].values())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_seed_effort_and_threads_give_the_same_bytes(
    site: Site, tmp_path: Path, threads: int
) -> None:
    names = [tmp_path / "one.txt", tmp_path / "two.txt"]
    options = ("--effort", 1, "--seed", 7, "--threads", threads)

    for new in names:
        assert site.run("bench", "reassignment", MODEL, INITIAL, "--out", new, *options).code == 0

    assert names[0].read_bytes() == names[1].read_bytes()
    assert cost_of(names[0]) < START


def test_no_seconds_leave_everything_at_home(site: Site, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"

    answer = site.run("bench", "reassignment", MODEL, INITIAL, "--out", new, "--seconds", 0)

    assert answer.code == 0
    assert cost_of(new) == START


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_search_and_keeps_the_best(site: Site, tmp_path: Path, number: int) -> None:
    new = tmp_path / "new.txt"

    with site.start("bench", "reassignment", MODEL, INITIAL, "--out", new, "--seconds", 600) as running:
        assert running.until("moves tried")
        os.kill(running.process.pid, number)
        answer = running.finish()

    assert answer.code == 5
    assert "stopped early" in answer.said
    assert cost_of(new) < START


def test_a_kill_leaves_the_last_good_assignment(site: Site, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"

    with site.start("bench", "reassignment", MODEL, INITIAL, "--out", new, "--seconds", 600) as running:
        assert running.until("moves tried")
        running.kill(group=True)

    assert cost_of(new) <= START


def test_a_better_assignment_that_is_there_already_stays(site: Site, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"
    assert site.run("bench", "reassignment", MODEL, INITIAL, "--out", new, "--effort", 4).code == 0
    before = new.read_bytes()

    answer = site.run("bench", "reassignment", MODEL, INITIAL, "--out", new, "--seconds", 0)

    assert new.read_bytes() == before
    assert "it stays" in answer.out


def test_an_input_is_never_written_over(site: Site) -> None:
    answer = site.run("bench", "reassignment", MODEL, INITIAL, "--out", INITIAL, "--seconds", 0)

    assert answer.code == 2
    assert "would replace an input" in answer.refusal


TEXT = MODEL.read_text(encoding="ascii")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            "",
            "model.txt:1:1: reassignment-truncated: the file ends 1 values early, in the",
        ),
        (TEXT[: len(TEXT) // 2], "reassignment-truncated: the file ends"),
        (TEXT + "\n9 9", "reassignment-left-over: 2 values are left over"),
        (TEXT.replace("\n", "\nx", 1), "model.txt:2:1: reassignment-value: 'x"),
        (TEXT.replace("\n", "\n-", 1), "model.txt:2:1: reassignment-value: '-"),
        ("4294967296 " + TEXT, "model.txt:1:1: reassignment-value: '4294967296' is no integer from 0 to"),
        ("99999999 " + TEXT, "reassignment-truncated"),
        (TEXT.replace("\n0", "\n7", 1), "model.txt:2:1: reassignment-index: mark of a transient resource"),
    ],
)
def test_a_broken_model_is_refused_with_its_place(site: Site, tmp_path: Path, model: str, said: str) -> None:
    broken, new = tmp_path / "model.txt", tmp_path / "new.txt"
    broken.write_text(model)

    answer = site.run("bench", "reassignment", broken, INITIAL, "--out", new)

    assert answer.code == 2
    assert said in answer.err
    assert "take the file from the benchmark's instances anew" in answer.refusal
    assert not new.exists()


@pytest.mark.parametrize(
    ("initial", "said"),
    [
        ("0 1 2", "reassignment-truncated: the file ends 97 values early, in the machines of 100 processes"),
        (" ".join(["0"] * 101), "1:201: reassignment-left-over: 1 values more than there are processes"),
        (" ".join(["0"] * 99) + "\n4", "2:1: reassignment-index: machine 4 where only 0 to 3 exist"),
        (" ".join(["0"] * 100), "reassignment-start: machine 0"),
    ],
)
def test_a_broken_start_is_refused_with_its_place(
    site: Site, tmp_path: Path, initial: str, said: str
) -> None:
    broken, new = tmp_path / "initial.txt", tmp_path / "new.txt"
    broken.write_text(initial)

    answer = site.run("bench", "reassignment", MODEL, broken, "--out", new)

    assert answer.code == 2
    assert said in answer.err
    assert not new.exists()


def test_a_file_that_is_missing_is_named(site: Site, tmp_path: Path) -> None:
    answer = site.run("bench", "reassignment", tmp_path / "none.txt", INITIAL, "--out", tmp_path / "new.txt")

    assert answer.code == 2
    assert "none.txt: No such file or directory" in answer.refusal


def test_a_place_that_cannot_be_written_is_told_before_anything_is_searched(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")

    answer = site.run("bench", "reassignment", MODEL, INITIAL, "--out", tmp_path / "file" / "new.txt")

    assert answer.code == 5
    assert "cannot write" in answer.refusal
