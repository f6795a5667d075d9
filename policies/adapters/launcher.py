"""Starts the policy pack when the engine asks for `pulumi-analyzer-policy-tricenter`."""

from __future__ import annotations

import os
import sys


def run() -> None:
    """Become the SDK's policy host, which runs the pack in the folder the engine chose.

    `-P` keeps that folder from shadowing installed packages.
    """
    os.execv(sys.executable, [sys.executable, "-u", "-P", "-m", "pulumi.policy", *sys.argv[1:]])  # noqa: S606
