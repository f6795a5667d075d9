"""Whoever may write into the database of addresses cannot make us believe or give away what is none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from support.address_stores import Clock, a_holding, a_plan_of_addresses, a_request

from cmp.errors import CmpError, Invalid
from cmp.ports.addresses import AddressChange
from cmp.store.ipam import SqlAddresses
from cmp.store.sql import url_of

HOSTILE_TEXTS = (
    "a\n$INCLUDE /etc/shadow",
    "*",
    "*.gov",
    "a b",
    "a;b",
    "\x1b[2Jx",
    "{{ 7 * 7 }}",
    "\u202etxt.x",
    "a" * 300,
)
TEXTS = {
    "dns_name": HOSTILE_TEXTS,
    "name": ("a\nb", "{{ x }}", "a,b", "\x1b[2J", "a" * 300, ""),
    "owner": ("a\nb", "{{ x }}", "\u202e", "a" * 201),
    "zone": ("a\nb",),
}
NUMBERS = {
    "start": ("198.51.100.9", b"\0" * 16, b"\0"),
    "length": (99, -1, "x", 24),
    "family": (5, 6),
    "kind": ("network",),
    "status": ("owned", "container"),
}
OF_A_PREFIX = {"gateway": (b"\1\2\3\4", "x"), "start": (b"\xc6\x33\x64\x01",), "length": (16,)}
CHANGES = [
    *((column, value, "mail") for column, values in (TEXTS | NUMBERS).items() for value in values),
    *((column, value, "lan") for column, values in OF_A_PREFIX.items() for value in values),
]
"""What is written into a column of an address, or of a prefix."""


@pytest.fixture
def store(tmp_path: Path):
    kept = SqlAddresses(url_of(None, tmp_path / "ipam.sqlite"), Clock())
    kept.change(a_plan_of_addresses())
    kept.change(AddressChange((), (a_holding("mail", "198.51.100.9", dns_name="mail.gov.test"),)))
    yield kept
    kept.close()


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str, tuple[object, ...]], None]:
    """Write into the database past the store, as somebody with another program."""

    def changed(statement: str, values: tuple[object, ...]) -> None:
        with sqlite3.connect(tmp_path / "ipam.sqlite") as connection:
            assert connection.execute(statement, values).rowcount >= 1
        connection.close()

    return changed


@pytest.mark.parametrize(("column", "value", "name"), CHANGES)
def test_a_changed_row_is_refused_by_name(
    column: str, value: object, name: str, store: SqlAddresses, change
) -> None:
    change(f"UPDATE ipam_holding SET {column} = ? WHERE name = ? AND family = 4", (value, name))  # noqa: S608

    with pytest.raises(Invalid, match="was changed by somebody else") as refusal:
        store.holdings()

    assert refusal.value.hint
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("column", ["rd", "description"])
def test_a_changed_region_is_refused_by_name(column: str, store: SqlAddresses, change) -> None:
    change(f"UPDATE ipam_region SET {column} = ? WHERE name = 'extranet'", ("a\nb",))  # noqa: S608

    with pytest.raises(Invalid, match="region `extranet`"):
        store.regions()


HOLES = {
    "of another prefix": (b"\xc0\x00\x02\x01", b"\xc0\x00\x02\xff"),
    "beyond its end": (b"\xc6\x33\x64\x01", b"\xc6\x33\x65\xff"),
    "the wrong way round": (b"\xc6\x33\x64\x09", b"\xc6\x33\x64\x01"),
    "of another family": (b"\0" * 16, b"\xff" * 16),
    "a text": ("198.51.100.1", "198.51.100.9"),
}


@pytest.mark.parametrize("name", HOLES)
def test_free_addresses_that_somebody_wrote_are_not_given_away(
    name: str, store: SqlAddresses, change
) -> None:
    lan = "(SELECT id FROM ipam_holding WHERE name = 'lan' AND family = 4)"
    change(f"DELETE FROM ipam_hole WHERE parent = {lan}", ())  # noqa: S608
    change(f"INSERT INTO ipam_hole VALUES ({lan}, ?, ?, 9)", HOLES[name])  # noqa: S608

    with pytest.raises(CmpError):
        store.allocate(a_request("host"))

    assert "host" not in {holding.name for holding in store.holdings()}
