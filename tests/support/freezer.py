"""Stops processes as a suspended machine does: the kernel's freezer gives them no turn meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

ONE = Path("/sys/fs/cgroup/freezer")
TWO = Path("/sys/fs/cgroup")
PATIENCE = 30.0


@contextmanager
def frozen(*processes: int) -> Iterator[None]:
    """These processes stand still while the block runs."""
    first = ONE.is_dir()
    group = (ONE if first else TWO) / f"tricenter-test-{uuid4().hex[:8]}"
    group.mkdir()
    homes = {process: _home(process, first=first) for process in processes}
    try:
        for process in processes:
            (group / "cgroup.procs").write_text(str(process))
        _turn(group, first=first, stop=True)
        yield
    finally:
        _turn(group, first=first, stop=False)
        for process, home in homes.items():
            if Path(f"/proc/{process}").exists():
                (home / "cgroup.procs").write_text(str(process))
        _remove(group)


def _home(process: int, *, first: bool) -> Path:
    for line in Path(f"/proc/{process}/cgroup").read_text().splitlines():
        _number, controllers, path = line.split(":", 2)
        if ("freezer" in controllers.split(",")) if first else not controllers:
            return (ONE if first else TWO) / path.lstrip("/")
    return ONE if first else TWO


def _turn(group: Path, *, first: bool, stop: bool) -> None:
    if first:
        wanted = "FROZEN" if stop else "THAWED"
        (group / "freezer.state").write_text(wanted)
        _until(lambda: (group / "freezer.state").read_text().strip() == wanted, wanted)
    else:
        wanted = "1" if stop else "0"
        (group / "cgroup.freeze").write_text(wanted)
        _until(lambda: f"frozen {wanted}" in (group / "cgroup.events").read_text(), wanted)


def _until(question: object, what: str) -> None:
    assert callable(question)
    end = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < end, f"the freezer does not become {what}"
        time.sleep(0.05)  # noqa: TID251 - the poll of `_until`


def _remove(group: Path) -> None:
    _until(lambda: not (group / "cgroup.procs").read_text().strip(), "empty")
    group.rmdir()
