"""Reads the files of an environment and remembers each with its hash, and every problem met on the way."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cmp.errors import Problem
from cmp.loaders.composing import compose
from cmp.loaders.tree import Node, Place
from cmp.model.codes import Code

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of one file; the reference environment's largest has a hundredth of it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read: `name` as problems show it, `key` relative to the environment's folder."""

    path: Path
    key: str

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def top(self) -> Place:
        """The file's beginning."""
        return Place(self.name, 1, 1)


@dataclass(slots=True)
class Reader:
    """Reads files; `digests` (key to SHA-256) and `problems` grow with every one."""

    digests: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, *problems: Problem) -> None:
        """Take in what a model objects to, but for values that the text itself was wrong about."""
        told = {(problem.file, problem.line, problem.column) for problem in self.problems}
        self.problems.extend(
            problem for problem in problems if (problem.file, problem.line, problem.column) not in told
        )

    def content(self, file: File, largest: int = LARGEST) -> bytes | None:
        """The bytes of a file; None, and a problem, where it cannot be read."""
        try:
            content = _read(file.path, largest)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            message = f"the file cannot be read: {reason[:1].lower()}{reason[1:]}"
            self.problems.append(file.top.problem(Code.UNREADABLE, message))
            return None
        if len(content) > largest:
            message = f"the file is larger than {largest} bytes"
            self.problems.append(file.top.problem(Code.TOO_LARGE, message))
            return None
        self.digests[file.key] = hashlib.sha256(content).hexdigest()
        return content

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


def _read(path: Path, largest: int) -> bytes:
    """Read at most one byte more than `largest` of a regular file, never waiting for a pipe or device.

    Raises:
        OSError: it cannot be opened or read.
        ValueError: it is no regular file, or its name cannot be one.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no regular file")
        return stream.read(largest + 1)
