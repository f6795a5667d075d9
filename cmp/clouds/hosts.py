"""Says what can be done with the hosts of a cloud: see what stands where, move a server, switch a host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Tell = Callable[[str], None]
"""Takes one line about how far a move has come."""


def tell_nobody(_line: str) -> None:
    """Say nothing."""


class MigrationPhase(StrEnum):
    """How far a migration has come."""

    UNDER_WAY = "under-way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Migration:
    """A move of a server between hosts; `status` is the cloud's own word, `percent` what is copied."""

    server: str
    source: str
    to: str
    phase: MigrationPhase
    status: str
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """A server on a host, whoever's it is.

    `tags` are those of ours, without prefix; empty for strangers' servers. `settled` is false while it is
    being built, moved or deleted.
    """

    id: str
    name: str
    host: str
    status: str
    settled: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Host:
    """One host as its cloud describes it.

    `zone` is the availability zone, which is a pool's id. A host that is not `enabled` takes no servers, for
    the reason given; one that is not `up` does not answer its cloud.
    """

    name: str
    zone: str
    up: bool = True
    enabled: bool = True
    reason: str = ""
    guests: tuple[Guest, ...] = ()


class Hosts(Protocol):
    """The hosts of one cloud, for an account that may see and move what stands on them.

    Every method may be repeated, and raises what `cmp.clouds.base.Cloud` says; besides: Refused where the
    account may not see hosts, Invalid for a host or server that is not there, NothingFits where a host has no
    room, TryLater for one that is down.
    """

    def list(self) -> tuple[Host, ...]:
        """All hosts with what stands on them, by name."""
        ...

    def read(self, name: str) -> Host:
        """One host with what stands on it."""
        ...

    def guest(self, server: str) -> Guest | None:
        """One server by its id; None when it is gone."""
        ...

    def migration(self, server: str) -> Migration | None:
        """The last move of a server, under way or ended; None when it never moved."""
        ...

    def move(self, server: str, to: str, *, live: bool = True, tell: Tell = tell_nobody) -> None:
        """Move a server to a named host and wait until it stands there, settled; fine if it does already.

        A move that is under way, whoever began it, is waited for first. With `live` false, or where the
        server does not run, it is stopped and carried.

        Raises:
            Refused: the cloud gave it up; the server stands where it was.
            TryLater: it is still under way when the time is up.
        """
        ...

    def switch(self, name: str, *, on: bool, reason: str = "") -> None:
        """Let a host take servers again, or none from now on, for a reason; fine if it does already."""
        ...


def numbered(pool: str, of: int, hosts: Iterable[Host]) -> dict[int, Host]:
    """The hosts of a pool of `of` hosts by number, from 1: what their names end with if that counts them."""
    mine = sorted((host for host in hosts if host.zone == pool), key=lambda host: _natural(host.name))
    ends = [host.name.rpartition("-")[2] for host in mine]
    told = [int(end) if end.isdecimal() else 0 for end in ends]
    if len(set(told)) == len(told) and all(1 <= number <= of for number in told):
        return dict(zip(told, mine, strict=True))
    return dict(enumerate(mine, start=1))


def _natural(name: str) -> tuple[str, int]:
    """Order by letters, then by the number at the end: host-9 before host-10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or 0)
