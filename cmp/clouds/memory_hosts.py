"""Keeps hosts in memory: the twin of real clouds' hosts, over the servers that the twin of a cloud holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cmp.clouds import failures
from cmp.clouds.failures import Call
from cmp.clouds.hosts import Guest, Host, Migration, MigrationPhase, Tell, tell_nobody
from cmp.errors import CmpError

_ON_HOSTS = "server"


@dataclass(slots=True)
class Stood:
    """A server as the twin of its cloud keeps it; `outputs` are changed in place."""

    id: str
    name: str
    noun: str
    outputs: dict[str, object]
    tags: Mapping[str, str]


@dataclass(slots=True)
class MemoryHosts:
    """Hosts `<zone>-<number>` by zone; a host takes `room` servers, if that is given.

    `down` do not answer, `off` take nothing for a reason, and moves of servers in `stuck` are given up.
    `silent` is what the cloud says instead of listing them.
    """

    cloud: str
    zones: Mapping[str, int]
    servers: Callable[[], Iterable[Stood]]
    room: int | None = None
    down: set[str] = field(default_factory=set)
    off: dict[str, str] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    silent: CmpError | None = None
    moved: dict[str, Migration] = field(default_factory=dict)

    def list(self) -> tuple[Host, ...]:
        """All hosts with what stands on them, by name."""
        if self.silent is not None:
            raise self.silent
        zone = {f"{zone}-{number + 1}": zone for zone, count in self.zones.items() for number in range(count)}
        for server in self._stood():
            host = str(server.outputs["host"])
            zone.setdefault(host, host.rpartition("-")[0])
        return tuple(self._host(name, zone[name]) for name in sorted(zone))

    def read(self, name: str) -> Host:
        """One host with what stands on it."""
        return self._known(name, f"read host {name}")

    def guest(self, server: str) -> Guest | None:
        """One server by its id; None when it is gone."""
        return next((_guest(each) for each in self._stood() if each.id == server), None)

    def migration(self, server: str) -> Migration | None:
        """The last move of a server; None when it never moved."""
        return self.moved.get(server)

    def move(self, server: str, to: str, *, live: bool = True, tell: Tell = tell_nobody) -> None:  # noqa: ARG002
        """Let a server stand on another host, unless that one or the server does not allow it."""
        call = Call(self.cloud, f"move server {server} to {to}")
        stood = next((each for each in self._stood() if each.id == server), None)
        if stood is None:
            raise failures.missing(call, f"server {server} is gone")
        source = str(stood.outputs["host"])
        if source == to:
            return
        target = self._known(to, call.asked)
        self._refuse_unready(target, source, call)
        tell(f"{stood.name}: {source} to {to}: running")
        failed = server in self.stuck
        phase, status = (MigrationPhase.FAILED, "error") if failed else (MigrationPhase.DONE, "completed")
        self.moved[server] = Migration(server, source, to, phase, status)
        if failed:
            raise failures.gave_up(call, f"it stands on {source} as before: it is stuck")
        stood.outputs["host"] = to

    def switch(self, name: str, *, on: bool, reason: str = "") -> None:
        """Let a host take servers again, or none for a reason."""
        self._known(name, f"switch host {name} {'on' if on else 'off'}")
        if on:
            self.off.pop(name, None)
        else:
            self.off[name] = reason

    def _refuse_unready(self, target: Host, source: str, call: Call) -> None:
        if not target.up:
            raise failures.host_down(call, f"host {target.name} is down")
        if not target.enabled:
            raise failures.switched_off(call, f"host {target.name} is switched off: {target.reason}")
        if source in self.down:
            raise failures.host_down(call, f"host {source}, where it stands, is down")
        if self.room is not None and len(target.guests) >= self.room:
            raise failures.no_room(call, "that host takes it not: no room, or not its kind")

    def _known(self, name: str, asked: str) -> Host:
        found = next((host for host in self.list() if host.name == name), None)
        if found is None:
            raise failures.missing(Call(self.cloud, asked), f"there is no host {name}")
        return found

    def _host(self, name: str, zone: str) -> Host:
        guests = [_guest(each) for each in self._stood() if each.outputs["host"] == name]
        return Host(
            name,
            zone,
            up=name not in self.down,
            enabled=name not in self.off,
            reason=self.off.get(name, ""),
            guests=tuple(sorted(guests, key=lambda guest: (guest.name, guest.id))),
        )

    def _stood(self) -> Iterable[Stood]:
        return [each for each in self.servers() if each.noun == _ON_HOSTS]


def _guest(server: Stood) -> Guest:
    return Guest(
        server.id,
        server.name,
        str(server.outputs["host"]),
        str(server.outputs["status"]),
        tags=server.tags,
    )
