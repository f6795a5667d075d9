"""Host keys of a real sshd are pinned, and a changed one is refused with both fingerprints."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from support.builders import a_network_host, a_private_network
from support.needs import needs
from support.own_namespaces import until

from cmp.errors import Refused
from cmp.model.ssh import JumpHost, Ssh, SshWays
from cmp.plays.runner import Host, play
from cmp.services.migrating.outside import Elsewhere
from cmp.services.migrating.pinning import Reached, keep_pinned, looked_at, pin, reached, read, refuse_changed
from cmp.services.migrating.place import Place, ways_of
from cmp.store.file_ports import FileMove
from cmp.store.sealed_secrets import MemorySecrets
from lab.ports import is_free

pytestmark = [pytest.mark.lab, needs("ssh", "ssh-keygen", "sshd")]

SSHD = "/usr/sbin/sshd"
"""It wants its whole path, since it starts itself anew for each login."""
LOOPBACK = ip_address("127.0.0.1")
USER, NAMED = "root", "office"
PASSWORD = "Zq9xKm42"  # noqa: S105 - of nobody
SECRETS = MemorySecrets({f"sudo/{NAMED}": f"{PASSWORD}\n"})


def key(folder: Path, name: str, kind: str = "ed25519") -> Path:
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)], check=True)
    return path


@contextmanager
def an_sshd(folder: Path, port: int, *keys: Path, users: Path | None = None) -> Iterator[None]:
    """A real sshd on loopback with these host keys."""
    path = folder / f"sshd-{port}.conf"
    hosts = "".join(f"HostKey {each}\n" for each in keys)
    allowed = f"AuthorizedKeysFile {users}\n" if users else "AuthorizedKeysFile none\n"
    path.write_text(
        f"{hosts}{allowed}ListenAddress 127.0.0.1:{port}\nPidFile none\nUsePAM no\nStrictModes no\n"
        "PermitRootLogin prohibit-password\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    running = subprocess.Popen([SSHD, "-D", "-f", str(path)], stderr=subprocess.DEVNULL)
    try:
        until(lambda: not is_free(port), "sshd listens")
        yield
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def port() -> int:
    return next(each for each in range(29_100, 29_400) if is_free(each))


def host(port: int, name: str = "desk-1", ways: SshWays | None = None) -> Reached:
    return Reached(name, USER, LOOPBACK, port, ways or SshWays(connect_timeout=5))


def test_a_key_is_pinned_once_somebody_agrees_and_a_changed_one_is_refused(tmp_path: Path, port: int) -> None:
    old, new = key(tmp_path, "old"), key(tmp_path, "new")
    with an_sshd(tmp_path, port, old):
        unknown = pin([host(port)], b"", accept_new=False)
        assert "is not known: compare it on the host, then use --accept-new" in unknown.refused["desk-1"]
        assert unknown.keys == {}

        first = pin([host(port)], unknown.text, accept_new=True)
        again = pin([host(port)], first.text, accept_new=False)
        assert first.refused == again.refused == {}
        assert dict(read(first.text)) == first.keys

    with an_sshd(tmp_path, port, new):
        changed = pin([host(port), host(port, "desk-2")], first.text, accept_new=True)

    before, after = first.keys["desk-1"], changed.keys["desk-2"]
    assert before != after
    assert changed.refused.keys() == {"desk-1"}
    assert f"{before.fingerprint} was pinned, {after.fingerprint} answers" in changed.refused["desk-1"]
    assert dict(read(changed.text))["desk-1"] == before
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{old}.pub"], capture_output=True, text=True, check=True
    )
    assert before.fingerprint.split()[1] in shown.stdout


def test_a_second_key_of_another_type_is_no_change_and_a_type_that_is_gone_is_one(
    tmp_path: Path, port: int
) -> None:
    rsa, other = key(tmp_path, "rsa", "rsa"), key(tmp_path, "ed")
    with an_sshd(tmp_path, port, rsa):
        first = pin([host(port)], b"", accept_new=True)
    pins = first.text
    assert first.keys["desk-1"].kind == "ssh-rsa"
    with an_sshd(tmp_path, port, rsa, other):
        assert pin([host(port)], pins, accept_new=False).refused == {}
    with an_sshd(tmp_path, port, other):
        refused = pin([host(port)], pins, accept_new=True).refused

    assert "ssh-rsa SHA256:" in refused["desk-1"]
    assert "ssh-ed25519 SHA256:" in refused["desk-1"]


def test_a_host_that_does_not_answer_is_neither_pinned_nor_refused(tmp_path: Path, port: int) -> None:
    found = pin([host(port)], b"", accept_new=True)

    assert (found.keys, found.refused) == ({}, {})


def test_keys_are_seen_through_a_jump_host_that_is_pinned_itself(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, outer, mine = key(tmp_path, "inner"), key(tmp_path, "outer"), key(tmp_path, "mine")
    second = next(each for each in range(port + 1, port + 200) if is_free(each))
    monkeypatch.setenv("SSH_AUTH_SOCK", "")
    jump = JumpHost(user=USER, address=ip_address("127.0.0.1"), port=second)
    with an_sshd(tmp_path, port, inner), an_sshd(tmp_path, second, outer, users=Path(f"{mine}.pub")):
        agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
        socket, process = (part.split("=")[1].split(";")[0] for part in agent.splitlines()[:2])
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        try:
            subprocess.run(["ssh-add", "-q", str(mine)], check=True)
            ways = SshWays(jump=jump, connect_timeout=5)
            found = pin([host(port, ways=ways)], b"", accept_new=True)
            alone = looked_at(host(port, ways=ways), None, b"")
        finally:
            subprocess.run(["kill", process], check=True)

    assert found.keys.keys() == {"desk-1", "127.0.0.1"}
    assert found.keys["127.0.0.1"] != found.keys["desk-1"]
    assert alone is None  # who leads there is not believed, so nobody is asked through it


def test_nothing_begins_while_a_host_answers_with_another_key(tmp_path: Path, port: int) -> None:
    private = a_private_network("desk-net", ssh=SshWays(connect_timeout=5))
    ssh = Ssh(user=USER, address=LOOPBACK, port=port)
    hosts = [a_network_host("desk-1", "192.0.2.11/24", ssh=ssh)]
    kept = FileMove(tmp_path)
    refuse_changed(private, hosts, kept)  # nothing was pinned yet
    with an_sshd(tmp_path, port, key(tmp_path, "old")):
        keep_pinned(pin(reached(private, hosts), b"", accept_new=True), kept)
        refuse_changed(private, hosts, kept)

    with (
        an_sshd(tmp_path, port, key(tmp_path, "new")),
        pytest.raises(Refused, match=r"1 SSH host keys are not believed.*desk-1: .*SHA256:.* was pinned"),
    ):
        refuse_changed(private, hosts, kept)


def test_everybody_who_is_logged_into_is_pinned() -> None:
    usual = SshWays(connect_timeout=7, interpreter="/opt/python/bin/python3")
    own = Ssh(user="netops", port=2222, connect_timeout=3)
    hosts = [
        a_network_host("desk-1", "192.0.2.11/24", ssh=own),
        a_network_host("desk-2", "192.0.2.12/24", ssh=Ssh(user="netops")),
        a_network_host("desk-3", "192.0.2.13/24"),
    ]

    found = reached(a_private_network("desk-net", ssh=usual), hosts)

    assert [(each.name, each.port, each.ways.connect_timeout) for each in found[:2]] == [
        ("desk-1", 2222, 3),
        ("desk-2", 22, 7),
    ]
    assert found[0].ways.interpreter == "/opt/python/bin/python3"


def test_ansible_is_told_the_ways_and_nobody_the_password(tmp_path: Path) -> None:
    jump = JumpHost(user="hop", address=ip_address("192.0.2.254"), port=2200)
    ssh = Ssh(
        user="netops", jump=jump, connect_timeout=9, interpreter="/opt/py/bin/python3", sudo_password=NAMED
    )

    def made(kind: str) -> Host:
        place = Place(kind, Elsewhere(()), (), known_hosts=tmp_path / "pins", reveal=SECRETS.reveal)
        return place.reach("desk-1", ssh, LOOPBACK)

    variables = made("real").variables
    assert variables["ansible_ssh_timeout"] == 9
    assert variables["ansible_python_interpreter"] == "/opt/py/bin/python3"
    assert variables["ansible_become_password"] == PASSWORD
    told = str(variables["ansible_ssh_common_args"])
    for part in ("ProxyCommand=", "%h", "2200", "192.0.2.254", "HostKeyAlias=192.0.2.254"):
        assert part in told
    assert PASSWORD not in repr(made("real"))
    assert "ansible_become_password" not in made("lab").variables


def test_no_password_comes_back_from_a_play(tmp_path: Path, port: int) -> None:
    ways = SshWays(sudo_password=NAMED, connect_timeout=3)
    place = Place("real", Elsewhere(()), (), known_hosts=tmp_path / "pins", ways=ways, reveal=SECRETS.reveal)
    host = place.reach("desk-1", Ssh(user=USER, port=port), LOOPBACK)

    outcome = play("extranet/10-assess.yml", [host], {"extranet_prefixes": []})

    assert outcome.trouble(["desk-1"])
    assert PASSWORD not in repr(outcome)


def test_a_host_says_more_than_its_network() -> None:
    usual = SshWays(connect_timeout=30, sudo_password=NAMED)

    assert ways_of(None, usual) == usual
    assert ways_of(Ssh(user="a", connect_timeout=5), usual).connect_timeout == 5
    assert ways_of(Ssh(user="a"), usual) == usual
