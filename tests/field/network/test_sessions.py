"""Field cases of servers that speak both families on one socket: their IPv4 sessions are seen as such."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.field_host import OLD
from support.needs import needs
from support.one_host import OneHost, one_host
from support.own_namespaces import until

from cmp.plays.runner import PLAYBOOKS

pytestmark = [pytest.mark.lab, pytest.mark.hosts, needs("ip", "ss", "unshare", "nsenter")]

DUAL, MAPPED, PLAIN = 8080, 8081, 8083
SERVE = """
import select, socket, sys
def listener(family, address, port, only=None):
    made = socket.socket(family, socket.SOCK_STREAM)
    if only is not None:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
    made.bind((address, port))
    made.listen()
    return made
sockets = [
    listener(socket.AF_INET6, "::", 8080, 0),
    listener(socket.AF_INET6, "::ffff:192.0.2.11", 8081, 0),
    listener(socket.AF_INET, "0.0.0.0", 8083),
    listener(socket.AF_INET6, "::", 8084, 1),
]
kept = []
while True:
    kept += [ready.accept() for ready in select.select(sockets, [], [])[0]]
"""
CONNECT = """
import socket, sys, time
held = socket.create_connection((sys.argv[1], int(sys.argv[2])))
time.sleep(60)
"""
ASSESS = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); import assessing;"
    "print(json.dumps(assessing.assess(['192.0.2.0/24'], places=())))"
)


@pytest.fixture
def host() -> Iterator[OneHost]:
    with one_host() as found, _started("nsenter", "-t", str(found.pid), "-n", "python3", "-c", SERVE):
        until(lambda: "8084" in found.run("ss", "-Htln").stdout, "does the server listen?")
        yield found


@contextmanager
def _started(*words: str) -> Iterator[None]:
    with subprocess.Popen(words) as process:
        try:
            yield
        finally:
            process.kill()


def assessed(host: OneHost) -> dict[str, list[dict[str, object]]]:
    """What the host says of itself, as the gate before retiring gets it."""
    modules = PLAYBOOKS / "plugins" / "module_utils"
    done = host.run("python3", "-c", ASSESS, str(modules))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("port", [PLAIN, DUAL, MAPPED])
def test_a_session_on_the_old_address_is_seen(host: OneHost, port: int) -> None:
    client = ("ip", "netns", "exec", host.name, "python3", "-c", CONNECT, OLD, str(port))
    with _started(*client):
        until(lambda: str(port) in host.run("ss", "-Htn").stdout, "does the session stand?")

        found = assessed(host)["sessions"]

    assert [(session["local"], session["peer"]) for session in found if session["port"] == port] == [
        (OLD, "192.0.2.1")
    ]


@pytest.mark.parametrize(("port", "families"), [(PLAIN, [4]), (MAPPED, [4]), (DUAL, [4, 6]), (8084, [6])])
def test_a_listener_has_the_families_that_reach_it(host: OneHost, port: int, families: list[int]) -> None:
    (found,) = [listener for listener in assessed(host)["listeners"] if listener["port"] == port]

    assert sorted(found["families"]) == families
