"""A Plan that was kept is taken only where planning would use the same inputs, and that is said."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.environment_files import TINY

from cmp.loaders.loading import load
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.services.planning.planning import Wish, make_plan, plan_at_hand
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.file_ports import file_ports
from cmp.words.events import told

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WISH = Wish(now=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "state")


@pytest.fixture
def kept(folder: Path, layout: Layout) -> Plan:
    """A Plan that differs from what planning anew gives: it was made with less effort."""
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=NOW, effort=0))
    plans.save(made, layout.plan(made.environment.name))
    return made


def taken(folder: Path, layout: Layout, wish: Wish = WISH) -> tuple[Plan, str]:
    said: list[Event] = []
    plan = plan_at_hand(EnvironmentRef.of(folder), file_ports(layout), wish, said.append)
    return plan, " ".join(told(event, "en") for event in said)


def test_a_kept_plan_is_taken_while_its_inputs_are_the_same(folder: Path, layout: Layout, kept: Plan) -> None:
    plan, said = taken(folder, layout)

    assert plan.to_json() == kept.to_json()
    assert f"taking the plan {kept.hash[:12]}" in said


def test_a_changed_file_is_planned_anew(folder: Path, layout: Layout, kept: Plan) -> None:
    with (folder / "policy.yaml").open("a") as file:
        file.write("# looked at\n")

    plan, said = taken(folder, layout)

    assert plan.inputs_hash != kept.inputs_hash
    assert said == ""


def test_a_plan_that_starts_elsewhere_than_planning_would_is_not_taken(
    folder: Path, layout: Layout, kept: Plan
) -> None:
    applied = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(seed=7, now=NOW))
    plans.record_applied(applied, layout.applied_plan(kept.environment.name), complete=True)

    plan, said = taken(folder, layout)

    assert plan.origin.previous == applied.hash
    assert said == ""


@pytest.mark.parametrize("wish", [Wish(now=NOW, seed=3), Wish(at=NOW), Wish(now=NOW, effort=1)])
def test_another_wish_is_planned_anew(folder: Path, layout: Layout, kept: Plan, wish: Wish) -> None:
    plan, said = taken(folder, layout, wish)

    assert plan.origin != kept.origin
    assert said == ""


def test_a_plan_whose_search_was_stopped_is_not_taken(folder: Path, layout: Layout) -> None:
    made = make_plan(
        EnvironmentRef.of(folder), file_ports(layout), Wish(now=NOW, effort=0, stop=lambda: True)
    )
    plans.save(made, layout.plan(made.environment.name))

    plan, said = taken(folder, layout)

    assert made.origin.stopped
    assert not plan.origin.stopped
    assert said == ""


@pytest.mark.parametrize("torn", ["", "half", "changed"])
def test_a_torn_plan_is_told_and_planned_anew(folder: Path, layout: Layout, kept: Plan, torn: str) -> None:
    path = layout.plan(kept.environment.name)
    text = path.read_text()
    changed = json.dumps(json.loads(text) | {"unplaced": []})
    path.write_text({"": "", "half": text[: len(text) // 2], "changed": changed}[torn])

    plan, said = taken(folder, layout)

    assert plan.origin.effort is None
    assert plan.unplaced
    assert said.startswith("planning anew: ")
    assert str(path) in said


def test_a_plan_of_an_environment_of_the_same_name_is_not_taken(
    folder: Path, layout: Layout, kept: Plan, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    header = other / "environment.yaml"
    header.write_bytes(header.read_bytes() + b"# another\n")

    plan, said = taken(other, layout)

    assert plan.inputs_hash != kept.inputs_hash
    assert said == ""


def test_a_plan_of_the_same_files_elsewhere_is_taken(
    folder: Path, layout: Layout, kept: Plan, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))

    plan, said = taken(other, layout)

    assert (plan.hash, plan.source) == (kept.hash, str(other))
    assert said.startswith("taking the plan")


def test_what_a_use_case_has_read_is_not_read_again(folder: Path, layout: Layout, kept: Plan) -> None:
    loaded = load(folder)
    shutil.rmtree(folder)

    plan = plan_at_hand(EnvironmentRef.of(folder), file_ports(layout), WISH, loaded=loaded)

    assert plan == kept
