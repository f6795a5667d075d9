"""What use cases work with is built from a state folder alone, and is real: the clock, chance, the clouds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.at_hand import Heard

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.loaders.loading import load
from cmp.model.events import Compiling, CompilingEvent
from cmp.native.telling import tell
from cmp.wiring import heard_compiling, kept_crash, kinds_left_out, means_of


def test_the_state_lies_where_it_was_said_and_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    state, heard = tmp_path / "state", Heard()

    means = means_of(state, "postgresql://host/addresses", heard)
    means.say("begun")

    assert means.workshop.root == state
    assert means.ports.addresses.database == "postgresql://host/addresses"
    assert heard.lines == ["begun"]
    assert not state.exists()


def test_the_database_with_its_password_is_not_shown(tmp_path: Path) -> None:
    assert "geheim" not in repr(means_of(tmp_path, "postgresql://me:geheim@host/addresses", Heard()))


def test_the_clock_goes_and_no_token_comes_twice(tmp_path: Path) -> None:
    means = means_of(tmp_path, None, Heard())

    assert abs(means.now() - datetime.now(UTC)) < timedelta(minutes=1)  # noqa: TID251 - this is the clock
    assert means.now().utcoffset() == timedelta(0)
    tokens = {means.token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(bytes.fromhex(token)) for token in tokens} == {16}


def test_clouds_without_access_data_are_told_by_name(tmp_path: Path) -> None:
    environment = load(HERE.shipped("inventories/lab")).environment

    opened = means_of(tmp_path, None, Heard()).clouds(environment)

    with pytest.raises(Invalid, match="bj-a-gov"):
        opened["bj-a-gov"].list()


def test_compiling_is_heard_as_long_as_somebody_listens() -> None:
    class Listener:
        def __init__(self) -> None:
            self.events = list[CompilingEvent]()

        def compiling(self, event: CompilingEvent) -> None:
            self.events.append(event)

    listener, event = Listener(), Compiling("search", 1, 2)
    with heard_compiling(listener):
        tell(event)
    tell(Compiling("search", 2, 2))

    assert listener.events == [event]


def test_the_details_of_a_defect_are_kept_for_nobody_else(tmp_path: Path) -> None:
    path = kept_crash(tmp_path / "state", "Traceback: \udcff")

    assert path is not None
    assert path.read_text(encoding="utf-8").startswith("Traceback: ")
    assert path.stat().st_mode & 0o077 == 0


def test_a_defect_is_no_other_defect_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")

    assert kept_crash(tmp_path / "state", "Traceback") is None


@pytest.mark.parametrize(("said", "left"), [(None, set()), ("0", {"kubernetes"}), ("1", set())])
def test_clusters_are_left_out_only_where_somebody_says_so(said: str | None, left: set[str]) -> None:
    assert kinds_left_out({"KUBERNETES": said} if said else {}) == left
