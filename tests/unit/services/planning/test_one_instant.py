"""One instant gives one Plan, to the hash, whatever offset it is written in."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.field_desk import a_desk

NOON = "2027-05-22T12:00"
SAME = (
    "2027-05-22T12:00+08:00",
    "2027-05-22T04:00+00:00",
    "2027-05-22T04:00Z",
    "2027-05-21T23:00-05:00",
    "2027-05-22T09:30+05:30",
)


@pytest.mark.parametrize("moment", SAME)
def test_another_offset_gives_the_same_hash(moment: str, tmp_path: Path) -> None:
    desk = a_desk("F12", tmp_path)

    first = desk.document("plan", ".", "--at", NOON, "--fresh").document
    again = desk.document("plan", ".", "--at", moment, "--fresh").document

    assert again["hash"] == first["hash"]
    assert again["origin"]["at"] == "2027-05-22T12:00:00+08:00"


def test_another_instant_gives_another_hash(tmp_path: Path) -> None:
    desk = a_desk("F12", tmp_path)

    first = desk.document("plan", ".", "--at", NOON, "--fresh").document
    other = desk.document("plan", ".", "--at", "2027-05-22T12:00Z", "--fresh").document

    assert other["hash"] != first["hash"]
