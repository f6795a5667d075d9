"""Runs the engine so that its stacks, histories and backups are for nobody else, whatever our umask."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final

from pulumi import automation
from pulumi.automation import CommandResult, OnOutput

ALONE: Final = 'umask 077 && exec "$0" "$@"'
SWITCHES: Final = re.compile(r"PULUMI_K8S_[A-Z0-9_]+")
"""What a shell may hold to have a provider forget objects of a cluster that does not answer, or take fields
from others: no run of ours is decided by it."""

ASKS_NOBODY: Final = "--non-interactive"


class PrivateCommand(automation.PulumiCommand):
    """The engine under a umask of its own: a shell sets it, then becomes the engine.

    A umask belongs to a whole process, and ours has threads that write what others may read.
    """

    def __init__(self, root: str | None) -> None:
        super().__init__(root)
        self._engine = self.command
        self.command = "sh"  # not its path: the folder of a path is put before everything on PATH

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Run one command of the engine; what it says and how it fails is as the engine's own class tells."""
        words = [] if ASKS_NOBODY in args else [ASKS_NOBODY]
        line = forgetting(os.environ) + ALONE
        return super().run(
            ["-c", line, self._engine, *words, *args], cwd, additional_env, on_output, on_error
        )


def forgetting(ambient: Mapping[str, str]) -> str:
    """The beginning of a shell line that takes a provider's switches out of the engine's environment."""
    names = sorted(name for name in ambient if SWITCHES.fullmatch(name))
    return f"unset {' '.join(names)} && " if names else ""
