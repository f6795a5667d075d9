"""Runs the service: one process that needs nothing else, or several over one database."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from cmp.api.app import create_app
from cmp.api.deps import Service
from cmp.couriers.opening import courier_of
from cmp.errors import Invalid, Refused, TryLater
from cmp.files.settling import settle
from cmp.identity.accounts import Accounts
from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.operations.database import ServiceDatabase
from cmp.operations.durable import DurableOperations
from cmp.operations.notices import SqlNotices
from cmp.operations.schedules import SqlSchedules
from cmp.serving.children import Children
from cmp.serving.clock import Clock
from cmp.serving.standing import DATABASE, only_here
from cmp.wiring import means_of, of_actor
from cmp.workflows.consent import Policy
from cmp.workflows.driving import Driving
from cmp.workflows.noticing import Noticing
from cmp.workflows.scheduling import Scheduling

GRACE = 20
"""Seconds in which requests and streams may end after the service was told to."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the service listens, and by which certificate it is known; None: plain HTTP on loopback."""

    host: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_loopback(self) -> bool:
        """True where nobody reaches it from outside this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def refuse_plain(self) -> None:
        """Refuse to take tokens over a network that others can read.

        Raises:
            Refused: it would listen beyond this machine without TLS.
            Invalid: there is a certificate without its key, or the other way round.
        """
        if (self.certificate is None) != (self.key is None):
            raise Invalid("a certificate and its key go together", hint="give --tls-cert and --tls-key")
        if self.certificate is None and not self.is_loopback:
            raise Refused(
                f"without TLS the service listens on loopback only, not on {self.host}",
                hint="give --tls-cert and --tls-key, or let a proxy of this machine end TLS",
            )

    @property
    def url(self) -> str:
        """How a client names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.certificate is None else 'https'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class People:
    """Who is there.

    `alone`: nobody who could consent, so that none is asked for. `notify`: addresses that are told what waits
    and what went wrong.
    """

    alone: bool = False
    notify: tuple[str, ...] = ()


Announce = Callable[[str], None]


def serve(
    means: Means,
    state: Path,
    store: str | None,
    listening: Listening,
    announce: Announce,
    people: People = People(),
) -> None:
    """Serve until told to end.

    Args:
        means: what the audit of the service's own changes is written by.
        state: the state folder.
        store: the URL of the database that all processes share; None: SQLite in the state folder.
        listening: where it listens.
        announce: takes a line for whoever started it.
        people: who is there to consent, and who is told.

    Raises:
        Invalid: an address for notices is none.
        Refused: it would take tokens or send notices in the clear, or a newer version made its tables.
        Conflict: another process serves this state.
        TryLater: the database cannot be reached, or the port is taken.
    """
    listening.refuse_plain()
    root = settle(state.absolute())
    url = store or f"sqlite:///{root / DATABASE}"
    means = of_actor(means_of(root, None, means.watch, url), means.actor, means.reason)
    with only_here(root), _socket(listening) as sock:
        service, operations, driving = _wired(means, root, url, alone=people.alone)
        clocks = tuple(_clocks(means, service, driving, people.notify))
        for role, code in service.accounts.first_codes().items():
            announce(f"one-time code of the first {role} administrator: {code}")
        app = create_app(service, _version(), lifespan=partial(_living, operations, driving, clocks))
        announce(f"serving {root} at {listening.url}")
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
            proxy_headers=False,
            ssl_certfile=listening.certificate,
            ssl_keyfile=listening.key,
        )
        uvicorn.Server(config).run([sock])


def _wired(means: Means, root: Path, url: str, *, alone: bool) -> tuple[Service, DurableOperations, Driving]:
    database = ServiceDatabase(url)
    operations = DurableOperations(database, socket.gethostname())
    operations.prepare()
    accounts = Accounts(database)
    children = Children(root, url)
    token = partial(secrets.token_hex, 16)

    def may_approve(who: str, environment: str) -> bool:
        return accounts.may(who, "approve", environment)

    def demanded(environment: str) -> bool:
        found = means.ports.consents.demand(environment)
        return found is not None and found.on

    policy = Policy(may_approve=may_approve, asks=not alone, given=means.ports.consents.of, demanded=demanded)
    driving = Driving(operations, children, means.now, token, policy)
    service = Service(
        operations,
        SqlSchedules(database),
        SqlNotices(database),
        accounts,
        children,
        means.now,
        token,
        _noting(means),
        means.ports.consents,
        partial(_audited, means),
    )
    return service, operations, driving


def _clocks(means: Means, service: Service, driving: Driving, notify: Sequence[str]) -> Iterator[Clock]:
    scheduling = Scheduling(service.operations, service.schedules, means.now, service.accounts.may)
    couriers = [courier_of(address, means.ports.secrets.reveal) for address in notify]
    noticing = Noticing(service.operations, service.schedules, service.notices, couriers, means.now)
    yield Clock("schedules", scheduling.look)
    yield Clock("notices", noticing.look)
    yield Clock("consents", driving.go_on_with_agreed)


@asynccontextmanager
async def _living(
    operations: DurableOperations, driving: Driving, clocks: Sequence[Clock], _app: FastAPI
) -> AsyncIterator[None]:
    await asyncio.to_thread(operations.start, driving)
    for clock in clocks:
        clock.start()
    try:
        yield
    finally:
        for clock in clocks:
            await asyncio.to_thread(clock.stop)
        await asyncio.to_thread(operations.stop)


def _noting(means: Means) -> Callable[[Actor, str, str, str, str], None]:
    def note(actor: Actor, environment: str, command: str, run: str, reason: str) -> None:
        asked = AskedFor(
            actor=actor.id,
            kind=actor.kind,
            environment=environment,
            command=command,
            run=f"{run}/{secrets.token_hex(4)}",
            reason=reason,
        )
        at = means.now().isoformat()
        means.ports.audit.add(AuditEntry(number=0, at=at, asked=asked, ended=Ended.DONE))

    return note


def _audited(means: Means) -> list[dict[str, Any]]:
    return [entry.model_dump(mode="json") for entry in means.ports.audit.entries()]


@contextmanager
def _socket(listening: Listening) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    with sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((listening.host, listening.port))
        except OSError as error:
            raise TryLater(
                f"{listening.host} port {listening.port} cannot be listened on: {error.strerror}",
                hint="name another with --listen",
            ) from error
        yield sock


def _version() -> str:
    try:
        return version("tricenter")
    except PackageNotFoundError:
        return "0"
