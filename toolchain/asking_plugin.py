"""Asks a plugin of the engine which version it is: they have no option for it, only their own protocol."""

from __future__ import annotations

import os
import select
import subprocess
from pathlib import Path

_CALL = "/pulumirpc.ResourceProvider/GetPluginInfo"
_START_SECONDS = 20.0
_ANSWER_SECONDS = 10.0
_FIRST_TEXT = 0x0A
"""The tag of field 1, of variable length: the version in the answer (pulumirpc.PluginInfo)."""
_LONGEST = 0x7F


def version_of(program: Path) -> str | None:
    """The version that a provider says it is, as '4.25.0'; None where it does not start or answer.

    It is started without an engine, as a debugger would, tells its port on the loopback address, and ends
    with this question.
    """
    try:
        with subprocess.Popen(
            [program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_variables(),
        ) as process:
            try:
                return _asked(_port(process))
            finally:
                process.kill()
    except OSError:
        return None


def _variables() -> dict[str, str]:
    """Ours, but nothing by which it would look for a cluster."""
    return {**os.environ, "KUBECONFIG": os.devnull}


def _port(process: subprocess.Popen[bytes]) -> int:
    """The port that it prints as its first line; 0 where it prints none."""
    if process.stdout is None:
        return 0
    ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
    line = process.stdout.readline().strip() if ready else b""
    return int(line) if line.isdigit() else 0


def _asked(port: int) -> str | None:
    if not port:
        return None
    import grpc  # noqa: PLC0415 - slow to load, and seldom needed

    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            said: bytes = channel.unary_unary(_CALL)(b"", timeout=_ANSWER_SECONDS)
        except grpc.RpcError:
            return None
    return _version(said)


def _version(said: bytes) -> str | None:
    """The text of field 1 of a message; a version is short, so that its length is one byte."""
    if len(said) < 2 or said[0] != _FIRST_TEXT or said[1] > _LONGEST:  # noqa: PLR2004 - tag and length
        return None
    return said[2 : 2 + said[1]].decode("utf-8", "replace").removeprefix("v")
