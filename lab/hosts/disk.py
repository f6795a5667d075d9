"""Keeps each node's own disk: the upper layers of what it sees as /etc, /var/lib and /usr/local."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

LAYERS = {"/etc": "etc", "/var/lib": "var-lib", "/usr/local": "usr-local"}
"""What lasts over a boot, and the folder that it is kept in."""

_OPAQUE = ("/etc/network/if-up.d", "/etc/network/if-down.d", "/etc/network/if-pre-up.d")
_OPAQUE_MORE = ("/etc/network/if-post-down.d", "/etc/network/interfaces.d", "/etc/ssh/sshd_config.d")
_OPAQUE_OWN = ("/etc/tricenter", "/etc/sysctl.d")
EMPTIED = (*_OPAQUE, *_OPAQUE_MORE, *_OPAQUE_OWN)
"""Folders in which a node starts with nothing of the machine's."""

_SECRET = 0o600
_READABLE = 0o644


def is_made(folder: Path) -> bool:
    """True once a node's disk holds all that it starts with."""
    return (folder / "made").exists()


def make(folder: Path, files: Mapping[str, str]) -> None:
    """Make a node's disk in its folder; one that was begun is finished."""
    for name in LAYERS.values():
        (folder / name / "upper").mkdir(parents=True, exist_ok=True)
        (folder / name / "work").mkdir(exist_ok=True)
        (folder / name / "upper").chmod(0o755)
    for path in EMPTIED:
        if Path(path).is_dir():
            os.setxattr(_folder(folder, Path(path)), "trusted.overlay.opaque", b"y")
    for path, text in files.items():
        _write(folder, Path(path), text)
    (folder / "made").touch()


def place(folder: Path, path: Path) -> Path:
    """Where a path of the node is kept while its disk alone decides what is there.

    Raises:
        ValueError: the path does not last over a boot.
    """
    for seen, name in LAYERS.items():
        if path.is_relative_to(seen):
            return folder / name / "upper" / path.relative_to(seen)
    raise ValueError(f"{path} does not last: only {', '.join(LAYERS)} do")


def mounts(folder: Path) -> tuple[str, ...]:
    """Shell lines that lay a node's disk over what the machine has."""
    return tuple(
        f"mount -t overlay -o lowerdir={seen},upperdir='{folder / name}/upper',workdir='{folder / name}/work'"
        f" overlay {seen}"
        for seen, name in LAYERS.items()
    )


def _write(folder: Path, path: Path, text: str) -> None:
    kept = _folder(folder, path.parent) / path.name
    kept.unlink(missing_ok=True)
    secret = path.name.endswith("_key") or path.parent.name == "frr"
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET), "w") as file:
        file.write(text)
    kept.chmod(_SECRET if secret else _READABLE)
    if path.parent.name == "frr":
        shutil.chown(kept, "frr", "frr")


def _folder(folder: Path, path: Path) -> Path:
    """Make a folder with the owner and mode it has on the machine, if it is there."""
    kept = place(folder, path)
    if not kept.is_dir():
        if str(path) not in LAYERS:
            _folder(folder, path.parent)
        kept.mkdir()
        if path.is_dir():
            shutil.copymode(path, kept)
            there = path.stat()
            os.chown(kept, there.st_uid, there.st_gid)
    return kept
