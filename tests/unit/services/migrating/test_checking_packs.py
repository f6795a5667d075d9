"""A pack is believed by keys that are known, never by what it brings along, and shows every change."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.moving_network import a_migration_plan, some_hosts

from cmp.errors import Differs, Invalid
from cmp.handing import handed, handed_pack, write_out
from cmp.model.migration_journal import MigrationJournal
from cmp.model.sealing import canonical
from cmp.ports.keys import Standing, fingerprint
from cmp.services.migrating import checking_packs
from cmp.services.migrating.accepting import PACK, PAGE, PAGES_OF_PACK, PUBLIC, SIGNATURE, pack, signed
from cmp.services.migrating.checking_packs import Checked
from cmp.store import keys
from cmp.store.file_ports import FileKeys

TRICENTER = Path(sys.executable).with_name("tricenter")


def name_of(folder: Path) -> str:
    """The fingerprint of the key that signs there."""
    return fingerprint(FileKeys(folder).signer().public)


def handed_over(place: Path) -> Path:
    """A pack that the installation in `place` signed."""
    journal = MigrationJournal(
        id="move", environment="test", network="desk-net", plan="0" * 64, began="2026-01-01", place="lab"
    )
    document = pack(a_migration_plan(some_hosts(2)), journal, None, (), name_of(place / "keys"))
    return write_out(signed(document, FileKeys(place / "keys").signer()), place / "pack")[0].parent


def check_pack(folder: Path, ours: FileKeys, given: Path | None = None) -> Checked:
    """Check a pack that lies in a folder, by a key that lies in a file."""
    key = handed(given, "the public key") if given else None
    return checking_packs.check_pack(handed_pack(folder), ours, key)


def signed_anew(folder: Path, key: Ed25519PrivateKey, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a pack's document, and sign it as somebody with this key can."""
    document = json.loads((folder / PACK).read_text())
    change(document)
    content = canonical(document) + b"\n"
    (folder / PACK).write_bytes(content)
    (folder / SIGNATURE).write_bytes(key.sign(content))
    (folder / PUBLIC).write_bytes(keys.public_pem(key))


def nothing(_document: dict[str, Any]) -> None:
    """Leave the document as it is."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return handed_over(tmp_path)


def test_the_installation_knows_what_it_signed_itself(tmp_path: Path, folder: Path) -> None:
    found = check_pack(folder, FileKeys(tmp_path / "keys"))

    assert (found.key.standing, found.key.fingerprint) == (Standing.OWN, name_of(tmp_path / "keys"))
    assert found.files == tuple(sorted([PACK, *PAGES_OF_PACK, PUBLIC, SIGNATURE]))


def test_a_retired_key_is_known_and_called_retired(tmp_path: Path, folder: Path) -> None:
    old = name_of(tmp_path / "keys")

    assert keys.rotate(tmp_path / "keys") != old

    found = check_pack(folder, FileKeys(tmp_path / "keys"))
    assert (found.key.standing, found.key.fingerprint) == (Standing.RETIRED, old)


def test_elsewhere_the_key_has_to_be_named(tmp_path: Path, folder: Path) -> None:
    kept = tmp_path / "kept.pub"
    kept.write_bytes((folder / PUBLIC).read_bytes())

    with pytest.raises(Differs, match=r"not known here: that proves nothing"):
        check_pack(folder, FileKeys(tmp_path / "nowhere"))

    assert check_pack(folder, FileKeys(tmp_path / "nowhere"), kept).key.standing is Standing.GIVEN
    assert not (tmp_path / "nowhere").exists()


def test_a_named_key_is_the_only_one_that_counts(tmp_path: Path, folder: Path) -> None:
    other = handed_over(tmp_path / "elsewhere")

    with pytest.raises(Differs, match="not known here"):
        check_pack(folder, FileKeys(tmp_path / "keys"), other / PUBLIC)


@pytest.mark.parametrize("claims", ["the true key", "the forger's"])
def test_a_forged_pack_with_its_own_key_is_refused(tmp_path: Path, folder: Path, claims: str) -> None:
    forger = Ed25519PrivateKey.generate()
    name = fingerprint(keys.public_pem(forger))
    claimed = {"signed_by": name} if claims == "the forger's" else {}
    signed_anew(folder, forger, lambda document: document.update(claimed))

    with pytest.raises(Differs, match=name) as refused:
        check_pack(folder, FileKeys(tmp_path / "keys"))
    assert "--key" in refused.value.hint


def test_signed_by_is_compared_with_who_signed(tmp_path: Path, folder: Path) -> None:
    own = keys.signing_key(tmp_path / "keys")
    signed_anew(folder, own, lambda document: document.update(signed_by="0" * 64))

    with pytest.raises(
        Differs, match=f"says that the key {'0' * 64} signed it, but {name_of(tmp_path / 'keys')}"
    ):
        check_pack(folder, FileKeys(tmp_path / "keys"))


def test_a_shortened_name_of_the_key_is_another_name(tmp_path: Path, folder: Path) -> None:
    own = keys.signing_key(tmp_path / "keys")
    signed_anew(folder, own, lambda document: document.update(signed_by=document["signed_by"][:16]))

    with pytest.raises(Differs, match="says that the key"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


def test_the_key_beside_it_has_to_be_the_one_that_signed(tmp_path: Path, folder: Path) -> None:
    (folder / PUBLIC).write_bytes(keys.public_pem(Ed25519PrivateKey.generate()))

    with pytest.raises(Differs, match=r"acceptance\.pub is not the key"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (PACK, b"192.0.2.11", b"192.0.2.99"),
        (PACK, b'"not-shown"', b'"shown"'),
        (PACK, b"\n", b"\n\n"),
        (PACK, b'{"addresses"', b'{"plan":"shown to people first","addresses"'),
        (PAGE, b"192.0.2.11", b"192.0.2.99"),
        (PAGE, b"</body>", b"<!-- --></body>"),
    ],
)
def test_evidence_addresses_and_what_people_read_cannot_be_changed(
    tmp_path: Path, folder: Path, name: str, old: bytes, new: bytes
) -> None:
    content = (folder / name).read_bytes()
    assert old in content
    (folder / name).write_bytes(content.replace(old, new))

    with pytest.raises(Differs, match=r"not what any known key signed|acceptance\.html was changed"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


@pytest.mark.parametrize("name", [PACK, SIGNATURE, PUBLIC, PAGE])
def test_a_missing_part_is_named(tmp_path: Path, folder: Path, name: str) -> None:
    (folder / name).unlink()

    with pytest.raises((Invalid, Differs), match=name):
        check_pack(folder, FileKeys(tmp_path / "keys"))


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "acceptance.html.bak", "acceptance.json\n"])
def test_what_was_put_into_a_pack_is_named(tmp_path: Path, folder: Path, name: str) -> None:
    (folder / name).write_text("more")

    with pytest.raises(Differs, match="does not belong to it"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


@pytest.mark.parametrize("name", [PACK, SIGNATURE, PUBLIC, PAGE])
def test_a_link_is_no_part_of_a_pack(tmp_path: Path, folder: Path, name: str) -> None:
    (folder / name).rename(tmp_path / "moved")
    (folder / name).symlink_to(tmp_path / "moved")

    with pytest.raises(Invalid, match="no plain file"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


@pytest.mark.parametrize(
    "signature", [b"", b"\0" * 64, b"\1" + b"\0" * 63, b"\xff" * 64, b"x" * 63, b"x" * 4096]
)
def test_what_is_no_signature_is_none(tmp_path: Path, folder: Path, signature: bytes) -> None:
    (folder / SIGNATURE).write_bytes(signature)

    with pytest.raises(Differs, match="not what any known key signed"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


@pytest.mark.parametrize(
    "over", ["the page", "a digest of the pack", "another pack", "the pack without its end"]
)
def test_a_signature_over_other_bytes_is_none(tmp_path: Path, folder: Path, over: str) -> None:
    other = handed_over(tmp_path / "elsewhere")
    content = (folder / PACK).read_bytes()
    signed = {
        "the page": (folder / PAGE).read_bytes(),
        "a digest of the pack": fingerprint(content).encode(),
        "another pack": (other / PACK).read_bytes(),
        "the pack without its end": content[:-1],
    }[over]
    (folder / SIGNATURE).write_bytes(keys.signing_key(tmp_path / "keys").sign(signed))

    with pytest.raises(Differs, match="not what any known key signed"):
        check_pack(folder, FileKeys(tmp_path / "keys"))


def other_algorithms() -> list[bytes]:
    made = (
        rsa.generate_private_key(65537, 2048).public_key(),
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        ed448.Ed448PrivateKey.generate().public_key(),
    )
    return [key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in made]


@pytest.mark.parametrize("where", ["given", "retired", "beside"])
def test_another_algorithm_is_refused_wherever_its_key_lies(tmp_path: Path, folder: Path, where: str) -> None:
    given = tmp_path / "given.pub"
    place = {"given": given, "retired": tmp_path / "keys/retired/x.pub", "beside": folder / PUBLIC}[where]
    place.parent.mkdir(exist_ok=True)
    for pem in other_algorithms():
        place.write_bytes(pem)

        with pytest.raises(Invalid, match="no Ed25519 key"):
            check_pack(folder, FileKeys(tmp_path / "keys"), given if where == "given" else None)


def test_the_document_names_the_algorithm_and_no_other_is_read(tmp_path: Path, folder: Path) -> None:
    own = keys.signing_key(tmp_path / "keys")
    for name in ("none", "HMAC-SHA256", "ed25519ph", ""):
        signed_anew(folder, own, lambda document, name=name: document.update(algorithm=name))

        with pytest.raises(Invalid, match="algorithm"):
            check_pack(folder, FileKeys(tmp_path / "keys"))


SMALL_ORDER = (
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
"""Points whose multiples are few: RFC 8032, curve of 8.2; the last two have order 8."""


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_for_which_anybody_can_sign_is_refused(tmp_path: Path, folder: Path, point: str) -> None:
    given = tmp_path / "given.pub"
    begin = bytes.fromhex("302a300506032b6570032100")
    text = base64.b64encode(begin + bytes.fromhex(point)).decode()
    given.write_text(f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")

    with pytest.raises(Invalid, match="anybody can sign"):
        check_pack(folder, FileKeys(tmp_path / "keys"), given)


@pytest.mark.parametrize("content", [b"", b"no key", b"\0" * 64, b"-----BEGIN PUBLIC KEY-----\n"])
def test_what_is_no_key_is_refused_in_a_sentence(tmp_path: Path, folder: Path, content: bytes) -> None:
    given = tmp_path / "given.pub"
    given.write_bytes(content)

    with pytest.raises(Invalid, match=r"given\.pub holds no public key"):
        check_pack(folder, FileKeys(tmp_path / "keys"), given)


def as_version_1(document: dict[str, Any]) -> None:
    document.update(version=1, signed_by=document["signed_by"][:16])
    del document["files"], document["algorithm"]


def test_of_an_older_pack_only_what_was_signed_is_believed(tmp_path: Path, folder: Path) -> None:
    signed_anew(folder, keys.signing_key(tmp_path / "keys"), as_version_1)

    with pytest.raises(Differs, match=r"acceptance\.html was not covered"):
        check_pack(folder, FileKeys(tmp_path / "keys"))
    for name in PAGES_OF_PACK:
        (folder / name).unlink()
    assert check_pack(folder, FileKeys(tmp_path / "keys")).files == tuple(sorted([PACK, PUBLIC, SIGNATURE]))


def test_the_command_says_by_which_key_and_ends_by_what_it_found(tmp_path: Path, folder: Path) -> None:
    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        words = (
            TRICENTER,
            "--state",
            tmp_path,
            "--lang",
            "en",
            "--json",
            "net",
            "check-pack",
            folder,
            *words,
        )
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    name = name_of(tmp_path / "keys")
    checked = run()
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["key"] == {"fingerprint": name, "status": "own"}
    (tmp_path / "kept.pub").write_bytes((folder / PUBLIC).read_bytes())
    assert json.loads(run("--key", tmp_path / "kept.pub").stdout)["key"]["status"] == "given"
    signed_anew(folder, Ed25519PrivateKey.generate(), nothing)
    forged = run()
    assert forged.returncode == Differs.exit_code
    assert "proves nothing" in json.loads(forged.stdout)["error"]["message"]
