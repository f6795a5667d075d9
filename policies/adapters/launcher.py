"""Is what the engine starts as `pulumi-analyzer-policy-tricenter`: see `toolchain.nursery`."""

from __future__ import annotations

import os
import sys

from toolchain.nursery.asking import run as ask

HOST = "pulumi.policy"
"""The SDK's policy host, which runs the pack in the folder the engine chose."""


def run() -> None:
    """Serve the engine from a fork of the nursery, or become the policy host."""
    ask(HOST, _alone)


def _alone() -> None:
    """`-P` keeps the pack's folder from shadowing installed packages."""
    os.execv(sys.executable, [sys.executable, "-u", "-P", "-m", HOST, *sys.argv[1:]])  # noqa: S606
