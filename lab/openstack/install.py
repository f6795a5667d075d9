"""Installs the published services into an environment of their own, once per lock file."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.base import Report
from lab.folder import locked
from toolchain.shelf import Shelf
from toolchain.uv import ensure_uv

_LOCK = Path(__file__).with_name("requirements.lock")
_COMPLETE = "complete"
_DIGEST_LENGTH = 12


def install(toolchain: Path, report: Report) -> Path:
    """Make sure that the services' environment is complete, and return its folder.

    An interrupted installation is taken up where it was left: the environment counts only once its
    last step has left a mark.

    Raises:
        TryLater: a package could not be had.
    """
    venv = place(toolchain)
    if (venv / _COMPLETE).exists():
        return venv
    with locked(
        toolchain / "openstack.lock", on_wait=lambda: report("another command installs the services")
    ):
        if not (venv / _COMPLETE).exists():
            report("installing the OpenStack services (once, about half a minute)")
            _fill(venv, ensure_uv(Shelf(toolchain.absolute()), report))
            (venv / _COMPLETE).touch()
    return venv


def place(toolchain: Path) -> Path:
    """Tell where the services' environment belongs, there or not: one per lock file."""
    digest = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:_DIGEST_LENGTH]
    return toolchain.absolute() / f"openstack-{digest}"


def _fill(venv: Path, uv: Path) -> None:
    """Install exactly what the lock file lists; it is complete, so nothing is resolved.

    Left out of the lock is numpy, which only nova's console proxies want.
    """
    python = venv / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-I", "-m", "venv", "--without-pip", str(venv)])
    options = ["--require-hashes", "--no-deps", "--compile-bytecode"]
    _run([str(uv), "pip", "install", "--quiet", "--python", str(python), *options, "-r", str(_LOCK)])


def _environment() -> dict[str, str]:
    """Everything of ours, proxies and indexes too, but what would bend the new environment."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _run(command: list[str]) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        reason = "; ".join(dict.fromkeys((lines[0], lines[-1])))
        raise TryLater(
            Sentence("the OpenStack services could not be installed: {reason}", reason=reason),
            hint="run the same command again",
        )
