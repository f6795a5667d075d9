"""Runs the tools of the bootstrap and hands over what they print, line by line."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence

_LINES_IN_A_COMPLAINT = 3


def answer(
    argv: Sequence[str | Path], within: float = 20.0, variables: Mapping[str, str] | None = None
) -> str | None:
    """What a program prints on standard output within some seconds, or None when it fails or is missing.

    Args:
        argv: the program and its words.
        within: the seconds that it is given.
        variables: its environment; None: ours.
    """
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
            env=variables,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def follow(
    argv: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    each_line: Callable[[str], None],
) -> None:
    """Run a program to its end and pass each line of its two outputs on while it works.

    Raises:
        TryLater: it cannot be started or ends with an error; the sentence carries the last lines that
            say something, which single words such as the names of compiled packages do not.
    """
    last: deque[str] = deque(maxlen=_LINES_IN_A_COMPLAINT)
    sentences: deque[str] = deque(maxlen=_LINES_IN_A_COMPLAINT)
    words = [str(part) for part in argv]
    try:
        with subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout or ():
                last.append(line.strip())
                if " " in line.strip():
                    sentences.append(line.strip())
                each_line(line.rstrip())
    except OSError as problem:
        raise TryLater(
            Sentence("{words} cannot be started: {strerror}", words=words[0], strerror=problem.strerror)
        ) from problem
    if process.returncode != 0:
        raise TryLater(
            Sentence(
                "'{names} …' failed: {names2}",
                names=" ".join(words[:3]),
                names2=" / ".join(sentences or last),
            )
        )
