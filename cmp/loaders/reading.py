"""Reads the files of an environment and remembers each with its hash, and every problem met on the way."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cmp.errors import NotOurs, Problem
from cmp.files.placing import read_given
from cmp.loaders.composing import compose
from cmp.model.codes import Code
from cmp.ports.tree import Node, Place

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of one file; the reference environment's largest has a hundredth of it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read: `name` as problems show it, `key` relative to the environment's folder.

    `shipped` files come with the program, all others lie in the environment or in what it extends.
    """

    path: Path
    key: str
    shipped: bool = False
    shown: str = ""

    @property
    def name(self) -> str:
        """The path as it was given, or what the environment is called instead with its place in it."""
        return f"{self.shown}/{self.key}" if self.shown else str(self.path)

    @property
    def top(self) -> Place:
        """The file's beginning."""
        return Place(self.name, 1, 1)


@dataclass(slots=True)
class Reader:
    """Reads files; `digests` (key to SHA-256) and `problems` grow with every one.

    `contents` has the bytes of those files that do not come with the program.
    `roots` are the folders of the environment and of what it extends: no link leads out of them.
    """

    roots: list[Path] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict, repr=False)
    problems: list[Problem] = field(default_factory=list)
    shown: str = ""
    """What the environment is called, where it is not its folder that people know it by."""

    def add(self, *problems: Problem) -> None:
        """Take in what a model objects to, but for values that the text itself was wrong about."""
        told = {(problem.file, problem.line, problem.column) for problem in self.problems}
        self.problems.extend(
            problem for problem in problems if (problem.file, problem.line, problem.column) not in told
        )

    def content(self, file: File, largest: int = LARGEST) -> bytes | None:
        """The bytes of a file; None, and a problem, where it cannot be read or lies outside."""
        if objection := self.outside(file):
            self.problems.append(file.top.problem(Code.OUTSIDE, *objection))
            return None
        try:
            content = read_given(_real(file.path), largest + 1)
        except (OSError, ValueError, NotOurs) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            message = f"the file cannot be read: {reason[:1].lower()}{reason[1:]}"
            hint = "put a plain file there that you may read"
            self.problems.append(file.top.problem(Code.UNREADABLE, message, hint))
            return None
        if len(content) > largest:
            message = f"the file is larger than {largest} bytes"
            self.problems.append(file.top.problem(Code.TOO_LARGE, message))
            return None
        self.digests[file.key] = hashlib.sha256(content).hexdigest()
        if not file.shipped:
            self.contents[file.key] = content
        return content

    def outside(self, file: File) -> tuple[str, str] | None:
        """Where a link leads that leaves the environment, as message and hint; None where all is well."""
        real = _real(file.path)
        if file.shipped or any(real.is_relative_to(root) for root in self.roots):
            return None
        message = f"`{file.key}` leads to {real}, outside the environment and what it extends"
        return message, "put the file itself there, or extend the environment that it lies in"

    def text(self, file: File, largest: int = LARGEST) -> str | None:
        """The text of a file; None, and a problem, where there is none."""
        content = self.content(file, largest)
        return None if content is None else self.decoded(file, content)

    def decoded(self, file: File, content: bytes) -> str | None:
        """Bytes as UTF-8 text; None, and a problem at the first wrong byte, where they are not."""
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line = before.count(b"\n") + 1
            column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
            message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
            self.problems.append(Place(file.name, line, column).problem(Code.NOT_UTF8, message))
            return None

    def document(self, file: File) -> Node | None:
        """The tree of a YAML file; None, and at least one problem, where it cannot be read to its end."""
        text = self.text(file)
        return None if text is None else self.composed(file, text)

    def composed(self, file: File, text: str) -> Node | None:
        """The tree of a YAML text that came from `file`."""
        node, problems = compose(text, file.name)
        self.problems.extend(problems)
        return node


def _real(path: Path) -> Path:
    """Where a path leads in the end; itself where links go in a circle or no file can be called so."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path
