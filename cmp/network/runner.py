"""Runs a play by ansible-runner and tells what each host answered; the only module that starts plays."""

from __future__ import annotations

import os
import shlex
import stat
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import ansible_runner

from cmp.errors import TryLater
from cmp.installation import AGAIN, HERE

PLAYBOOKS: Final = HERE.shipped("playbooks")
SECONDS: Final = 600
"""A play that takes longer is stopped: `run` itself has no end when a connection hangs."""

ENDINGS: Final = frozenset(("runner_on_ok", "runner_on_failed", "runner_on_unreachable"))


class Hears(Protocol):
    """Is told of each host while a play runs."""

    def begin(self, host: str) -> None:
        """A task begins on this host."""
        ...

    def end(self, host: str) -> None:
        """A task has ended on this host."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """A host as a play reaches it; `variables` are Ansible's."""

    name: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a play did: per host the result of its last task, and who failed or was not reached.

    `counted` is False where Ansible ended before it counted: then nothing about any host is certain.
    """

    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    unreachable: Mapping[str, str] = field(default_factory=dict)
    counted: bool = False
    said: str = ""
    changed: Mapping[str, int] = field(default_factory=dict)
    """How many tasks changed something on each host that was reached."""

    def trouble(self, hosts: Sequence[str]) -> Mapping[str, str]:
        """Why each host of a wave is not done; a host nobody heard of counts as one that failed."""
        found = {**self.failed, **self.unreachable}
        if not self.counted:
            return {host: found.get(host, f"the play ended early: {self.said}") for host in hosts}
        return {
            host: found.get(host, "the play says nothing of it")
            for host in hosts
            if host in found or host not in self.results
        }


def play(
    playbook: str,
    hosts: Sequence[Host],
    variables: Mapping[str, Any],
    *,
    door: Sequence[str] = (),
    forks: int = 10,
    hears: Hears | None = None,
) -> Outcome:
    """Run a playbook below `playbooks/` on some hosts.

    Args:
        playbook: its path below `playbooks/`.
        hosts: who takes part; nobody else is known to the play.
        variables: extra variables, the strongest of Ansible's.
        door: a command that runs another one where the hosts can be reached from.
        forks: how many hosts at a time.
        hears: is told when a task begins on a host and when it has ended there, however it did.

    Raises:
        TryLater: Ansible could not be started.
    """
    heard = _Listener(hears)
    with tempfile.TemporaryDirectory(prefix="tricenter-play-") as folder:
        inventory = {"all": {"hosts": {host.name: dict(host.variables) for host in hosts}}}
        try:
            runner = ansible_runner.run(
                private_data_dir=folder,
                project_dir=str(PLAYBOOKS),
                playbook=str(PLAYBOOKS / playbook),
                inventory=inventory,
                extravars=dict(variables),
                forks=forks,
                timeout=SECONDS,
                quiet=True,
                json_mode=False,
                event_handler=heard.event,
                envvars={
                    "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
                    "PATH": _path(Path(folder), door),
                },
                settings={"suppress_ansible_output": True},
            )
        except (OSError, ansible_runner.exceptions.AnsibleRunnerException) as error:
            raise TryLater(f"Ansible cannot be started: {error}", hint=HERE.remedy("sync", AGAIN)) from error
        said = f"{runner.status}: {_last_lines(runner.stdout)}" if runner.rc else ""
    return heard.outcome(said)


class _Listener:
    """Gathers what a play says of each host while it runs."""

    def __init__(self, hears: Hears | None) -> None:
        self._hears = hears
        self._results: dict[str, Mapping[str, Any]] = {}
        self._failed: dict[str, str] = {}
        self._unreachable: dict[str, str] = {}
        self._counted = False
        self._changed: Mapping[str, int] = {}

    def event(self, event: Mapping[str, Any]) -> bool:
        """Take one event; nothing of it is kept on disk."""
        data = event.get("event_data", {})
        host = data.get("host", "")
        match event.get("event"):
            case "runner_on_start" if self._hears is not None:
                self._hears.begin(host)
            case "runner_on_ok":
                self._results[host] = data.get("res", {})
            case "runner_on_failed" if not data.get("ignore_errors"):
                self._results[host] = data.get("res", {})
                self._failed[host] = str(data.get("res", {}).get("msg", "a task failed"))
            case "runner_on_unreachable":
                self._unreachable[host] = f"unreachable: {data.get('res', {}).get('msg', '')}".strip()
            case "playbook_on_stats":
                self._counted = True
                self._changed = dict(data.get("changed", {}))
        if self._hears is not None and event.get("event") in ENDINGS:
            self._hears.end(host)
        return False

    def outcome(self, said: str) -> Outcome:
        """What was heard in all."""
        return Outcome(self._results, self._failed, self._unreachable, self._counted, said, self._changed)


def _path(folder: Path, door: Sequence[str]) -> str:
    """Where programs are looked for: our own Ansible, or a script before it that goes through the door."""
    ours = HERE.scripts
    usual = f"{ours}:{os.environ.get('PATH', os.defpath)}"
    if not door:
        return usual
    script = folder / "door" / "ansible-playbook"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*door, str(ours / "ansible-playbook")])} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return f"{script.parent}:{usual}"


def _last_lines(stream: Any) -> str:
    try:
        with stream:
            return " ".join(stream.read().split())[-400:]
    except (OSError, ValueError):
        return ""
