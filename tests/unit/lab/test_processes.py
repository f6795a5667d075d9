"""A process is known by pid and start time; records of it may be torn or stale."""

import os
from pathlib import Path

from lab.processes import Process, environment, recorded, start_time


def test_a_process_with_another_start_time_is_somebody_else() -> None:
    started = start_time(os.getpid())

    assert started is not None
    assert Process("me", os.getpid(), started).is_running
    assert not Process("before me", os.getpid(), started - 1).is_running


def test_a_torn_record_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "whole.json").write_text('{"name": "whole", "pid": 1, "started": 2}')
    (tmp_path / "torn.json").write_text('{"name": "torn", "pi')

    assert recorded(tmp_path) == (Process("whole", 1, 2),)


def test_servers_get_neither_proxies_nor_credentials() -> None:
    assert not {"HTTP_PROXY", "http_proxy", "AWS_SECRET_ACCESS_KEY", "OS_PASSWORD"} & set(environment())
