"""Refuses to start a host lab where it cannot run, with the remedy, before anything is touched."""

from __future__ import annotations

import os
from pathlib import Path

from cmp.errors import Refused, TryLater
from cmp.sentences import Sentence
from lab.hosts.disk import LAYERS
from lab.hosts.features import check
from toolchain.host_lab import install_command, missing_packages

_HIDDEN = (*LAYERS, "/run", "/var/log", "/var/tmp", "/proc", "/sys")  # noqa: S108 - nothing is written there
"""What a node sees its own of: a lab that lay there would hide its own disks."""


def refuse_without_root() -> None:
    """Refuse to go on as an ordinary user.

    Raises:
        Refused: we are not root.
    """
    if os.geteuid() != 0:
        raise Refused(
            "the host lab makes network namespaces, which only root may do",
            hint="run the command as root, or go without the lab: nothing else needs it",
        )


def refuse_unable(folder: Path, *programs: str) -> tuple[str, ...]:
    """Check user, programs, folder and kernel; tells the known gaps that this machine has.

    `programs` are those that this lab needs beside what every one does.

    Raises:
        Refused: we are not root, or the lab's folder lies where its nodes have their own files.
        TryLater: a package or a feature of the kernel is missing.
    """
    refuse_without_root()
    if missing := missing_packages(*programs):
        raise TryLater(
            Sentence("the host lab needs the packages {names}", names=", ".join(missing)),
            hint=install_command(missing),
        )
    if hiding := [path for path in _HIDDEN if folder.absolute().is_relative_to(path)]:
        raise Refused(
            Sentence(
                "the host lab cannot keep its disks in {folder}: its nodes see their own {hiding}",
                folder=folder,
                hiding=hiding[0],
            ),
            hint="put the state elsewhere with --state DIR",
        )
    return check(folder)
