"""A program behind a door brings all it needs along, and takes no module from where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.probes.doors import ask


def test_a_program_runs_where_nothing_of_ours_is_and_others_lie_in_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "random", "asyncio", "cmp", "dns", "runpy", "tempfile", "zipfile", "socket"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f".:{tmp_path}")

    told = ask((), "cmp.probes.names", {"questions": [], "wait": 1.0})

    assert told == {"answers": [], "zones": []}
    assert not (tmp_path / "mark").exists()
