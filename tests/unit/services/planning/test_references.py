"""An environment is what is declared in it: where its folder lies and whence it is read does not count."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cmp.errors import Conflict, Invalid
from cmp.installation import HERE
from cmp.model.references import EnvironmentRef
from cmp.services.planning.planning import Wish, make_plan, plan_at_hand
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.environments import FolderEnvironments
from cmp.store.file_ports import file_ports

QUICK = Wish(effort=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE.shipped("inventories/starter"), tmp_path / "here" / "starter"))


def test_the_same_folder_elsewhere_and_another_working_directory_give_the_same_hash(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_plan(EnvironmentRef.of(folder), file_ports(Layout(tmp_path / "one")), QUICK)
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere" / "deep" / "copy")
    monkeypatch.chdir(elsewhere)

    second = make_plan(EnvironmentRef.of("."), file_ports(Layout(tmp_path / "two")), QUICK)

    assert (first.source, second.source) == (str(folder), ".")
    assert first.hash == second.hash
    assert FolderEnvironments().load(EnvironmentRef.of(folder)).revision == (
        FolderEnvironments().load(EnvironmentRef.of(".")).revision
    )


def test_a_folder_that_was_moved_is_found_where_it_lies_now(folder: Path, tmp_path: Path) -> None:
    ports = file_ports(Layout(tmp_path / "state"))
    made = make_plan(EnvironmentRef.of(folder), ports, QUICK)
    ports.applied.record(made, complete=True)
    ports.plans.keep(made)
    moved = folder.rename(tmp_path / "moved")

    again = make_plan(EnvironmentRef.of(moved), ports, QUICK)
    at_hand = plan_at_hand(EnvironmentRef.of(moved), ports, QUICK)

    assert again.hash == at_hand.hash == made.hash
    assert again.source == at_hand.source == str(moved)
    refuse_stale(again, ports)
    with pytest.raises(Invalid, match="there is no folder"):
        refuse_stale(made, ports)


def test_a_plan_that_says_another_place_is_the_same_plan(folder: Path, tmp_path: Path) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(Layout(tmp_path / "state")), QUICK)
    file = tmp_path / "plan.json"

    plans.save_named(made.model_copy(update={"source": "elsewhere"}), file)

    assert plans.load(file).hash == made.hash


def test_a_revision_that_is_named_has_to_be_what_the_folder_holds(folder: Path) -> None:
    environments = FolderEnvironments()
    now = environments.load(EnvironmentRef.of(folder)).revision
    assert environments.load(EnvironmentRef(str(folder), now)).revision == now

    header = folder / "environment.yaml"
    header.write_bytes(header.read_bytes() + b"# changed\n")

    with pytest.raises(Conflict, match=f"not at {now[:12]}"):
        environments.load(EnvironmentRef(str(folder), now))


@pytest.mark.parametrize(
    ("text", "name", "revision"),
    [
        ("inventories/lab/", "inventories/lab", ""),
        ("state:lab", "state:lab", ""),
        ("state:lab@0a1b", "state:lab", "0a1b"),
        ("./state:lab", "./state:lab", ""),
        ("a@b", "a@b", ""),
    ],
)
def test_what_somebody_wrote_is_a_folder_or_what_a_state_keeps(text: str, name: str, revision: str) -> None:
    assert EnvironmentRef.of(text) == EnvironmentRef(name, revision)


def test_what_a_state_keeps_is_in_no_folder() -> None:
    with pytest.raises(Invalid, match="kept by a shared state"):
        FolderEnvironments().load(EnvironmentRef.of("state:lab"))
