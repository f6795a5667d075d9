"""All that a test may need of its machine: where something is missing it is skipped, and says what.

Skips are written here and nowhere else, so that `make test` installs every program that one asks for, and
`make test-fresh` can show that nothing is missing on a new machine.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from toolchain import host_lab
from toolchain.system_packages import PACKAGES, lacking


def lacks(*programs: str, root: bool = True) -> str:
    """What this machine lacks, in words; empty where nothing is missing.

    Raises:
        ValueError: no package that `make test` installs brings one of the programs.
    """
    missing = [f"no {program} (Debian: {PACKAGES[program]})" for program in lacking(*programs)]
    return ", ".join([*(["no root"] if root and os.geteuid() != 0 else []), *missing])


def needs(*programs: str, root: bool = True) -> pytest.MarkDecorator:
    """Skip without one of the programs, and unless told otherwise without root."""
    return _unless(lacks(*programs, root=root))


def skip_without(*programs: str, root: bool = True) -> None:
    """The same from within a fixture."""
    if reason := lacks(*programs, root=root):
        pytest.skip(reason)


def needs_host_lab() -> pytest.MarkDecorator:
    """Skip where the host lab cannot run; a kernel that lacks something fails."""
    return needs(*host_lab.PROGRAMS)


def skip_without_host_lab() -> None:
    """The same from within a fixture."""
    skip_without(*host_lab.PROGRAMS)


def needs_mounts() -> pytest.MarkDecorator:
    """Skip where a namespace of mounts cannot be made, as in most containers."""
    tried = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    return _unless("no right to mount" if tried.returncode else "")


def needs_processes() -> pytest.MarkDecorator:
    """Skip where processes cannot be found through /proc."""
    return _unless("" if Path("/proc/self/environ").exists() else "no /proc")


def _unless(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(reason), reason=reason)
