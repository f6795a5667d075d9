"""Holds the one connection to an OpenStack cloud that all drivers and threads of a process share."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from keystoneauth1.session import TCPKeepAliveAdapter
from openstack import exceptions as sdk
from openstack.connection import Connection

from cmp.clouds.binding import Binding
from cmp.clouds.openstack.access import read_region
from cmp.clouds.openstack.failures import EXPECTED, translate
from cmp.clouds.transport import refuse_plain, refuse_unverified

T = TypeVar("T")

for _name in ("keystoneauth", "openstack"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
"""What the clients log is shown only where an application sets up logging."""

CALL_TIMEOUT = 60
"""Seconds after which a single call counts as not answered."""

POOL = 48
"""Connections kept open for threads to share."""

RECALL = 15.0
"""Seconds for which a list that hardly changes (images, flavors) answers again."""

REMEMBER_FAILURE = 0.8
"""Seconds for which threads that wait to connect take over the failure of the one that tried."""


class Api:
    """A lazily opened connection; every call through it fails in words."""

    def __init__(self, binding: Binding) -> None:
        self.cloud = binding.cloud
        self._binding = binding
        self._connection: Any = None
        self._failed: tuple[float, Exception] | None = None
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[float, object]] = {}
        self._recalling = threading.Lock()

    def ask(self, asked: str, action: Callable[[Any], T]) -> T:
        """Run a call on the connection; `asked` says in words what it is for.

        Raises:
            CmpError: what the clients raised, translated.
        """
        try:
            return action(self._connected())
        except EXPECTED as error:
            raise translate(self.cloud, asked, error) from error

    def look(self, asked: str, action: Callable[[Any], T]) -> T | None:
        """The same for something that may be gone: None when the cloud says 404."""

        def tolerant(connection: Any) -> T | None:
            try:
                return action(connection)
            except sdk.NotFoundException:
                return None

        return self.ask(asked, tolerant)

    def recall(self, question: str, read: Callable[[], T]) -> T:
        """Answer a question that many threads have, from an answer at most some seconds old."""
        with self._recalling:
            at, answer = self._answers.get(question, (0.0, None))
            if answer is None or time.monotonic() - at >= RECALL:
                at, answer = time.monotonic(), read()
                self._answers[question] = (at, answer)
            return cast("T", answer)

    @property
    def project(self) -> str:
        """Id of the project that the account works in."""
        return str(self.ask("log in", lambda connection: connection.current_project_id))

    def _connected(self) -> Any:
        with self._lock:
            if self._failed is not None and time.monotonic() - self._failed[0] < REMEMBER_FAILURE:
                raise self._failed[1]
            if self._connection is None:
                self._connection = self._connect()
            return self._connection

    def _connect(self) -> Any:
        try:
            connection = _connect(self._binding)
        except EXPECTED as error:
            self._failed = (time.monotonic(), error)
            raise
        self._failed = None
        return connection


class _OnThisMachine(TCPKeepAliveAdapter):
    """Sends plain HTTP to this machine alone, whoever named the address: settings, a catalog, a redirect."""

    def __init__(self, cloud: str) -> None:
        super().__init__(pool_maxsize=POOL)
        self._cloud = cloud

    def send(self, request: Any, *words: Any, **options: Any) -> Any:
        """Send a request, past any proxy, or refuse it before anything is sent."""
        refuse_plain(self._cloud, str(request.url))
        options["proxies"] = {}
        return super().send(request, *words, **options)


def _connect(binding: Binding) -> Connection:
    """Open the connection with the proxies that threads share: making those is not thread-safe."""
    region = read_region(binding, CALL_TIMEOUT)
    connection = Connection(config=region, app_name="tricenter")
    refuse_unverified(binding.cloud, connection.session.verify)
    connection.session.session.mount("http://", _OnThisMachine(binding.cloud))
    connection.session.session.mount("https://", TCPKeepAliveAdapter(pool_maxsize=POOL))
    connection.session.get_token()
    for service in ("compute", "network", "image"):
        getattr(connection, service)
    return connection
