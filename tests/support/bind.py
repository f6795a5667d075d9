"""Gives tests a real BIND, inside a namespace, that takes updates of its zones with a key."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.own_namespaces import until

from cmp.network.measurement.naming import Question
from cmp.probes.names import answers

OTHER = "q1AhRkB3s0hQ2tq0kzJr1cN4iVJtWm0yV5hTg0cGq2k="
SECRET = "NnYxGVWbCYO5RJo2GMMkhW4nKlzmlUbAwlQ53gbnh8A="  # noqa: S105 - of a server that ends with its test
KEY = {"name": "office-ddns", "algorithm": "hmac-sha256", "secret": SECRET}
NAMED = "/usr/sbin/named"
HEAD = """\
$TTL 60
@ IN SOA ns1 host ( 7 7200 900 1209600 60 )
@ IN NS ns1
ns1 IN A 192.0.2.53
"""


@dataclass(frozen=True, slots=True)
class Bind:
    """A running BIND, by the door that leads to it and the address that it answers at."""

    door: Sequence[str]
    address: str
    zone: str
    folder: Path

    def told(self, name: str, kind: str) -> tuple[str, ...]:
        """What it tells of a name within the zone."""
        whole = f"{name}.{self.zone}" if name else self.zone
        (found,) = answers([Question(self.address, whole, kind)], self.door, wait=1.0).values()
        return found.values


@contextmanager
def a_bind(
    door: Sequence[str], folder: Path, records: str, zone: str = "office.example", address: str = "127.0.0.1"
) -> Iterator[Bind]:
    """A BIND behind a door; `records` follow the zone's head."""
    folder.chmod(0o777)  # it may run as another user
    (folder / "zone").write_text(HEAD + records)
    (folder / "named.conf").write_text(_config(folder, zone, address))
    with (folder / "named.log").open("w") as log:
        running = subprocess.Popen(
            [*door, NAMED, "-g", "-c", str(folder / "named.conf")], stdout=log, stderr=log
        )
        try:
            made = Bind(door, address, zone, folder)
            until(lambda: running.poll() is not None or made.told("ns1", "A"), "BIND answers")
            assert running.poll() is None, (folder / "named.log").read_text()
            yield made
        finally:
            running.terminate()
            running.wait(20)


def _config(folder: Path, zone: str, address: str) -> str:
    return f"""\
key "{KEY["name"]}" {{ algorithm {KEY["algorithm"]}; secret "{SECRET}"; }};
key "stranger" {{ algorithm hmac-sha256; secret "{OTHER}"; }};
options {{
    directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
    listen-on port 53 {{ {address}; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; managed-keys-directory "{folder}";
}};
controls {{ }};
zone "{zone}" {{
    type primary; file "{folder}/zone";
    update-policy {{ grant {KEY["name"]} zonesub ANY; }};
    allow-transfer {{ key {KEY["name"]}; }};
}};
"""
