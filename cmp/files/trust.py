"""Judges by owner and permissions whether somebody else could have put a file or folder where it is found."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from cmp.errors import NotOurs
from cmp.sentences import Sentence

ROOT: Final = 0
ELSEWHERE: Final = "name another with --state, in a folder that is yours alone"
ACCESS_LIST: Final = "system.posix_acl_access"


def is_trusted(uid: int) -> bool:
    """True for root, who may do everything anyway, and for whoever this process runs as."""
    return uid in {ROOT, os.geteuid()}


def judge_owner(found: os.stat_result, path: Path) -> None:
    """Refuse what belongs to somebody who is neither root nor us.

    Raises:
        NotOurs: it belongs to another user.
    """
    if not is_trusted(found.st_uid):
        raise NotOurs(
            Sentence(
                "{path} belongs to {st_uid}, who may put anything in its place",
                path=path,
                st_uid=name_of(found.st_uid),
            ),
            hint=ELSEWHERE,
        )


def judge_way(handle: int, path: Path) -> None:
    """Refuse a folder in which others could exchange what lies on our way; a sticky one lets nobody.

    Raises:
        NotOurs: others may write to it, or it belongs to another user.
    """
    found = os.fstat(handle)
    judge_owner(found, path)
    if not found.st_mode & stat.S_ISVTX and others_may_write(found, path):
        raise NotOurs(
            Sentence("others may write to the folder {path}, and put anything there", path=path),
            hint=Sentence("chmod go-w {path}, or {ELSEWHERE}", path=path, ELSEWHERE=ELSEWHERE),
        )


def judge_file(found: os.stat_result, path: Path) -> None:
    """Refuse what is no plain file of ours alone.

    Raises:
        NotOurs: it is a link, a pipe, a device; another user's; or others may write to it.
    """
    if not stat.S_ISREG(found.st_mode):
        raise NotOurs(
            Sentence("{path} is {st_mode}, no plain file", path=path, st_mode=kind_of(found.st_mode)),
            hint="look who put it there",
        )
    judge_owner(found, path)
    if others_may_write(found, path):
        raise NotOurs(
            Sentence("others may write to {path}: it may say what they want", path=path),
            hint=Sentence("look at what it says, then chmod 600 {path}", path=path),
        )


def others_may_write(found: os.stat_result, path: Path) -> bool:
    """True unless only root and we may; a group without any other member counts for us alone."""
    mode = found.st_mode
    return bool(mode & stat.S_IWOTH or (mode & stat.S_IWGRP and not _is_private_group(found.st_gid, path)))


def _is_private_group(gid: int, path: Path) -> bool:
    """True for the group that many systems give each user: named as the user, and nobody else's.

    Where an access list says more than the permissions do, a group's permission means whoever is listed.
    """
    with suppress(OSError):
        if ACCESS_LIST in os.listxattr(path, follow_symlinks=False):
            return False
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return (user.pw_gid, user.pw_name) == (gid, group.gr_name) and set(group.gr_mem) <= {user.pw_name}


def kind_of(mode: int) -> str:
    """What a file is, in words."""
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "a file")


def name_of(uid: int) -> str:
    """A user's name, or number where nobody is called so."""
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"user {uid}"
