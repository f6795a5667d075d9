"""Gives tests a real Knot DNS, inside a namespace, that takes updates of its zone with a key as BIND does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.bind import HEAD, KEY, OTHER, SECRET, Bind
from support.own_namespaces import until

KNOTD = "/usr/sbin/knotd"


@contextmanager
def a_knot(
    door: Sequence[str], folder: Path, records: str, zone: str = "office.example", address: str = "127.0.0.2"
) -> Iterator[Bind]:
    """A Knot behind a door; `records` follow the zone's head."""
    (folder / "zone").write_text(HEAD + records)
    (folder / "knot.conf").write_text(_config(folder, zone, address))
    with (folder / "knot.log").open("w") as log:
        running = subprocess.Popen([*door, KNOTD, "-c", str(folder / "knot.conf")], stdout=log, stderr=log)
        try:
            made = Bind(door, address, zone, folder)
            until(lambda: running.poll() is not None or made.told("ns1", "A"), "Knot answers")
            assert running.poll() is None, (folder / "knot.log").read_text()
            yield made
        finally:
            running.terminate()
            running.wait(20)


def _config(folder: Path, zone: str, address: str) -> str:
    return f"""\
server:
    rundir: {folder}
    pidfile: {folder}/knot.pid
    listen: {address}@53
log:
  - target: stdout
    any: info
database:
    storage: {folder}
key:
  - id: {KEY["name"]}
    algorithm: {KEY["algorithm"]}
    secret: {SECRET}
  - id: stranger
    algorithm: hmac-sha256
    secret: {OTHER}
acl:
  - id: changes
    key: {KEY["name"]}
    action: [update, transfer]
zone:
  - domain: {zone}
    storage: {folder}
    file: zone
    acl: changes
"""
