from __future__ import annotations

from pathlib import Path

from toolchain.bench import left_running


def test_only_processes_that_log_into_the_state_are_counted_by_their_share_of_memory(tmp_path: Path) -> None:
    state = tmp_path / "state"
    a_process(tmp_path, 11, str(state / "lab" / "nova.log"), kib=2048)
    a_process(tmp_path, 12, "/dev/null", kib=4096)
    a_process(tmp_path, 13, f"{state}-of-another/nova.log", kib=8192)

    assert left_running(state, tmp_path) == {11: 2048 * 1024}


def test_a_process_that_ended_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "14").mkdir()

    assert left_running(tmp_path / "state", tmp_path) == {}


def a_process(proc: Path, number: int, log: str, kib: int) -> None:
    folder = proc / str(number)
    (folder / "fd").mkdir(parents=True)
    (folder / "fd" / "1").symlink_to(log)
    (folder / "smaps_rollup").write_text(f"Rss: 99999 kB\nPss: {kib} kB\nPss_Dirty: 5 kB\n")
