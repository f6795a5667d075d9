"""Takes over how this machine gets packages: sources, proxies, indexes and certificates."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

SYSTEM = (
    *("etc/apt", "usr/share/keyrings", "usr/local/share/ca-certificates"),
    *("etc/pip.conf", "etc/uv", "etc/npmrc", "etc/resolv.conf", "etc/hosts"),
)
"""Below the root folder."""
PERSONAL = (".config/pip", ".pip", ".config/uv", ".config/go/env", ".npmrc")
"""Below the home folder. What a package tool keeps there of its own, caches above all, stays behind."""

VARIABLES = re.compile(
    r"PIP_.*|UV_.*|GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE|INSECURE|AUTH|VCS)|npm_config_.*|.*_proxy"
    r"|.*_(CA_)?(CERT|CERTS|BUNDLE|CAINFO)|SSL_CERT_(FILE|DIR)",
    re.IGNORECASE,
)
HOME = Path("root")
"""The home folder of a tree's only user, below the tree."""


def take_over(
    tree: Path, home: Path, environment: Mapping[str, str], machine: Path = Path("/")
) -> dict[str, str]:
    """Copy a machine's settings into a tree; returns the variables that belong to them.

    Args:
        tree: the root folder of another Debian.
        home: the home folder of who runs this.
        environment: the variables here. One that names a file takes that file along, such as a bundle of
            certificates; one that names a folder which the tree does not have stays behind.
        machine: the root folder of the machine that has the settings.
    """
    kept = {name: value for name, value in environment.items() if VARIABLES.fullmatch(name)}
    named = [
        value[1:] for value in kept.values() if value.startswith("/") and (machine / value[1:]).is_file()
    ]
    for name in (*SYSTEM, *named):
        _copy(machine / name, tree / name)
    for name in PERSONAL:
        _copy(home / name, tree / HOME / name)
    return {name: value for name, value in kept.items() if _holds(tree, value)}


def _holds(tree: Path, value: str) -> bool:
    return not value.startswith("/") or (tree / value[1:]).exists()


def _copy(source: Path, target: Path) -> None:
    """Put a file or a folder in the place of what is there, links as what they lead to, if there is one."""
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore_dangling_symlinks=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy2(source, target)
