"""Builders for address management, and a PostgreSQL of a test's own."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from cmp.model.addresses import Holding, HoldingKind, Labels, Region, Request, Status
from cmp.ports.addresses import AddressChange
from cmp.store.sql import url_of
from toolchain.system_packages import POSTGRES, located

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAN4 = ip_network("198.51.100.0/24")
LAN6 = ip_network("2001:db8:0:1::/64")
SITE4 = ip_network("198.51.0.0/16")
SITE6 = ip_network("2001:db8::/48")


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, hours: float) -> None:
        self.moment += timedelta(hours=hours)


def a_holding(name: str, text: str, **changes: Any) -> Holding:
    """A prefix, or an address where the text has no length; `zone` and other labels by keyword."""
    labels = Labels(**{key: changes.pop(key) for key in list(changes) if key in Labels.model_fields})
    kind = HoldingKind.PREFIX if "/" in text else HoldingKind.ADDRESS
    usual = {"region": "extranet", "name": name, "prefix": ip_network(text), "kind": kind, "labels": labels}
    return Holding(**usual | changes)


def a_container(name: str, text: str, **changes: Any) -> Holding:
    return a_holding(name, text, status=Status.CONTAINER, **changes)


def a_request(name: str, within: object = LAN4, **changes: Any) -> Request:
    return Request(**{"region": "extranet", "name": name, "within": within} | changes)


def a_plan_of_addresses() -> AddressChange:
    """A region with a site and a subnet in both families; the first address of each subnet is its gateway."""
    return AddressChange(
        regions=(Region(name="extranet", rd="64512:1"),),
        added=(
            a_container("site", str(SITE4)),
            a_container("site", str(SITE6)),
            a_holding("lan", str(LAN4), gateway=ip_address("198.51.100.1"), zone="public"),
            a_holding("lan", str(LAN6), gateway=ip_address("2001:db8:0:1::1"), zone="public"),
        ),
    )


@contextmanager
def a_postgres() -> Iterator[str]:
    """A server of its own over a socket in a temporary folder; its URL. It ends with the block."""
    with tempfile.TemporaryDirectory(prefix="tricenter-postgres-") as name:
        folder = Path(name)
        user = _unprivileged(folder)
        data = folder / "data"
        server = located(POSTGRES)
        assert server, "the test says needs(POSTGRES)"
        _as(user, server.parent / "initdb", "-D", data, "-U", "ipam", "--auth=trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=120"
        control = (server.parent / "pg_ctl", "-D", data, "-w")
        _as(user, *control, "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql://ipam@/postgres?host={folder}"
        finally:
            _as(user, *control, "-m", "immediate", "stop")


def _unprivileged(folder: Path) -> str | None:
    """The server refuses to run as root: then the user `nobody` runs it in a folder of its own."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o755)
    return entry.pw_name


def _as(user: str | None, *words: object) -> None:
    prefix = [located("runuser"), "-u", user, "--"] if user else []
    subprocess.run([str(word) for word in (*prefix, *words)], check=True, stdout=subprocess.DEVNULL, cwd="/")


def emptied(url: str) -> str:
    """The same database with nothing in it."""
    engine = create_engine(url_of(url, Path()))
    with engine.begin() as connection:
        for line in (
            "DROP SCHEMA IF EXISTS dbos CASCADE",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
        ):
            connection.execute(text(line))
    engine.dispose()
    return url
