"""Runs a play by ansible-runner and tells what each host answered; the only module that starts plays."""

from __future__ import annotations

import os
import re
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
from cmp.sentences import Sentence

PLAYBOOKS: Final = HERE.shipped("playbooks")
SECONDS: Final = 600
"""A play that takes longer is stopped: `run` itself has no end when a connection hangs."""

ENDINGS: Final = frozenset(("runner_on_ok", "runner_on_failed", "runner_on_unreachable"))

CLEAN: Final = {
    "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
    "ANSIBLE_HOST_KEY_CHECKING": "True",  # ansible-runner switches it off unless it is told
    "ANSIBLE_INVENTORY_ENABLED": "yaml",  # no other reader may try what this one refuses
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "True",
    "PYTHONPATH": "",
    "PYTHONSAFEPATH": "1",
}
"""What a play finds around it, whatever the caller has: no module comes from a current folder."""

UNSAFE: Final = "__ansible_unsafe"
"""Ansible's mark in JSON for a text that is never rendered; all others of inventories and variables are."""
HOST_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What Ansible takes for one host; it reads `[1:9]` as a range, `:` and `,` as a list."""


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
    """A host as a play reaches it; `variables` are Ansible's.

    Raises:
        ValueError: the name could be read as anything but one host.
    """

    name: str
    variables: Mapping[str, Any] = field(repr=False)
    """They may hold a password, so that nobody is shown them."""

    def __post_init__(self) -> None:
        """Refuse a name that is more than a name."""
        if not HOST_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of one host")


def as_data(value: Any) -> Any:
    """A value as JSON that Ansible carries through as it is: no text of it is ever a template.

    Args:
        value: texts, numbers, truths and None, in mappings with texts as keys and in lists or tuples.

    Raises:
        ValueError: a key is one that Ansible reads as a mark of its own, or a text is no Unicode.
        TypeError: it is none of these: what it would become is not for Ansible to decide.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return {UNSAFE: _whole(value)}
        case Mapping():
            return {_key(key): as_data(each) for key, each in value.items()}
        case list() | tuple():
            return [as_data(each) for each in value]
    raise TypeError(f"{type(value).__name__} cannot be given to a play: {value!r:.80}")


def _key(key: Any) -> str:
    """A key, which Ansible does not render, unless it is one of its marks."""
    if not isinstance(key, str):
        raise TypeError(f"{key!r:.80} cannot be a key in a play: write it as text")
    if key.startswith("__ansible_"):
        raise ValueError(f"{key!r:.80} is a mark of Ansible's own and cannot be a key")
    return _whole(key)


def _whole(text: str) -> str:
    """The plain text; half of a surrogate pair would fail far from here."""
    return text.encode().decode()


@dataclass(frozen=True, slots=True)
class PlayOutcome:
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
) -> PlayOutcome:
    """Run a playbook below `playbooks/` on some hosts.

    Args:
        playbook: its path below `playbooks/`.
        hosts: who takes part; nobody else is known to the play.
        variables: extra variables, the strongest of Ansible's; as those of hosts, data and never templates.
        door: a command that runs another one where the hosts can be reached from.
        forks: how many hosts at a time.
        hears: is told when a task begins on a host and when it has ended there, however it did.

    Raises:
        TryLater: Ansible could not be started.
        TypeError: a variable is nothing that JSON knows.
        ValueError: a key is one of Ansible's own marks.
    """
    heard = _Listener(hears)
    inventory = {"all": {"hosts": {host.name: as_data(host.variables) for host in hosts}}}
    extra = as_data(variables)
    with tempfile.TemporaryDirectory(prefix="tricenter-play-") as folder:
        try:
            runner = ansible_runner.run(
                private_data_dir=folder,
                project_dir=str(PLAYBOOKS),
                playbook=str(PLAYBOOKS / playbook),
                inventory=inventory,
                extravars=extra,
                forks=forks,
                timeout=SECONDS,
                quiet=True,
                json_mode=False,
                event_handler=heard.event,
                envvars=CLEAN | {"PATH": _path(Path(folder), door)},
                settings={"suppress_ansible_output": True},
            )
        except (OSError, ansible_runner.exceptions.AnsibleRunnerException) as error:
            raise TryLater(
                Sentence("Ansible cannot be started: {error}", error=error), hint=HERE.remedy("sync", AGAIN)
            ) from error
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

    def outcome(self, said: str) -> PlayOutcome:
        """What was heard in all."""
        return PlayOutcome(self._results, self._failed, self._unreachable, self._counted, said, self._changed)


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
