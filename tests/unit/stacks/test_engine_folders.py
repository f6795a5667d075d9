"""What plugins write into temporary files goes with the run, also with one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stacks.engine.folders import VARIABLE, clear_dead_folders, private_folder

RUN = """
from stacks.engine.folders import private_folder
with private_folder() as folder:
    (folder / "kubeconfig123").write_text("a key")
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's folder for temporary files, of this test alone."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def a_run() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    with subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        try:
            yield run, Path(run.stdout.readline().strip())
        finally:
            run.kill()


def test_the_folder_is_for_its_owner_alone_and_goes_with_what_is_in_it(around: Path) -> None:
    with private_folder() as folder:
        (folder / "kubeconfig123").write_text("a key")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert clear_dead_folders() == 0

    assert list(around.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_and_what_a_living_one_holds_is_not(around: Path) -> None:
    with a_run() as (killed, left), a_run() as (_living, held):
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert (left / "kubeconfig123").exists()

        cleared = clear_dead_folders()

        assert cleared == 1
        assert not left.exists()
        assert (held / "kubeconfig123").exists()


def test_a_link_that_somebody_planted_is_not_followed(
    around: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    (around / "tricenter-engine-planted").symlink_to(elsewhere)

    assert clear_dead_folders() == 0
    assert (elsewhere / "kept").exists()
