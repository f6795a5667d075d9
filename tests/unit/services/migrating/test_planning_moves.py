"""A plan is followed while it is what would be planned today; what it began is taken back by it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.environment_files import replace_in

from cmp.errors import Stale
from cmp.model.migration_journal import MoveState
from cmp.model.references import EnvironmentRef
from cmp.network.moving.planning import MOVING
from cmp.services.migrating.migrating import begun
from cmp.services.migrating.planning import Planned, current_plan, make_plan, plan_under_way
from cmp.services.planning.planning import make_plan as place_everything
from cmp.settings import Layout
from cmp.store import migrations, plans
from cmp.store.file_ports import file_ports

ROOT = Path(__file__).parents[4]
NETWORK = "archives-net"
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    return tmp_path / "inventories" / "lab"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "state")


def begin(planned: Planned, state: MoveState = MoveState.UNDER_WAY) -> None:
    journal = begun(planned.plan, "move", DAY, "lab", MOVING).model_copy(update={"state": state})
    planned.kept.keep(journal)


def retitle(folder: Path) -> None:
    replace_in(folder.parent / "reference" / "network.yaml", "Network of the archives", "The archives")


def test_a_plan_is_found_again(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK)

    assert current_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK).plan == made.plan
    assert plan_under_way(EnvironmentRef.of(folder), file_ports(layout), NETWORK).plan == made.plan


def test_a_plan_is_stale_once_its_edge_would_filter_something_else(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK)
    plans.record_applied(
        place_everything(EnvironmentRef.of(folder), file_ports(layout)),
        layout.applied_plan("lab"),
        complete=True,
    )

    with pytest.raises(Stale, match="its edge would filter otherwise now"):
        current_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK)

    begin(made)
    assert current_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK).plan == made.plan


def test_what_was_begun_is_taken_back_by_its_own_plan(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK)
    begin(made)
    retitle(folder)
    other = make_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK)

    assert other.plan.hash != made.plan.hash
    assert plan_under_way(EnvironmentRef.of(folder), file_ports(layout), NETWORK).plan == made.plan
    begin(made, MoveState.TAKEN_BACK)
    assert plan_under_way(EnvironmentRef.of(folder), file_ports(layout), NETWORK).plan == other.plan


def test_the_plan_of_a_move_from_before_plans_were_kept_by_hash_is_found(
    folder: Path, layout: Layout
) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), NETWORK)
    shutil.rmtree(made.kept.where(migrations.PLANS))
    begin(made)

    assert plan_under_way(EnvironmentRef.of(folder), file_ports(layout), NETWORK).plan == made.plan
