"""The key that an environment names is found with whoever runs the move, and is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.errors import Invalid
from cmp.services.migrating.named_secrets import folder, key_of, sudo_password

TOLD = 'key "office" {\n\talgorithm hmac-sha256;\n\tsecret "c2VjcmV0IG9mIHRoZSBvZmZpY2U=";\n};\n'


def kept(where: Path, text: str, mode: int = 0o600) -> Path:
    (where / "office.key").write_text(text)
    (where / "office.key").chmod(mode)
    return where


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
    found = key_of("office", kept(tmp_path, text))

    assert found == {"name": "office", "algorithm": "hmac-sha256", "secret": "c2VjcmV0IG9mIHRoZSBvZmZpY2U="}


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (TOLD, 0o640, "can be read by others"),
        (TOLD, 0o604, "can be read by others"),
        (TOLD.replace("secret", "secre"), 0o600, "holds no key office"),
        (TOLD.replace("office", "other"), 0o600, "holds no key office"),
        ("", 0o600, "holds no key office"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str, mode: int, why: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=why) as told:
        key_of("office", kept(tmp_path, text, mode))

    assert "c2VjcmV0" not in f"{told.value} {told.value.hint}"
    assert "tsig-keygen office" in told.value.hint


def test_a_key_that_is_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file") as told:
        key_of("office", tmp_path)

    assert str(tmp_path / "office.key") in told.value.hint


def test_keys_lie_below_the_folder_for_settings() -> None:
    assert folder({"XDG_CONFIG_HOME": "/srv/conf"}) == Path("/srv/conf/tricenter/tsig")
    assert folder({"XDG_CONFIG_HOME": "relative"}) == Path.home() / ".config/tricenter/tsig"


def test_a_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "office"
    path.write_text("with blanks in it \r\nnothing else\n")
    path.chmod(0o600)

    assert sudo_password("office", tmp_path) == "with blanks in it "
    path.chmod(0o644)
    with pytest.raises(Invalid, match="can be read by others"):
        sudo_password("office", tmp_path)
    path.write_text("")
    path.chmod(0o600)
    with pytest.raises(Invalid, match="holds no password"):
        sudo_password("office", tmp_path)
