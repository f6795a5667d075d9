"""Secrets are answered by reference, from sealed files or a server, and stand in nothing that others read."""

from __future__ import annotations

import base64
import json
import stat
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import searching
from support.secret_server import TOKEN, SecretServer, a_secret_server
from typer.testing import CliRunner

from cli.main import app
from cmp.clouds.binding import Files
from cmp.errors import CmpError, Invalid, NotOurs, Refused, TryLater
from cmp.ports.secrets import Secrets
from cmp.store.sealed_secrets import MadeUpSecrets, MemorySecrets, SealedSecrets
from cmp.store.secret_keepers import SecretsHere, secrets_here
from cmp.store.vault_secrets import VaultSecrets
from stacks.objects.revealing import revealer

pytestmark = pytest.mark.enable_socket  # a server of secrets answers on the loopback

REFERENCE = "secret://service/database-password"
SECRET = "correct horse 电池 staple"  # noqa: S105 - it is planted, and searched for


@dataclass(frozen=True)
class Kept:
    """A twin with what it needs to be broken."""

    secrets: Secrets
    server: SecretServer | None = None


@pytest.fixture
def server() -> Iterator[SecretServer]:
    with a_secret_server() as held:
        yield held


@pytest.fixture(params=["sealed", "made up", "memory", "server"])
def secrets(request: pytest.FixtureRequest, tmp_path: Path) -> Secrets:
    twins: dict[str, Callable[[], Secrets]] = {
        "sealed": lambda: SealedSecrets(tmp_path / "secrets", tmp_path / "identity.age"),
        "made up": lambda: MadeUpSecrets(tmp_path / "secrets"),
        "memory": MemorySecrets,
        "server": lambda: VaultSecrets(request.getfixturevalue("server").address, TOKEN),
    }
    return twins[request.param]()


def is_in(text: str | bytes, secret: str = SECRET) -> bool:
    return searching.is_in(text, secret)


def everything_in(folder: Path) -> Iterator[Path]:
    return searching.everything_with(folder, SECRET)


def test_what_was_kept_is_revealed(secrets: Secrets) -> None:
    secrets.keep(REFERENCE, SECRET)

    assert secrets.reveal(REFERENCE) == SECRET


@pytest.mark.parametrize(
    "reference", ["secret://one", "secret://a/../b", "hunter2", "secret://A/b", "secret:///a/b"]
)
def test_what_is_no_reference_is_refused_and_not_repeated(secrets: Secrets, reference: str) -> None:
    for act in (lambda: secrets.reveal(reference), lambda: secrets.keep(reference, SECRET)):
        with pytest.raises(Invalid, match="no reference") as refusal:
            act()
        assert reference not in f"{refusal.value}{refusal.value.hint}"


def test_a_newer_one_takes_the_place_of_the_older(server: SecretServer, tmp_path: Path) -> None:
    for secrets in (
        SealedSecrets(tmp_path / "s", tmp_path / "identity.age"),
        VaultSecrets(server.address, TOKEN),
    ):
        secrets.keep(REFERENCE, "older")
        secrets.keep(REFERENCE, SECRET)

        assert secrets.reveal(REFERENCE) == SECRET


def test_a_sealed_file_is_read_by_its_identity_alone(tmp_path: Path) -> None:
    mine = SealedSecrets(tmp_path / "secrets", tmp_path / "identity.age")
    mine.keep(REFERENCE, SECRET)
    file = tmp_path / "secrets" / "service" / "database-password.age"
    other = SealedSecrets(tmp_path / "secrets", tmp_path / "other.age")
    SealedSecrets(tmp_path / "elsewhere", tmp_path / "other.age").keep(REFERENCE, "x")

    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert list(everything_in(tmp_path)) == []
    assert stat.S_IMODE((tmp_path / "identity.age").stat().st_mode) == 0o600
    with pytest.raises(Invalid, match="another identity"):
        other.reveal(REFERENCE)
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(Invalid, match="torn"):
        mine.reveal(REFERENCE)
    (tmp_path / "identity.age").unlink()
    with pytest.raises(Invalid, match="no identity"):
        mine.reveal(REFERENCE)


def test_an_identity_that_others_may_read_opens_nothing(tmp_path: Path) -> None:
    mine = SealedSecrets(tmp_path / "secrets", tmp_path / "identity.age")
    mine.keep(REFERENCE, SECRET)
    (tmp_path / "identity.age").chmod(0o666)

    with pytest.raises((Invalid, NotOurs)):
        mine.reveal(REFERENCE)


def test_plain_files_of_earlier_versions_are_read(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "service" / "database-password"
    file.parent.mkdir(parents=True, mode=0o700)
    (tmp_path / "secrets").chmod(0o700)
    file.touch(0o600)
    file.write_text(f"{SECRET}\n")

    assert SealedSecrets(tmp_path / "secrets", tmp_path / "identity.age").reveal(REFERENCE) == SECRET


def test_the_lab_makes_up_what_nobody_gave_it_once(tmp_path: Path) -> None:
    reveal = revealer(Files(made_up_secrets=tmp_path))

    assert reveal(REFERENCE) == reveal(REFERENCE)
    assert reveal("secret://registry/mirror") == '{"auths":{}}'


@pytest.mark.parametrize(
    ("broken", "kind", "sentence"),
    [
        ("missing", Invalid, "there is no secret"),
        ("deleted", Invalid, "there is no secret"),
        ("other field", Invalid, "has no text in its field"),
        ("denied", Refused, "does not let us have"),
        ("old token", Refused, "does not let us have"),
        ("sealed", TryLater, "cannot be asked"),
        ("away", TryLater, "cannot be asked"),
    ],
)
def test_a_server_that_does_not_answer_is_one_sentence_without_a_secret(
    server: SecretServer, broken: str, kind: type[CmpError], sentence: str
) -> None:
    path = "/v1/secret/data/tricenter/service/database-password"
    server.versions[path] = [{"value": SECRET}]
    token, address = TOKEN, server.address
    match broken:
        case "missing":
            server.versions.clear()
        case "deleted":
            server.versions[path].append(None)
        case "other field":
            server.versions[path].append({"password": SECRET})
        case "denied":
            server.denied = frozenset({path})
        case "old token":
            token = f"{SECRET.encode().hex()}"
        case "sealed":
            server.sealed = True
        case "away":
            address = "http://127.0.0.1:9"

    with pytest.raises(kind, match=sentence) as refusal:
        VaultSecrets(address, token).reveal(REFERENCE)

    told = "".join(traceback.format_exception(refusal.value)) + refusal.value.hint
    assert not is_in(told)
    assert TOKEN not in told


@pytest.mark.parametrize(
    "address", ["http://bao.example:8200", "ftp://bao.example", "bao.example:8200", "https://"]
)
def test_no_secret_is_sent_in_clear(address: str) -> None:
    with pytest.raises(Invalid):
        VaultSecrets(address, TOKEN)


def test_a_server_is_asked_where_one_is_named(server: SecretServer, tmp_path: Path) -> None:
    environ = {
        "TRICENTER_SECRETS": server.address,
        "TRICENTER_SECRETS_MOUNT": "team",
        "BAO_TOKEN": TOKEN,
        "BAO_NAMESPACE": "ministry",
    }

    SecretsHere(environ).keep(REFERENCE, SECRET)

    assert SecretsHere(environ).reveal(REFERENCE) == revealer(Files(), environ)(REFERENCE) == SECRET
    assert {(path, space) for _, path, space in server.asked} == {
        ("/v1/team/data/tricenter/service/database-password", "ministry")
    }
    assert TOKEN not in repr(secrets_here(environ))
    with pytest.raises(Invalid, match="no token"):
        secrets_here({"TRICENTER_SECRETS": server.address, "HOME": str(tmp_path)})


def test_the_command_keeps_a_secret_and_shows_it_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    state = tmp_path / "state"

    told = CliRunner().invoke(
        app, ["--state", str(state), "--json", "secret", REFERENCE], input=f"{SECRET}\n"
    )

    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == {"kept": REFERENCE}
    assert not is_in(told.output)
    assert list(everything_in(tmp_path)) == []
    assert SecretsHere({"XDG_CONFIG_HOME": str(tmp_path / "config")}).reveal(REFERENCE) == SECRET


def test_what_is_searched_for_would_be_found(tmp_path: Path) -> None:
    for text in (SECRET, base64.b64encode(f"ab{SECRET}cd".encode()).decode(), SECRET.encode().hex()):
        assert is_in(f"x {text} y")
    assert not is_in("nothing")
