"""Says where the engine keeps the states of stacks when several processes share one database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cmp.store.sql import url_of

TABLE: Final = "tricenter_stacks"
"""The engine's own table, beside ours in the same database."""
NAMED: Final = "PULUMI_BACKEND_URL"
"""Where somebody names another backend, that one is taken."""
LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


def address_of(store: str, ambient: Mapping[str, str] = os.environ) -> str:
    """The address that the engine reaches a shared state by; empty where states lie in files.

    SQLite is one machine's: its states stay files in the state folder. The engine's driver asks for TLS where
    nothing is said of it; over a socket and on loopback none is asked for, else the URL says `sslmode`.

    Args:
        store: the URL of the database of the state.
        ambient: the variables of the shell.

    Raises:
        Invalid: it is no URL of SQLite or PostgreSQL.
    """
    url = url_of(store, Path())
    if url.get_backend_name() != "postgresql" or ambient.get(NAMED):
        return ""
    host = str(url.query.get("host", "")) or url.host or ""
    near = host in LOOPBACK or host.startswith("/")
    secured = {} if "sslmode" in url.query else {"sslmode": "disable" if near else "require"}
    address = url.set(drivername="postgres").update_query_dict({**secured, "table": TABLE})
    return address.render_as_string(hide_password=False)
