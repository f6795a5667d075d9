from __future__ import annotations

import os

import pytest
from pulumi import automation

from cmp.errors import Conflict
from stacks.engine_recovery import unlocking
from stacks.names import Project, StackName

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
