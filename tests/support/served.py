"""Runs the real `tricenter serve` and the people who ask it, each with a state folder of their own."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from support.command_line import ROOT, Answer, Running, Site

from lab.ports import is_free

CODE = re.compile(r"one-time code of the first (\w+) administrator: (\S+)")


@dataclass
class Served:
    """A service at an address; its process may be ended and started again."""

    site: Site
    port: int
    words: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[tuple[Running, dict[str, str]]]:
        """The process, once it serves, and the one-time codes that it told."""
        with self.site.start("serve", "--listen", f"127.0.0.1:{self.port}", *self.words) as process:
            assert process.until("serving "), process.told
            yield process, dict(CODE.findall(process.told))

    def client(self, folder: Path, token: str = "") -> Site:
        """Somebody who asks it; a token is logged in with, as people do."""
        variables = {**self.site.variables, "TRICENTER_SERVER": self.url}
        client = replace(self.site, state=folder, variables=variables)
        if token:
            assert said_to(client, token, "login").code == 0
        return client


def a_port() -> int:
    """A port of loopback that nobody listens on; processes beside each other begin at different ones."""
    return next(port for port in range(15_000 + os.getpid() % 4_000, 20_000) if is_free(port))


def people(served: Served, folder: Path, codes: dict[str, str], **roles: str) -> dict[str, Site]:
    """Accounts by name with one role each, made by a security administrator and logged in."""
    security = served.client(folder / "security")
    assert security.run("login", "--code", codes["security"], "--name", "security").code == 0
    found = {"security": security}
    for name, role in roles.items():
        made = security.run("--json", "accounts", "add", name, "--role", role)
        assert made.code == 0, made.said
        found[name] = served.client(folder / name, made.document["token"])
    return found


def said_to(site: Site, text: str, *words: str) -> Answer:
    """Run a command that reads from standard input."""
    ended = subprocess.run(
        [*site.program, "--state", str(site.state), "--lang", "en", *words],
        cwd=ROOT,
        env={**os.environ, **site.variables},
        input=f"{text}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=site.patience,
    )
    return Answer(ended.returncode, ended.stdout, ended.stderr)
