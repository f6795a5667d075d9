"""Ways are read before any is tried, and programs travel with what they need."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from cmp.errors import TryLater
from cmp.probes.doors import ask, behind, parcel
from cmp.probes.reach import TriedWay, read

WAY = {"target": "192.0.2.1", "family": 4, "protocol": "tcp", "port": 22}


def test_a_name_server_is_asked_at_its_usual_port() -> None:
    ways = read({"ways": [{"target": "192.0.2.1", "family": 4, "protocol": "dns"}, WAY]})

    assert ways == [TriedWay("192.0.2.1", 4, "dns", 53), TriedWay("192.0.2.1", 4, "tcp", 22)]


@pytest.mark.parametrize("wrong", [{"protocol": "smoke"}, {"family": 5}, {"colour": "red"}])
def test_a_way_nobody_can_try_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        read({"ways": [{**WAY, **wrong}]})


def test_a_parcel_holds_programs_and_nothing_that_needs_more_than_the_standard_library() -> None:
    with zipfile.ZipFile(io.BytesIO(parcel())) as packed:
        names = packed.namelist()

    assert {"cmp/probes/reach.py", "cmp/probes/path.py", "cmp/probes/__main__.py"} <= set(names)
    assert not any("model" in name or "clouds" in name for name in names)


def test_words_behind_ssh_are_quoted_for_its_shell() -> None:
    assert behind(("ssh", "station"), "cmp.probes.reach")[5].startswith("'")
    assert not behind(("nsenter", "-n"), "cmp.probes.reach")[5].startswith("'")


def test_a_program_behind_an_empty_door_runs_here() -> None:
    assert ask((), "cmp.probes.reach", {"ways": []}) == {"answers": []}


def test_a_door_that_leads_nowhere_is_tried_later() -> None:
    with pytest.raises(TryLater):
        ask(("no-such-door",), "cmp.probes.reach", {"ways": []})
    with pytest.raises(TryLater, match="exit code"):
        ask(("false",), "cmp.probes.reach", {"ways": []})
