from __future__ import annotations

from pathlib import Path

from toolchain.bench import left_running


def test_only_marked_processes_are_counted_by_their_share_of_memory(tmp_path: Path) -> None:
    a_process(tmp_path, 11, "TRICENTER_BENCH=abc", kib=2048)
    a_process(tmp_path, 12, "TRICENTER_BENCH=other", kib=4096)
    a_process(tmp_path, 13, "HOME=/", kib=8192)

    assert left_running("abc", tmp_path) == {11: 2048 * 1024}


def test_a_process_that_ended_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "14").mkdir()

    assert left_running("abc", tmp_path) == {}


def a_process(proc: Path, number: int, variable: str, kib: int) -> None:
    folder = proc / str(number)
    folder.mkdir()
    (folder / "environ").write_bytes(b"A=1\0" + variable.encode() + b"\0")
    (folder / "smaps_rollup").write_text(f"Rss: 99999 kB\nPss: {kib} kB\nPss_Dirty: 5 kB\n")
