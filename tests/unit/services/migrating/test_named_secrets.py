"""Passwords and keys that an environment names are asked for by reference, and no sentence repeats them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.errors import CmpError, Invalid, NotOurs
from cmp.services.migrating.named_secrets import key_of, sudo_password
from cmp.store.sealed_secrets import MemorySecrets, SealedSecrets
from cmp.store.secret_keepers import SecretsHere

SECRET = "c2VjcmV0IG9mIHRoZSBvZmZpY2U="  # noqa: S105 - of nobody
TOLD = f'key "office" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n'
OFFICE = {"name": "office", "algorithm": "hmac-sha256", "secret": SECRET}


def kept(where: Path, name: str, text: str, mode: int = 0o600) -> SecretsHere:
    """Secrets of a person who has one in a file of its own, as earlier versions had it."""
    path = where / "tricenter" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text)
    path.chmod(mode)
    return SecretsHere({"XDG_CONFIG_HOME": str(where)})


@pytest.mark.parametrize(
    "text",
    [
        TOLD,
        TOLD.replace('"office"', "office."),
        "/* of the\n office */\n" + TOLD.replace("{", "{ // one"),
        'key other { algorithm hmac-md5; secret "AAAA"; };\n' + TOLD,
        TOLD.replace("\n", " "),
    ],
    ids=range(5),
)
def test_a_key_is_read_as_name_servers_write_it(text: str, tmp_path: Path) -> None:
    assert key_of("office", MemorySecrets({"tsig/office": text}).reveal) == OFFICE
    assert key_of("office", kept(tmp_path, "tsig/office.key", text).reveal) == OFFICE


def test_a_reference_leads_to_the_key_whatever_it_is_called() -> None:
    reveal = MemorySecrets({"names/of-the-office": TOLD}).reveal

    assert key_of("secret://names/of-the-office", reveal) == OFFICE


def test_what_is_sealed_is_found_by_its_bare_name_and_by_its_reference(tmp_path: Path) -> None:
    here = SecretsHere({"XDG_CONFIG_HOME": str(tmp_path)})
    here.keep("secret://tsig/office", TOLD)
    here.keep("secret://sudo/office", "with blanks in it ")

    for named in ("office", "secret://tsig/office"):
        assert key_of(named, here.reveal) == OFFICE
    for named in ("office", "secret://sudo/office"):
        assert sudo_password(named, here.reveal) == "with blanks in it "
    assert not any(SECRET.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "text",
    [TOLD.replace("secret", "secre"), TOLD.replace("office", "other"), "nothing of a key"],
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Invalid, match="holds no key") as told:
        key_of("office", MemorySecrets({"tsig/office": text}).reveal)

    assert SECRET[:8] not in f"{told.value} {told.value.hint}"
    assert "tricenter secret secret://tsig/office" in told.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_file_that_others_read_or_write_is_refused_and_not_repeated(mode: int, tmp_path: Path) -> None:
    for name, text in (("tsig/office.key", TOLD), ("sudo/office", SECRET)):
        reveal = kept(tmp_path, name, text, mode).reveal

        with pytest.raises((Invalid, NotOurs), match="office") as told:
            reveal(f"secret://{name.removesuffix('.key')}")

        assert SECRET not in f"{told.value} {told.value.hint}"


def test_what_nobody_keeps_is_told_by_its_reference(tmp_path: Path) -> None:
    for named, ask in (("office", key_of), ("Office.2", sudo_password)):
        with pytest.raises(Invalid, match=f"there is no secret secret://.*/{named}"):
            ask(named, SealedSecrets(tmp_path, tmp_path / "identity").reveal)


@pytest.mark.parametrize("named", ["../../etc/passwd", "a//b", ".hidden", "", "secret://sudo/../x"])
def test_a_name_leads_to_no_other_file(named: str, tmp_path: Path) -> None:
    with pytest.raises(CmpError, match="no reference"):
        sudo_password(named, SecretsHere({"XDG_CONFIG_HOME": str(tmp_path)}).reveal)


def test_a_password_is_the_first_line(tmp_path: Path) -> None:
    reveal = kept(tmp_path, "sudo/office", "with blanks in it \r\nnothing else\n").reveal

    assert sudo_password("office", reveal) == "with blanks in it "
    with pytest.raises(Invalid, match="holds no password"):
        sudo_password("office", MemorySecrets({"sudo/office": "\nx"}).reveal)
