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
from cmp.model.named_file import NamedFile
from cmp.model.network import NetworkHost, PrivateNetwork
from cmp.model.ssh import SshWays
from cmp.plays.ssh import checked_by, laid_out, through
from cmp.ports.migrations import KeptMove
from cmp.sentences import Sentence
from cmp.services.migrating.place import Address, ways_of

PINS: Final = "known_hosts"
"""The part of a move that pinned keys are, as OpenSSH writes them."""
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

    @property
    def text(self) -> bytes:
        """The keys as OpenSSH reads them."""
        return written(self.keys)


def pin(hosts: Sequence[Reached], known: bytes, door: Sequence[str] = (), *, accept_new: bool) -> Pinned:
    """Look at the keys of all hosts, and say which are believed beside those `known`, and who is refused.

    A host that does not answer is in neither: whoever logs in will say so.
    """
    keys = dict(read(known))
    refused: dict[str, str] = {}
    jumps = {str(each.ways.jump.address): each.ways.jump for each in hosts if each.ways.jump}
    first = [Reached(name, jump.user, jump.address, jump.port, SshWays()) for name, jump in jumps.items()]
    for group in (first, hosts):  # those that lead to others are believed before the others are asked
        believed = written(keys)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            asked = list(
                threads.map(lambda each: looked_at(each, keys.get(each.name), believed, door), group)  # noqa: B023 - called at once
            )
        for each, found in zip(group, asked, strict=True):
            _judge(each, found, keys, refused, accept_new=accept_new)
    return Pinned(keys, refused)


def keep_pinned(pinned: Pinned, kept: KeptMove) -> None:
    """Keep the keys that are believed with the move; nothing where there are none.

    Raises:
        TryLater: they cannot be kept.
    """
    if pinned.keys:
        kept.keep_part(NamedFile(PINS, pinned.text))


def refuse_changed(private: PrivateNetwork, hosts: Iterable[NetworkHost], kept: KeptMove) -> None:
    """Refuse to log into anybody while a host answers with another key than the pinned one.

    Networks that were looked at before keys were pinned have no such part: ssh asks the user's own then.

    Raises:
        Refused: one does, with the fingerprint of before and of now.
        TryLater: the keys cannot be kept.
    """
    known = kept.part(PINS)
    if known is None:
        return
    pinned = pin(reached(private, hosts), known, accept_new=False)
    keep_pinned(pinned, kept)
    if pinned.refused:
        told = "; ".join(f"{host}: {why}" for host, why in sorted(pinned.refused.items())[:_SAID])
        raise Refused(
            Sentence(
                "{refused} SSH host keys are not believed, and nothing was changed: {told}",
                refused=len(pinned.refused),
                told=told,
            ),
            hint=Sentence(
                "where a host was really made anew, take it out of {file} and assess with --accept-new",
                file=kept.where(PINS),
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


def looked_at(
    host: Reached, known: HostKey | None, believed: bytes, door: Sequence[str] = ()
) -> HostKey | None:
    """The key that a host answers with; None where it does not answer. Nobody logs in.

    Whoever is on the way to it has to have one of the keys that are `believed`, as OpenSSH writes them.
    """
    with tempfile.TemporaryDirectory(prefix="tricenter-keys-") as folder, laid_out(believed) as trusted:
        heard = Path(folder) / "heard"
        wait = host.ways.connect_timeout or _SECONDS
        options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={heard}"]
        options += ["GlobalKnownHostsFile=/dev/null", f"HostKeyAlias={host.name}", f"ConnectTimeout={wait}"]
        options += ["PreferredAuthentications=none", "HashKnownHosts=no", "ControlPath=none"]
        if known:
            options.append(f"HostKeyAlgorithms={_RSA if known.kind == 'ssh-rsa' else known.kind}")
        if host.ways.jump:
            options.append(f"ProxyCommand={through(host.ways.jump, checked_by(trusted))}")
        words = ["ssh", *(word for option in options for word in ("-o", option))]
        words += ["-p", str(host.port), "-l", host.user, str(host.address), "true"]
        try:  # what ssh wrote down of a key counts, however it ended
            subprocess.run(
                [*door, *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=3 * wait, check=False
            )
            found = next((key for _, key in read(heard.read_bytes())), None)
        except (OSError, subprocess.TimeoutExpired):
            found = None
    return found if found or known is None else looked_at(host, None, believed, door)


def read(known: bytes) -> list[tuple[str, HostKey]]:
    """The keys that OpenSSH wrote down, by the names of their hosts."""
    lines = known.decode("ascii", errors="replace").splitlines()
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


def written(keys: Mapping[str, HostKey]) -> bytes:
    """Keys as OpenSSH reads them, by the names of their hosts."""
    return "".join(f"{name} {each.kind} {each.key}\n" for name, each in sorted(keys.items())).encode()
