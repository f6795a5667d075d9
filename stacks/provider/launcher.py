"""Is what the engine starts as `pulumi-resource-tricenter`: see `toolchain.nursery`."""

from __future__ import annotations

import os

from toolchain.nursery.asking import run as ask

PROVIDER = "stacks.provider.main"


def run() -> None:
    """Serve the engine from a fork of the nursery, or from here."""
    ask(PROVIDER, _alone)


def _alone() -> None:
    from stacks.provider.main import leave_with, run  # noqa: PLC0415 - a fork has it imported already

    leave_with(os.getppid())
    run()
