"""Builds what use cases work with from what a call was given; nobody else knows which kind of each it is."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cmp.errors import CmpError, Invalid
from cmp.files.placing import write_own
from cmp.files.settling import settle
from cmp.means import Means, Watch
from cmp.model.actors import LONGEST, Actor, ActorKind
from cmp.model.events import CompilingEvent
from cmp.native.telling import heard_by
from cmp.sentences import Sentence
from cmp.settings import Layout, Workshop

if TYPE_CHECKING:
    from cmp.clouds.base import Cloud
    from cmp.model.environment import Environment
    from cmp.ports.bundle import Ports

TOKEN_BYTES = 16
KUBERNETES = "kubernetes"
UNNAMED = "nobody"


class Listener(Protocol):
    """Hears of compiling as well as of the work itself."""

    def compiling(self, event: CompilingEvent) -> None:
        """A part of the search is being compiled."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as a call says it, and why; the reason stands in the audit."""

    named: str | None = None
    """The id of a program, as a pipeline names itself; None: this machine's account."""
    reason: str = ""

    @property
    def actor(self) -> Actor:
        """Who that is.

        Raises:
            Invalid: the id is empty, or longer than an id.
        """
        if self.named is None:
            return account()
        try:
            return Actor(self.named, ActorKind.PROGRAM)
        except ValueError as error:
            raise Invalid(
                Sentence("nobody can be called {named}: {error}", named=f"{self.named!r:.40}", error=error),
                hint="see --actor",
            ) from error


def means_of(
    state: Path,
    database: str | None,
    watch: Watch,
    store: str | None = None,
    asker: Asker = Asker(),
    events: Path | None = None,
) -> Means:
    """What use cases work with on this machine.

    Args:
        state: the folder of Plans, journals, keys and labs.
        database: the URL of the database of addresses; None: SQLite in `state`.
        watch: hears how far long work has come.
        store: the URL of the database of a state that several share; None: files in `state`.
        asker: who asks, and why.
        events: a file to which everything that happens is appended as JSON lines; None: nowhere.

    Raises:
        Invalid: `store` is no URL of SQLite or PostgreSQL; an id is empty, or longer than an id.
        NotOurs: the state folder is somebody else's, or others may put anything there.
        TryLater: the file of events cannot be opened.
    """
    layout = Layout(settle(state), database)
    workshop = Workshop(layout.root, kinds_left_out(), _stack_states(store))
    return Means(
        ports=_ports(layout, store),
        workshop=workshop,
        now=now,
        token=partial(secrets.token_hex, TOKEN_BYTES),
        watch=watch if events is None else _written(events, watch),
        clouds=partial(_clouds, workshop),
        actor=asker.actor,
        reason=asker.reason,
    )


def of_actor(means: Means, actor: Actor, reason: str) -> Means:
    """The same for somebody whom a service knows, and why they ask."""
    return replace(means, actor=actor, reason=reason)


def kinds_left_out(ambient: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The kinds of cloud that somebody wants left out: clusters, where `KUBERNETES=0` says so."""
    return frozenset({KUBERNETES}) if ambient.get(KUBERNETES.upper()) == "0" else frozenset()


def heard_compiling(listener: Listener) -> AbstractContextManager[None]:
    """Within this a listener hears of compiling, whichever use case asks for a search."""
    return heard_by(listener.compiling)


def now() -> datetime:
    """The moment, told where a call meets the world."""
    return datetime.now(UTC)  # noqa: TID251 - the edge where the clock comes in


def account() -> Actor:
    """Who uses this machine's account, as far as it says; `display` is its name, empty where it has none."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = ""
    return Actor(f"{name or UNNAMED}@{socket.gethostname()}"[:LONGEST], display=name[:LONGEST])


def kept_crash(state: Path, details: str) -> Path | None:
    """The file in a state folder that holds the details of a defect now; None where none can be written."""
    path = state / "crashes" / f"{now():%Y%m%dT%H%M%S}.txt"
    try:
        write_own(path, details.encode(errors="replace"))
    except (OSError, CmpError):
        return None
    return path


def _written(path: Path, watch: Watch) -> Watch:
    from cmp.store.event_lines import event_lines  # noqa: PLC0415 - few calls are listened to by machines

    return event_lines(path, watch, secrets.token_hex(TOKEN_BYTES // 2), now)


def _ports(layout: Layout, store: str | None) -> Ports:
    if store is None:
        from cmp.store.file_ports import file_ports  # noqa: PLC0415 - who asks for help waits for no model

        return file_ports(layout)
    from cmp.store.sql_ports import sql_ports  # noqa: PLC0415 - one person needs no database

    return sql_ports(store, layout)


def _stack_states(store: str | None) -> str:
    if store is None:
        return ""
    from cmp.store.stack_states import address_of  # noqa: PLC0415 - one person needs no database

    return address_of(store)


def _clouds(workshop: Workshop, environment: Environment) -> Mapping[str, Cloud]:
    from cmp.services.carrying_out.access import clouds_of  # noqa: PLC0415 - few commands ask a cloud

    return clouds_of(environment, workshop)
