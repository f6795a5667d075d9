"""Keeps each node's own disk: the upper layers over the machine's own files, or over a golden Debian."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LAYERS = {"/etc": "etc", "/var/lib": "var-lib", "/usr/local": "usr-local"}
"""What lasts over a boot of a bare namespace, and the folder that it is kept in."""

_OPAQUE = ("/etc/network/if-up.d", "/etc/network/if-down.d", "/etc/network/if-pre-up.d")
_OPAQUE_MORE = ("/etc/network/if-post-down.d", "/etc/network/interfaces.d", "/etc/ssh/sshd_config.d")
_OPAQUE_OWN = ("/etc/tricenter", "/etc/sysctl.d")
EMPTIED = (*_OPAQUE, *_OPAQUE_MORE, *_OPAQUE_OWN)
"""Folders in which a node starts with nothing of the machine's."""

_SECRET = 0o600
_READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Base:
    """What a disk lies over: `root` is where that is seen from outside, `layers` what lasts of it."""

    root: Path
    layers: Mapping[str, str]
    emptied: tuple[str, ...] = ()


MACHINE = Base(Path("/"), LAYERS, EMPTIED)


def over(tree: Path) -> Base:
    """A whole system's disk over a golden tree: everything lasts."""
    return Base(tree, {"/": "root"})


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands on a disk before its first boot: texts and targets of symbolic links, by path."""

    files: Mapping[str, str]
    links: Mapping[str, str] = field(default_factory=dict)


def is_made(folder: Path) -> bool:
    """True once a node's disk holds all that it starts with."""
    return (folder / "made").exists()


def make(folder: Path, contents: Contents, base: Base = MACHINE) -> None:
    """Make a node's disk in its folder; one that was begun is finished."""
    for name in base.layers.values():
        (folder / name / "upper").mkdir(parents=True, exist_ok=True)
        for other in ("work", "merged"):
            (folder / name / other).mkdir(exist_ok=True)
        (folder / name / "upper").chmod(0o755)
    for path in base.emptied:
        if Path(path).is_dir():
            os.setxattr(_folder(folder, Path(path), base), "trusted.overlay.opaque", b"y")
    for path, text in contents.files.items():
        _write(folder, Path(path), text, base)
    for path, target in contents.links.items():
        kept = _folder(folder, Path(path).parent, base) / Path(path).name
        kept.unlink(missing_ok=True)
        kept.symlink_to(target)
    (folder / "made").touch()


def place(folder: Path, path: Path, base: Base = MACHINE) -> Path:
    """Where a path of the node is kept while its disk alone decides what is there.

    Raises:
        ValueError: the path does not last over a boot.
    """
    for seen, name in base.layers.items():
        if path.is_relative_to(seen):
            return folder / name / "upper" / path.relative_to(seen)
    raise ValueError(f"{path} does not last: only {', '.join(base.layers)} do")


def mounts(folder: Path) -> tuple[str, ...]:
    """Shell lines that lay a node's disk over what the machine has."""
    return tuple(
        f"mount -t overlay -o lowerdir={seen},upperdir='{folder / name}/upper',workdir='{folder / name}/work'"
        f" overlay {seen}"
        for seen, name in LAYERS.items()
    )


def _write(folder: Path, path: Path, text: str, base: Base) -> None:
    kept = _folder(folder, path.parent, base) / path.name
    kept.unlink(missing_ok=True)
    secret = path.name.endswith(("_key", ".nmconnection")) or path.parent.name in {"frr", "netplan"}
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET), "w") as file:
        file.write(text)
    kept.chmod(_SECRET if secret else _READABLE)
    if path.parent.name == "frr":
        shutil.chown(kept, "frr", "frr")


def _folder(folder: Path, path: Path, base: Base) -> Path:
    """Make a folder with the owner and mode it has below, if it is there."""
    kept = place(folder, path, base)
    if not kept.is_dir():
        if str(path) not in base.layers:
            _folder(folder, path.parent, base)
        kept.mkdir()
        below = base.root / path.relative_to("/")
        if below.is_dir():
            shutil.copymode(below, kept)
            there = below.stat()
            os.chown(kept, there.st_uid, there.st_gid)
    return kept
