"""Lays out what ssh wants as files and options, for plays and first looks: keys that are believed."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cmp.model.ssh import JumpHost


@contextmanager
def laid_out(keys: bytes | None) -> Iterator[Path | None]:
    """A file of keys as OpenSSH writes them, as long as the block runs; None for None.

    It is a copy: whatever ssh writes into it is forgotten, and nobody changes it between two logins.
    """
    if keys is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="tricenter-keys-") as folder:
        path = Path(folder) / "known_hosts"
        path.write_bytes(keys)
        yield path


def checked_by(known_hosts: Path | None) -> tuple[str, ...]:
    """The options by which ssh believes the keys of a file and no others; none where it asks the user's."""
    return (f'UserKnownHostsFile="{known_hosts}"'.replace("%", "%%"),) if known_hosts else ()


def through(jump: JumpHost, checked: Sequence[str]) -> str:
    """The command by which ssh goes through another host, whose key is checked like all others."""
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"HostKeyAlias={jump.address}", *checked]
    words = ["ssh", *(word for option in options for word in ("-o", option))]
    return shlex.join([*words, "-p", str(jump.port), "-W", "[%h]:%p", "-l", jump.user, str(jump.address)])
