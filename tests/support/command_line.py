"""Runs the real `tricenter` in processes of its own, as people do, and ends them as accidents do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
TRICENTER = Path(sys.executable).with_name("tricenter")
PATIENCE = 850
"""Seconds that one command may take on a machine that has much else to do."""

WITHOUT_CLUSTERS = {"KUBERNETES": "0"}
"""Most stories are about servers, and clusters take minutes: those about clusters say so themselves."""

UNWANTED = ("OS_CLIENT_CONFIG_FILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PULUMI_BACKEND_URL")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that people see."""
        return self.out + self.err

    @property
    def refusal(self) -> str:
        """The closing sentence of a refusal."""
        return next((line for line in self.err.splitlines() if line.startswith("tricenter: ")), "")

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)


class Running:
    """A command at work, whose progress is read line by line; both its outputs come as one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        assert process.stdout
        self._told = process.stdout

    @property
    def told(self) -> str:
        """What was read of its output until now."""
        return "".join(self._lines)

    def after(self, lines: int) -> bool:
        """Read until so many lines of progress have been told; False when the command ended before."""
        while len(self._lines) < lines:
            line = self._told.readline()
            if not line:
                return False
            self._lines.append(line)
        return True

    def until(self, words: str) -> bool:
        """Read until a line has these words; False when none had."""
        while not any(words in line for line in self._lines):
            if not self.after(len(self._lines) + 1):
                return False
        return True

    def kill(self, *, group: bool) -> None:
        """End it without warning: with everything in its process group, or alone."""
        with suppress(ProcessLookupError):
            if group:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait(PATIENCE)
        self._told.close()

    def finish(self) -> Answer:
        """Wait for its end."""
        self._lines += self._told.readlines()
        code = self.process.wait(PATIENCE)
        return _checked(Answer(code, "", "".join(self._lines)))


@dataclass(frozen=True, slots=True)
class Site:
    """A state folder and the commands that are run on it."""

    state: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    program: Sequence[str] = (str(TRICENTER),)
    patience: float = PATIENCE

    def run(self, *words: object) -> Answer:
        """Run a command to its end; none may end in a traceback."""
        with self._started(words, subprocess.PIPE) as process:
            out, err = process.communicate(timeout=self.patience)
        return _checked(Answer(process.returncode, out, err))

    @contextmanager
    def start(self, *words: object) -> Iterator[Running]:
        """Start a command; what is left of it is ended with the block."""
        with self._started(words, subprocess.STDOUT) as process:
            running = Running(process)
            try:
                yield running
            finally:
                if process.poll() is None:
                    running.kill(group=True)

    def leftovers(self) -> list[str]:
        """The engine's processes that still work on this state, by their command lines."""
        mark = f"PULUMI_BACKEND_URL={(self.state.absolute() / 'pulumi').as_uri()}"
        return [_text(folder / "cmdline") for folder in _processes() if mark in _text(folder / "environ")]

    def is_quiet(self, within: float = 30) -> bool:
        """True when no process of the engine works on this state, now or a little later."""
        return wait_until(lambda: not self.leftovers(), within, pause=0.5)

    def _started(self, words: Sequence[object], errors: int) -> subprocess.Popen[str]:
        ambient = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        return subprocess.Popen(
            [*self.program, "--state", str(self.state), "--lang", "en", *map(str, words)],
            cwd=ROOT,
            env=ambient | WITHOUT_CLUSTERS | dict(self.variables),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )


def an_environment_of(folder: Path, workloads: Sequence[str], name: str = "small") -> Path:
    """Write an environment with some workloads of the reference: it stands on the same lab."""
    folder.mkdir(parents=True, exist_ok=True)
    reference = os.path.relpath(ROOT / "inventories" / "reference", folder)
    (folder / "environment.yaml").write_text(
        f"name: {name}\n"
        "title: {zh: 小, en: Small}\n"
        "bindings: lab\n"
        f"extends: {reference}\n"
        f"select: {{workloads: [{', '.join(workloads)}]}}\n"
    )
    return folder


def a_site(folder: Path, labs: Path) -> Site:
    """A fresh state folder that shares the labs of another one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lab").symlink_to(labs / "lab")
    return Site(folder)


def _checked(answer: Answer) -> Answer:
    assert "Traceback" not in answer.said, answer.said
    assert "unexpected" not in answer.refusal, answer.said
    return answer


def _processes() -> Iterator[Path]:
    yield from Path("/proc").glob("[0-9]*")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
