"""The doctor tells whether the search is compiled, and what keeps it from being kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.at_hand import means_at

from cmp.services.machine import examine
from toolchain.doctor import Check

pytestmark = pytest.mark.enable_socket  # the doctor opens ports on the loopback address


def native_code(folder: Path) -> Check:
    """What the doctor says of it."""
    return next(check for check in examine(means_at(folder / "state")).checks if check.name == "native code")


def test_where_native_code_is_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    found = native_code(tmp_path)

    assert found.ok
    assert f"0 of 5 parts of the search are compiled in {tmp_path}/cache/tricenter/native" in found.found
    assert "doctor --warm" in found.found


def test_a_cache_folder_that_others_may_write_to_is_a_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache" / "tricenter" / "native"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    found = native_code(tmp_path)

    assert not found.ok
    assert "chmod go-w" in found.found
