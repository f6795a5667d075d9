"""What can be asked of a network's move without a host: its plan, how far it came, its keys and packs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.at_hand import NOW, means_at
from support.environment_files import replace_in
from typer.testing import CliRunner

from cli.main import app
from cmp.errors import Invalid, Stale
from cmp.means import Means
from cmp.model.migration import MigrationPlan
from cmp.model.migration_journal import MoveState, Verification
from cmp.model.references import EnvironmentRef
from cmp.network.moving.planning import MOVING
from cmp.services.migrating import networks
from cmp.services.migrating.documents import Moved
from cmp.services.migrating.migrating import begun
from cmp.settings import Layout
from cmp.store import migrations

ROOT = Path(__file__).parents[4]
NETWORK = "archives-net"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    return tmp_path / "inventories" / "lab"


@pytest.fixture
def means(tmp_path: Path) -> Means:
    return means_at(tmp_path / "state")


def test_a_plan_is_kept_and_is_what_a_move_would_carry_out(means: Means, folder: Path) -> None:
    made = networks.plan(means, EnvironmentRef.of(folder), NETWORK)

    found = networks.reviewed(means, EnvironmentRef.of(folder), NETWORK)

    assert found == made
    assert migrations.load_plan(Path(made.place)) == made.plan
    assert MigrationPlan.model_validate(made.document, strict=False) == made.plan


def test_a_plan_lies_where_the_command_is_told_too(means: Means, folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    words = ("--state", means.workshop.root, "net", "plan", folder, NETWORK, "--out", mine)

    assert CliRunner().invoke(app, [str(word) for word in words]).exit_code == 0

    assert migrations.load_plan(mine) == networks.reviewed(means, EnvironmentRef.of(folder), NETWORK).plan


def test_a_plan_whose_environment_has_changed_is_not_what_a_move_carries_out(
    means: Means, folder: Path
) -> None:
    networks.plan(means, EnvironmentRef.of(folder), NETWORK)
    replace_in(folder.parent / "reference" / "network.yaml", "Network of the archives", "The archives")

    with pytest.raises(Stale, match="is stale"):
        networks.reviewed(means, EnvironmentRef.of(folder), NETWORK)


def test_a_move_that_has_not_begun_says_so_and_cannot_be_verified(means: Means, folder: Path) -> None:
    networks.plan(means, EnvironmentRef.of(folder), NETWORK)

    found = networks.status(means, EnvironmentRef.of(folder), NETWORK)

    assert found.document == {"waves": [], "state": "not-begun"}
    with pytest.raises(Invalid, match="has not begun to move"):
        networks.verify(means, EnvironmentRef.of(folder), NETWORK)


def test_a_move_tells_where_the_hosts_of_each_wave_stand(means: Means, folder: Path) -> None:
    made = networks.plan(means, EnvironmentRef.of(folder), NETWORK)
    kept = Layout(means.workshop.root).migration(made.plan.environment, NETWORK)
    journal = begun(made.plan, "move-1", NOW, "lab", MOVING)
    migrations.JOURNALS.save(journal, kept)

    found = networks.status(means, EnvironmentRef.of(folder), NETWORK)

    waves = found.document["waves"]
    assert found.document["state"] is MoveState.UNDER_WAY
    assert [wave["phase"] for wave in waves] == [stage.phase for stage in journal.stages]
    assert {host for wave in waves for host in wave["hosts"]} == {entry.host for entry in journal.entries}
    assert all(wave["state"] == ["waiting"] for wave in waves)


def test_a_move_differs_only_where_it_was_verified_and_something_is_wrong(tmp_path: Path) -> None:
    def found(*ok: bool) -> Moved:
        checks = tuple({"name": f"check-{each}", "ok": each} for each in ok)
        told = {
            "environment": "lab",
            "network": NETWORK,
            "plan": "0",
            "journal": "",
            "at": "",
            "checks": checks,
        }
        return Moved(NETWORK, tmp_path, None, Verification.model_validate(told))

    assert not Moved(NETWORK, tmp_path, None).differs
    assert not found(True, True).differs
    assert found(True, False).differs


def test_another_key_signs_after_a_rotation(means: Means) -> None:
    first, second = networks.rotate_key(means), networks.rotate_key(means)

    assert first.name != second.name
    assert [path.stem for path in (Layout(means.workshop.root).keys / "retired").iterdir()] == [first.name]
