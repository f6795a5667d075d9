"""Watches all servers that are being built with one list call, however many threads wait for theirs."""

from __future__ import annotations

import threading
import time

from cmp.clouds.openstack.api import Api

READ_EVERY = 1.0
"""Seconds for which one look at the list serves everybody."""


class Board:
    """Which servers of the project are still being built."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._seen: frozenset[str] = frozenset()
        self._read_at: float | None = None

    def is_building(self, server: str) -> bool:
        """True when the last look, at most a second old, still saw it being built."""
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at >= READ_EVERY:
                self._seen = self._look()
                self._read_at = time.monotonic()
            return server in self._seen

    def _look(self) -> frozenset[str]:
        servers = self._api.ask(
            "list servers being built", lambda c: list(c.compute.servers(details=False, status="BUILD"))
        )
        return frozenset(server.id for server in servers)
