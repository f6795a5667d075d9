"""Watches a server that moves until it stands still; clears what moves left that nova forgot in a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cmp.clouds import failures
from cmp.clouds.failures import Call
from cmp.clouds.hosts import Guest, Migration, MigrationPhase, Tell
from cmp.clouds.openstack.api import Api
from cmp.clouds.patience import Pace, patiently, until
from cmp.errors import CmpError, Refused

MOVE = Pace(within=3600, every=0.7)
"""A move that has not ended by then is left to itself, and the next run looks at it again."""

FORGOTTEN = 40
"""Looks after which a move counts as forgotten whose server is settled: nova was restarted in the middle."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A server that nothing is done to; `forgotten` where nova's record of its last move says otherwise."""

    guest: Guest
    forgotten: bool


@dataclass(slots=True)
class Watch:
    """Looks at one server until it is settled: `see` reads it, `last` its last move."""

    see: Callable[[], Guest | None]
    last: Callable[[], Migration | None]
    call: Call
    tell: Tell

    def wait(self) -> Settled:
        """Wait until nothing is done to the server and its last move has ended.

        Raises:
            Invalid: it is gone.
            TryLater: it still moves when the time is up.
        """
        said: set[str] = set()
        settled = 0

        def ask() -> Settled | None:
            nonlocal settled
            guest, moving = patiently(self.see), patiently(self.last)
            if guest is None:
                raise failures.missing(self.call, "the server is gone")
            under_way = moving is not None and moving.phase is MigrationPhase.UNDER_WAY
            if moving is not None and under_way and (line := _told(guest, moving)) not in said:
                self.tell(line)
                said.add(line)
            settled = settled + 1 if guest.settled else 0
            if settled and (not under_way or settled > FORGOTTEN):
                return Settled(guest, under_way)
            return None

        def late() -> CmpError:
            return failures.busy(self.call, f"it is still under way after {MOVE.within:.0f} s")

        return until(ask, MOVE, late)


def clear_bindings(api: Api, server: str, host: str, call: Call) -> bool:
    """Remove what binds a server's ports to a host that it is not on; True where there was anything.

    Nova makes such bindings before a live migration. Where it is stopped in the middle they stay, and it
    refuses to move the server there ever after (nova/conductor/tasks/live_migrate.py asks for new ones).

    Raises:
        Refused: the account lacks the role; the sentence says what stands in the way.
    """
    found = [
        port.id
        for port in api.ask("list server ports", lambda c: list(c.network.ports(device_id=server)))
        for binding in _bindings(api, port.id)
        if binding.host == host and str(binding.status).upper() != "ACTIVE"
    ]
    for port in found:
        try:
            _unbind(api, port, host)
        except Refused as error:
            raise failures.not_allowed(
                call, f"an earlier move, which nova forgot, left port {port} bound to {host}: {error}"
            ) from error
    return bool(found)


def _bindings(api: Api, port: str) -> list[Any]:
    return api.ask("list port bindings", lambda c: list(c.network.port_bindings(port)))


def _unbind(api: Api, port: str, host: str) -> None:
    api.ask("remove port binding", lambda c: c.network.delete_port_binding(port, host))


def _told(guest: Guest, moving: Migration) -> str:
    copied = "" if moving.percent is None else f", {moving.percent} % copied"
    return f"{guest.name}: {moving.source} to {moving.to or 'a host'}: {moving.status}{copied}"
