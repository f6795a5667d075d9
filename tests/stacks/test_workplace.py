from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.needs import needs_processes
from support.small_plan import a_small_plan

from cmp.clouds.binding import Files
from stacks.engine.operations import up
from stacks.engine.recovery import end_leftovers
from stacks.engine.workplace import (
    BACKEND,
    ENVIRONMENT,
    NUMBER,
    PASSPHRASE,
    PASSPHRASE_FILE,
    PLAN,
    RUN,
    STATE,
    Workplace,
)
from toolchain.engine import Engine
from toolchain.shelf import Origin

AMBIENT = {"PATH": os.defpath}


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    folder = tmp_path / ".toolchain"
    engine = Engine(folder / "bin" / "pulumi", None, "3.259.0", Origin.MODULES, folder)
    return Workplace(engine, tmp_path / "state", Files(), run="now", environment="lab", number=7)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def a_process(*, run: str, state: Path, **marks: str) -> subprocess.Popen[bytes]:
    """A process with the marks of a run, known to be alive; without more marks as older versions left it."""
    program = "import sys; print('ready', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, RUN: run, STATE: str(state), **marks},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


def test_state_lies_in_files_below_the_state_folder_unless_a_backend_is_named(place: Workplace) -> None:
    assert place.url({}) == f"{(place.state / 'pulumi').as_uri()}?metadata=skip"
    assert place.url({BACKEND: "s3://bucket"}) == "s3://bucket"
    assert (
        Workplace(place.engine, place.state, backend="s3://mine").url({BACKEND: "s3://bucket"}) == "s3://mine"
    )


def test_a_passphrase_is_made_once_and_readable_for_its_owner_only(place: Workplace) -> None:
    with ThreadPoolExecutor(8) as threads:
        named = set(threads.map(lambda _: place.variables(ambient=AMBIENT)[PASSPHRASE_FILE], range(8)))
    content = place.passphrase.read_text()

    assert named == {str(place.passphrase)}
    assert stat.S_IMODE(place.passphrase.stat().st_mode) == 0o600
    assert len(content) > 40
    assert list(place.folder.iterdir()) == [place.passphrase]
    assert content not in str(place.variables(ambient=AMBIENT))


def test_a_passphrase_of_the_environment_is_taken_and_none_is_made(place: Workplace) -> None:
    variables = place.variables(ambient=AMBIENT | {PASSPHRASE: "mine"})

    assert PASSPHRASE_FILE not in variables
    assert not place.passphrase.exists()


def test_processes_are_marked_with_their_run_only_when_it_changes_something(place: Workplace) -> None:
    looking = Workplace(place.engine, place.state)

    assert place.variables(Path("plan.json"), AMBIENT)[RUN] == "now"
    assert place.variables(Path("plan.json"), AMBIENT)[STATE] == str(place.state)
    assert place.variables(Path("plan.json"), AMBIENT)[PLAN] == str(Path.cwd() / "plan.json")
    assert RUN not in looking.variables(ambient=AMBIENT)


@needs_processes()
def test_only_what_a_dead_run_left_on_the_same_state_is_ended(
    place: Workplace, processes: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    left = a_process(run="before", state=place.state)
    ours = a_process(run="now", state=place.state)
    others = a_process(run="before", state=tmp_path / "elsewhere")
    processes.extend((left, ours, others))

    ended = end_leftovers(place)

    assert ended == (left.pid,)
    assert left.wait() == -signal.SIGTERM
    assert (ours.poll(), others.poll()) == (None, None)


@needs_processes()
def test_runs_of_other_environments_and_later_ones_of_the_same_go_on(
    place: Workplace, processes: list[subprocess.Popen[bytes]]
) -> None:
    """Two environments are changed at once: one that starts again ends its own past only."""
    left = a_process(run="before", state=place.state, **{ENVIRONMENT: "lab", NUMBER: "6"})
    other = a_process(run="else", state=place.state, **{ENVIRONMENT: "lab-2", NUMBER: "3"})
    later = a_process(run="after", state=place.state, **{ENVIRONMENT: "lab", NUMBER: "8"})
    processes.extend((left, other, later))

    ended = end_leftovers(place)

    assert ended == (left.pid,)
    assert (other.poll(), later.poll()) == (None, None)


@needs_processes()
def test_carrying_out_ends_nobody_once_it_has_looked(
    place: Workplace, processes: list[subprocess.Popen[bytes]]
) -> None:
    """What a dead run left is ended once, before anything is looked at: later is too late for the preview."""
    late = a_process(run="before", state=place.state)
    processes.append(late)

    assert up(place, a_small_plan(), previews=()) == ()

    assert late.poll() is None
