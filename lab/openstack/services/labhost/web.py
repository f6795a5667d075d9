"""Serves the services' own WSGI applications on the loopback address."""

from __future__ import annotations

import gc
import threading
from typing import Any

import waitress

from .guarding import Guarded
from .layout import say

_THREADS = 12
_IDLE_SECONDS = 120
_CONNECTIONS = 4000
"""Clients and services keep connections open; a full house makes everybody wait until a request times out."""


def listen(application: Any, port: int) -> Any:
    """Open the port, to no web page; requests wait until `serve` or `serve_aside`."""
    server = waitress.create_server(
        Guarded(application, port),
        host="127.0.0.1",
        port=port,
        threads=_THREADS,
        ident=None,
        channel_timeout=_IDLE_SECONDS,
        connection_limit=_CONNECTIONS,
        asyncore_use_poll=True,
        backlog=1024,
    )
    say(f"listening on 127.0.0.1:{port}")
    return server


def serve_aside(application: Any, port: int) -> None:
    """Serve on a thread of its own."""
    threading.Thread(target=listen(application, port).run, daemon=True).start()


def serve(application: Any, port: int) -> None:
    """Serve until the process ends, with the start's garbage out of the collector's sight."""
    server = listen(application, port)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    server.run()
