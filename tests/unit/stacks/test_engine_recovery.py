from __future__ import annotations

import os
from pathlib import Path

import pytest
from pulumi import automation

from cmp.errors import Conflict
from stacks.engine.recovery import end_leftovers, unlocking
from stacks.engine.workplace import Workplace
from stacks.names import Project, StackName
from toolchain.engine import Engine
from toolchain.shelf import Origin

NAME = StackName(Project.WORKLOADS, "lab", "bj-a")
HOST = os.uname().nodename


class Locked:
    """A stack that somebody's lock keeps from changing until it is cancelled."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def change(self) -> str:
        if not self.cancelled:
            said = (
                "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) "
                f"to end or delete the lock file: created by root@{HOST} (pid {self.pid}) "
                "at 2026-11-23T15:00:00Z"
            )
            raise automation.ConcurrentUpdateError(automation.CommandResult(stdout="", stderr=said, code=255))
        return "changed"


def test_the_lock_of_a_process_that_died_is_removed() -> None:
    stack = Locked(pid=2**22 + 1)

    assert unlocking(stack, NAME, stack.change) == "changed"


def test_the_lock_of_a_process_that_lives_is_respected() -> None:
    stack = Locked(pid=os.getpid())

    with pytest.raises(
        Conflict, match=rf"workloads/lab.bj-a is being changed by root \(process {os.getpid()}"
    ):
        unlocking(stack, NAME, stack.change)
    assert not stack.cancelled


def test_a_sidecar_that_a_killed_engine_left_empty_is_removed(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "pulumi", None, "3.259.0", Origin.PATH, tmp_path)
    stacks = tmp_path / "pulumi" / ".pulumi" / "stacks" / "tricenter-foundation"
    stacks.mkdir(parents=True)
    for name, content in {
        "lab.bj-a.json": "{}",
        "lab.bj-a.json.attrs": "",
        "lab.bj-b.json.attrs": "{}",
        "lab-2.bj-a.json.attrs": "",
    }.items():
        (stacks / name).write_text(content)

    assert end_leftovers(Workplace(engine, tmp_path, run="this-run", environment="lab", number=2)) == ()

    assert {path.name for path in stacks.iterdir()} == {
        "lab.bj-a.json",
        "lab.bj-b.json.attrs",
        "lab-2.bj-a.json.attrs",
    }
