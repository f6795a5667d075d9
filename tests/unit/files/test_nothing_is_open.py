"""Whatever the umask, others may neither read nor write what Tricenter keeps, but what is meant for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.open_files import MEANT_FOR_OTHERS, UMASKS, everything, open_to_others, under

KEPT = {
    "plans",
    "applied",
    "journals",
    "migrations",
    "keys",
    "crashes",
    "apply.lock",
    "ipam.sqlite",
    "ipam.sqlite.lock",
}
HANDED = ("plan.json", "move.json")
WRITABLE = 0o022


@pytest.mark.parametrize("umask", UMASKS, ids=lambda umask: f"{umask:03o}")
def test_no_file_that_is_kept_is_open_to_others(umask: int, tmp_path: Path) -> None:
    state, out = tmp_path / "state", tmp_path / "out"

    with under(umask):
        everything(state, out)

    assert {path.name for path in state.iterdir()} == KEPT
    assert open_to_others(state) == {}
    handed = open_to_others(out)
    assert not {name: mode for name, mode in handed.items() if mode & WRITABLE}
    files = [name for name in handed if (tmp_path / name).is_file()]
    assert {Path(name).suffix for name in files} == (MEANT_FOR_OTHERS if umask == 0 else set())
    assert all((out / name).is_file() for name in HANDED)


def test_a_file_that_is_open_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    (folder / "plan.json").write_text("")
    (folder / "plan.json").chmod(0o640)

    assert open_to_others(folder) == {"state/plan.json": 0o040}
