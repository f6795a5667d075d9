"""Sees and moves what stands on an OpenStack's compute hosts; wants an administrator's account.

A host that is switched off is one whose compute service is disabled: the scheduler gives it nothing more, and
what powers hosts down may follow that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openstack import exceptions as sdk

from cmp.clouds import failures
from cmp.clouds.failures import Call
from cmp.clouds.hosts import Guest, Host, Migration, MigrationPhase, Tell, tell_nobody
from cmp.clouds.labels import ours
from cmp.clouds.openstack.api import Api
from cmp.clouds.openstack.moves import Settled, Watch, clear_bindings
from cmp.clouds.patience import Pace, until
from cmp.errors import CmpError, NothingFits

SWITCH = Pace(within=30, every=0.5)
"""A service that was told to be enabled or disabled says so by then."""

_COMPUTE = "nova-compute"
_STOPPED = "SHUTOFF"
_CARRIED = "VERIFY_RESIZE"
_NO_ROOM = "no valid host"
_ENDED = {
    "completed": MigrationPhase.DONE,
    "confirmed": MigrationPhase.DONE,
    "done": MigrationPhase.DONE,
    "finished": MigrationPhase.DONE,
    "reverted": MigrationPhase.FAILED,
    "error": MigrationPhase.FAILED,
    "failed": MigrationPhase.FAILED,
    "cancelled": MigrationPhase.FAILED,
}
"""Nova's words for moves that have ended; every other word is one under way."""


class Fleet:
    """The compute hosts of one region."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self) -> tuple[Host, ...]:
        """All hosts with what stands on them, by name.

        Raises:
            Refused: the account may not see hosts, or other projects' servers.
        """
        services = self._services()
        guests: dict[str, list[Guest]] = {}
        for guest in self._guests():
            guests.setdefault(guest.host, []).append(guest)
        found = [_host(service, guests.get(service.host, ())) for service in services]
        return tuple(sorted(found, key=lambda host: host.name))

    def names(self) -> tuple[Host, ...]:
        """All hosts without what stands on them, which is one question instead of many.

        Raises:
            Refused: the account may not see hosts.
        """
        return tuple(_host(service, ()) for service in self._services())

    def read(self, name: str) -> Host:
        """One host with what stands on it.

        Raises:
            Invalid: there is none of that name.
        """
        return _host(self._service(name, f"read host {name}"), self._guests(compute_host=name))

    def guest(self, server: str) -> Guest | None:
        """One server by its id; None when it is gone."""
        found = self._api.look("read server", lambda c: c.compute.get_server(server))
        return None if found is None else _guest(found)

    def migration(self, server: str) -> Migration | None:
        """The last move of a server, under way or ended; None when it never moved."""
        known = self._api.ask("list migrations", lambda c: list(c.compute.migrations(server_id=server)))
        if not known:
            return None
        last = max(known, key=lambda each: (str(each.created_at), int(each.id)))
        phase = _ENDED.get(str(last.status).lower(), MigrationPhase.UNDER_WAY)
        percent = self._percent(server) if phase is MigrationPhase.UNDER_WAY else None
        return Migration(
            server, str(last.source_compute), str(last.dest_compute or ""), phase, str(last.status), percent
        )

    def move(self, server: str, to: str, *, live: bool = True, tell: Tell = tell_nobody) -> None:
        """Move a server to a named host and wait until it stands there, settled.

        Raises:
            Invalid: there is no such server or host.
            NothingFits: the host has no room, or is no place for the server.
            Conflict: the host is switched off.
            TryLater: one of the hosts is down, or the move is still under way when the time is up.
            Refused: nova gave it up; the server stands where it was.
        """
        call = Call(self._api.cloud, f"move server {server} to {to}")
        settled = self._watch(server, call, tell)
        guest = self._accepted(settled.guest, to, call, tell)
        if guest.host == to:
            return
        self._refuse_unready(guest, to, call)
        self._begin(server, to, call, live=live and guest.status != _STOPPED)
        settled = self._watch(server, call, tell)
        guest = self._accepted(settled.guest, to, call, tell)
        if guest.host != to and settled.forgotten:
            raise failures.busy(call, f"nova was restarted and forgot it; it stands on {guest.host}")
        if guest.host != to:
            raise failures.gave_up(call, f"it stands on {guest.host} as before: {self._why(server)}")

    def switch(self, name: str, *, on: bool, reason: str = "") -> None:
        """Enable or disable a host's compute service and look until it says so."""
        asked = f"switch host {name} {'on' if on else 'off'}"
        service = self._service(name, asked)
        if _is(service, on=on, reason=reason):
            return
        if on:
            self._api.ask(asked, lambda c: c.compute.enable_service(service, name, _COMPUTE))
        else:
            self._api.ask(asked, lambda c: c.compute.disable_service(service, name, _COMPUTE, reason or None))

        def late() -> CmpError:
            return failures.busy(Call(self._api.cloud, asked), "it does not say so yet")

        until(lambda: _is(self._service(name, asked), on=on, reason=reason) or None, SWITCH, late)

    def _services(self) -> Iterable[Any]:
        return self._api.ask("list hosts", lambda c: list(c.compute.services(binary=_COMPUTE)))

    def _service(self, name: str, asked: str) -> Any:
        known = self._api.ask(asked, lambda c: list(c.compute.services(binary=_COMPUTE, host=name)))
        if not known:
            raise failures.missing(Call(self._api.cloud, asked), f"there is no host {name}")
        return known[0]

    def _guests(self, **only: str) -> Iterable[Guest]:
        servers = self._api.ask(
            "list servers of all projects", lambda c: list(c.compute.servers(all_projects=True, **only))
        )
        return [_guest(server) for server in servers]

    def _percent(self, server: str) -> int | None:
        under_way = self._api.look("read migration", lambda c: list(c.compute.server_migrations(server)))
        for each in under_way or ():
            if each.memory_total_bytes:
                return int(100 * (each.memory_processed_bytes or 0) // each.memory_total_bytes)
        return None

    def _refuse_unready(self, guest: Guest, to: str, call: Call) -> None:
        """Say in words what nova would say as 'no valid host'."""
        target = _host(self._service(to, call.asked), ())
        if not target.up:
            raise failures.host_down(call, f"host {to} is down")
        if not target.enabled:
            raise failures.switched_off(call, f"host {to} is switched off: {target.reason or 'no reason'}")
        if not _host(self._service(guest.host, call.asked), ()).up:
            raise failures.host_down(call, f"host {guest.host}, where it stands, is down")

    def _begin(self, server: str, to: str, call: Call, *, live: bool) -> None:
        """Ask nova for the move; it looks at once if the host has room."""

        def ask(connection: Any) -> None:
            try:
                if live:
                    connection.compute.live_migrate_server(server, host=to, block_migration="auto")
                else:
                    connection.compute.migrate_server(server, host=to)
            except sdk.BadRequestException as error:
                if _NO_ROOM in str(error).lower():
                    raise failures.no_room(
                        call, "that host takes it not: no room, or not its kind"
                    ) from error
                raise

        try:
            self._api.ask(call.asked, ask)
        except NothingFits:
            if not clear_bindings(self._api, server, to, call):
                raise
            self._api.ask(call.asked, ask)

    def _watch(self, server: str, call: Call, tell: Tell) -> Settled:
        """The server once nothing is being done to it, and its last move has ended."""
        return Watch(lambda: self.guest(server), lambda: self.migration(server), call, tell).wait()

    def _accepted(self, guest: Guest, to: str, call: Call, tell: Tell) -> Guest:
        """A server that was carried there, once that is confirmed: it gives up its place on the old host."""
        if guest.status != _CARRIED or guest.host != to:
            return guest
        self._api.ask(call.asked, lambda c: c.compute.confirm_server_resize(guest.id))
        return self._watch(guest.id, call, tell).guest

    def _why(self, server: str) -> str:
        """What nova says of its last action on a server."""
        actions = self._api.ask("list server actions", lambda c: list(c.compute.server_actions(server)))
        if not actions:
            return "nova gives no reason"
        last = max(actions, key=lambda each: str(each.start_time))
        action = self._api.ask(
            "read server action", lambda c: c.compute.get_server_action(last.request_id, server)
        )
        said = [event.details for event in action.events or () if event.details] if action else []
        moved = self.migration(server)
        ended = f"nova ended the move as {moved.status}" if moved else "nova gives no reason"
        return "; ".join([ended, *said, f"action {last.request_id}"])


def _host(service: Any, guests: Iterable[Guest]) -> Host:
    return Host(
        name=str(service.host),
        zone=str(service.availability_zone or ""),
        up=service.state == "up",
        enabled=service.status == "enabled",
        reason=str(service.disabled_reason or ""),
        guests=tuple(sorted(guests, key=lambda guest: (guest.name, guest.id))),
    )


def _guest(server: Any) -> Guest:
    return Guest(
        id=str(server.id),
        name=str(server.name),
        host=str(server.compute_host or ""),
        status=str(server.status),
        settled=server.task_state is None and server.status != "BUILD",
        tags=ours(server.metadata or {}),
    )


def _is(service: Any, *, on: bool, reason: str) -> bool:
    host = _host(service, ())
    return host.enabled if on else not host.enabled and host.reason == reason
