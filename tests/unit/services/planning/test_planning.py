"""Making Plans: the same input gives the same Plan, changed input a refusal, and nothing is renumbered."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cmp.errors import Refused, Stale
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.services.planning.planning import Wish, make_plan
from cmp.services.planning.proofs import plan_of
from cmp.services.planning.refusing import refuse_incomplete, refuse_unverified
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.file_ports import file_ports

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[4]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    return tmp_path / "inventories" / "lab"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "state")


def test_the_applied_plan_is_the_plan_of_an_unchanged_environment(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))
    plans.record_applied(made, layout.applied_plan("lab"), complete=True)

    assert make_plan(EnvironmentRef.of(folder), file_ports(layout)).to_json() == made.to_json()


def test_a_plan_after_a_change_names_the_one_it_started_from(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))
    plans.record_applied(made, layout.applied_plan("lab"), complete=True)
    _touch(folder)

    assert make_plan(EnvironmentRef.of(folder), file_ports(layout)).origin.previous == made.hash
    assert make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(fresh=True)).origin.previous is None


def test_a_plan_is_stale_once_a_file_changed(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))
    refuse_stale(made, file_ports(layout))

    _touch(folder)

    with pytest.raises(Stale, match="is stale"):
        refuse_stale(made, file_ports(layout))


def test_a_plan_to_be_proved_may_not_be_stale(folder: Path, layout: Layout, tmp_path: Path) -> None:
    plans.save(make_plan(EnvironmentRef.of(folder), file_ports(layout)), tmp_path / "plan.json")
    assert plan_of(
        EnvironmentRef.of(folder), file_ports(layout), str(tmp_path / "plan.json"), NOW, print
    ).source == str(folder)

    _touch(folder)

    with pytest.raises(Stale, match="is stale"):
        plan_of(EnvironmentRef.of(folder), file_ports(layout), str(tmp_path / "plan.json"), NOW, print)


def test_no_plan_starts_from_one_of_another_environment(folder: Path, layout: Layout, tmp_path: Path) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))
    plans.save(made, tmp_path / "plan.json")
    environment = folder / "environment.yaml"
    text = environment.read_text(encoding="utf-8")
    environment.write_text(text.replace("name: lab", "name: other", 1), encoding="utf-8")

    with pytest.raises(Stale, match="is of lab, not of other"):
        make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(previous=str(tmp_path / "plan.json")))


def test_a_plan_survives_its_file(folder: Path, layout: Layout, tmp_path: Path) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))

    plans.save(made, tmp_path / "plan.json")

    assert plans.load(tmp_path / "plan.json") == made


def test_a_plan_that_the_verifier_rejects_is_refused(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))
    refuse_unverified(made)
    first, *rest = made.placements
    lie = Plan.model_validate_json(made.to_json()).model_copy(update={"placements": tuple(rest)}).sealed()

    with pytest.raises(Refused, match=f"the verifier rejects the plan .*{first.workload}"):
        refuse_unverified(lie)


def test_an_incomplete_plan_has_to_be_agreed_to(folder: Path, layout: Layout) -> None:
    text = (folder.parent / "reference" / "estate.yaml").read_text(encoding="utf-8")
    without_cards = text.replace("sm-crypto: 4", "sm-crypto: 0")
    assert without_cards != text
    (folder.parent / "reference" / "estate.yaml").write_text(without_cards, encoding="utf-8")

    made = make_plan(EnvironmentRef.of(folder), file_ports(layout))

    with pytest.raises(Refused, match="components of the plan are unplaced: .*e-seal"):
        refuse_incomplete(made, partial=False)
    refuse_incomplete(made, partial=True)


def _touch(folder: Path) -> None:
    with (folder / "environment.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
