"""What a start costs is read off what commands say and what they leave in the cache."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from toolchain.bench_start import compiled, ran, size


def test_functions_are_counted_once_a_unit_is_done() -> None:
    said = (
        "compiling the search, once per machine and version: 0 of 160\n"
        "compiling the search, once per machine and version: 120 of 160\n"
        "compiling the search, once per machine and version: 160 of 160\n"
        "compiling the loads of the bound, once per machine and version: 2 of 2\n"
    )

    assert compiled(said) == {"search": 160, "loads of the bound": 2}
    assert compiled("") == {}


def test_seconds_are_of_the_processor_and_not_of_the_clock() -> None:
    started = time.monotonic()
    idle = ran([sys.executable, "-c", "import time, sys; time.sleep(1); sys.exit('slept')"], os.environ)

    assert idle.seconds < time.monotonic() - started
    assert (idle.code, idle.said) == (1, "slept\n")


def test_the_size_is_that_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "one").write_bytes(b"12345")
    (tmp_path / "two").write_bytes(b"123")

    assert size(tmp_path) == 8
