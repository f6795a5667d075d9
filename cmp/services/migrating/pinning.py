"""Pins the SSH host keys of a network's hosts: what answers with another key than before is not logged into.

A key is known by the name of its host, whatever address that has. The first look writes it down where
somebody agreed to that, or where the user's own known_hosts has it already.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from cmp.errors import Refused
from cmp.model.network import NetworkHost, PrivateNetwork
from cmp.model.ssh import JumpHost, SshWays
from cmp.sentences import Sentence
from cmp.services.migrating.place import Address, through, ways_of
from cmp.store.files import write_atomically

FILE: Final = "known_hosts"
_AT_ONCE: Final = 16
_SECONDS: Final = 10
_SAID: Final = 5
"""Hosts that are told in one line."""
_RSA: Final = "rsa-sha2-512,rsa-sha2-256,ssh-rsa"
_FIELDS: Final = 3


class HostKey(NamedTuple):
    """A host's public key: its type, and itself in base64."""

    kind: str
    key: str

    @property
    def fingerprint(self) -> str:
        """As ssh shows it."""
        digest = hashlib.sha256(base64.b64decode(self.key)).digest()
        return f"{self.kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


@dataclass(frozen=True, slots=True)
class Reached:
    """Who is logged into: by which name its key is known, where, and through whom."""

    name: str
    user: str
    address: Address
    port: int
    ways: SshWays


def reached(private: PrivateNetwork, hosts: Iterable[NetworkHost]) -> tuple[Reached, ...]:
    """Everybody in a network whom plays log into: hosts, the new edge, the server of its names."""
    server, router = private.names.server if private.names else None, private.edge.router
    others = [(each.name, each.ssh) for each in (router, server) if each is not None]
    every = [(host.name, host.ssh, host.addresses[0].ip) for host in hosts if host.kind.is_managed]
    every += [(name, ssh, ssh.address) for name, ssh in others if ssh and ssh.address]
    return tuple(
        Reached(name, ssh.user, ssh.address or address, ssh.port, ways_of(ssh, private.ssh))
        for name, ssh, address in every
        if ssh is not None
    )


@dataclass(frozen=True, slots=True)
class Pinned:
    """The keys that are believed, and why a host is not logged into."""

    keys: Mapping[str, HostKey]
    refused: Mapping[str, str]


def pin(hosts: Sequence[Reached], file: Path, door: Sequence[str] = (), *, accept_new: bool) -> Pinned:
    """Look at the keys of all hosts, write down the new ones that may be believed, and say who is refused.

    A host that does not answer is in neither: whoever logs in will say so.

    Raises:
        TryLater: the file cannot be written.
    """
    keys = dict(read(file))
    refused: dict[str, str] = {}
    jumps = {str(each.ways.jump.address): each.ways.jump for each in hosts if each.ways.jump}
    first = [Reached(name, jump.user, jump.address, jump.port, SshWays()) for name, jump in jumps.items()]
    for group in (first, hosts):
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            asked = list(threads.map(lambda each: looked_at(each, keys.get(each.name), file, door), group))
        for each, found in zip(group, asked, strict=True):
            _judge(each, found, keys, refused, accept_new=accept_new)
        _write(file, keys)  # those that lead to others are believed before the others are asked
    return Pinned(keys, refused)


def refuse_changed(private: PrivateNetwork, hosts: Iterable[NetworkHost], folder: Path) -> None:
    """Refuse to log into anybody while a host answers with another key than the pinned one.

    Networks that were looked at before keys were pinned have no such file: ssh asks the user's own then.

    Raises:
        Refused: one does, with the fingerprint of before and of now.
        TryLater: the file cannot be written.
    """
    file = folder / FILE
    if not file.exists():
        return
    refused = pin(reached(private, hosts), file, accept_new=False).refused
    if refused:
        told = "; ".join(f"{host}: {why}" for host, why in sorted(refused.items())[:_SAID])
        raise Refused(
            Sentence(
                "{refused} SSH host keys are not believed, and nothing was changed: {told}",
                refused=len(refused),
                told=told,
            ),
            hint=Sentence(
                "where a host was really made anew, take it out of {file} and assess with --accept-new",
                file=file,
            ),
        )


def _judge(
    each: Reached,
    found: HostKey | None,
    keys: dict[str, HostKey],
    refused: dict[str, str],
    *,
    accept_new: bool,
) -> None:
    if found is None:
        return
    before = keys.get(each.name)
    if before is not None and before != found:
        refused[each.name] = (
            f"its SSH host key has changed: {before.fingerprint} was pinned, {found.fingerprint} answers;"
            " find out why before anybody logs in"
        )
    elif before is None and not accept_new and found not in own_keys(each.name):
        refused[each.name] = (
            f"its SSH host key {found.fingerprint} is not known: compare it on the host,"
            " then use --accept-new"
        )
    elif before is None:
        keys[each.name] = found


def looked_at(host: Reached, known: HostKey | None, file: Path, door: Sequence[str] = ()) -> HostKey | None:
    """The key that a host answers with; None where it does not answer. Nobody logs in."""
    with tempfile.TemporaryDirectory(prefix="tricenter-keys-") as folder:
        heard = Path(folder) / "heard"
        wait = host.ways.connect_timeout or _SECONDS
        options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={heard}"]
        options += ["GlobalKnownHostsFile=/dev/null", f"HostKeyAlias={host.name}", f"ConnectTimeout={wait}"]
        options += ["PreferredAuthentications=none", "HashKnownHosts=no", "ControlPath=none"]
        if known:
            options.append(f"HostKeyAlgorithms={_RSA if known.kind == 'ssh-rsa' else known.kind}")
        if host.ways.jump:
            options.append(f"ProxyCommand={_through(host.ways.jump, file)}")
        words = ["ssh", *(word for option in options for word in ("-o", option))]
        words += ["-p", str(host.port), "-l", host.user, str(host.address), "true"]
        found = _heard([*door, *words], heard, 3 * wait)
    return found if found or known is None else looked_at(host, None, file, door)


def _through(jump: JumpHost, file: Path) -> str:
    return through(jump, file)


def _heard(command: Sequence[str], heard: Path, seconds: float) -> HostKey | None:
    """What ssh wrote down of a key, however it ended."""
    try:
        subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return next((key for _, key in _lines(heard)), None)


def read(file: Path) -> Iterable[tuple[str, HostKey]]:
    """The keys that are pinned, by the names of their hosts."""
    return list(_lines(file))


def _lines(file: Path) -> Iterable[tuple[str, HostKey]]:
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split()[:_FIELDS] for line in lines if line and not line.startswith(("#", "@"))]
    return [(each[0], HostKey(each[1], each[2])) for each in words if len(each) == _FIELDS]


def own_keys(name: str) -> set[HostKey]:
    """The keys that the user's own known_hosts has under this name."""
    asked = ["ssh-keygen", "-F", name]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return set()
    words = [line.split() for line in done.stdout.splitlines() if not line.startswith("#")]
    return {HostKey(each[1], each[2]) for each in words if len(each) >= _FIELDS}


def _write(file: Path, keys: Mapping[str, HostKey]) -> None:
    text = "".join(f"{name} {each.kind} {each.key}\n" for name, each in sorted(keys.items()))
    if text:
        write_atomically(file, text.encode())
