"""A Plan is carried out only as it was made and proven: stale, forged and vanished input is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.command_line import ROOT, Site, an_environment_of

from cmp.model.plan import Plan
from cmp.store import plans

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

REFERENCE = ROOT / "inventories" / "reference"
REFUSED, INVALID = 3, 2
CARRYING_OUT = ("preview", "apply")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds `here`, an environment with files of its own and its Plan, and `kept`, how that looked then."""
    folder = tmp_path_factory.mktemp("faults")
    environment = an_environment_of(folder / "here" / "small", ["identity", "policy-library"])
    shutil.copytree(REFERENCE / "workloads", environment / "workloads")
    shutil.copytree(REFERENCE / "cloud-init", environment / "cloud-init")
    answer = Site(folder / "here" / "state").run("plan", environment)
    assert answer.code == 0, answer.err
    shutil.copytree(folder / "here", folder / "kept", symlinks=True)
    return folder


@pytest.fixture
def here(planned: Path) -> Path:
    """The folder of all this as it was made, at the same place: a Plan names its environment's."""
    shutil.rmtree(planned / "here")
    return Path(shutil.copytree(planned / "kept", planned / "here", symlinks=True))


@pytest.fixture
def site(here: Path) -> Site:
    return Site(here / "state")


@pytest.fixture
def environment(here: Path) -> Path:
    """An environment with files of its own, so that they can be changed and taken away."""
    return here / "small"


@pytest.fixture
def plan(site: Site) -> Path:
    return site.state / "plans" / "small.json"


@pytest.mark.parametrize("command", CARRYING_OUT)
def test_a_plan_whose_environment_was_edited_is_stale(
    site: Site, environment: Path, plan: Path, command: str
) -> None:
    file = next(iter((environment / "workloads").glob("16-*.yaml")))
    file.write_text(file.read_text().replace("replicas: 4", "replicas: 5", 1))

    answer = site.run(command, plan)

    assert answer.code == REFUSED, answer.err
    assert "is stale" in answer.refusal
    assert re.search(rf"run `\S*tricenter .*plan {re.escape(str(environment))}` again", answer.refusal)


@pytest.mark.parametrize("command", CARRYING_OUT)
def test_a_plan_edited_by_hand_is_no_plan(site: Site, plan: Path, command: str) -> None:
    plan.write_text(plan.read_text().replace("bj-b-hygon", "bj-b-ascend"))

    answer = site.run(command, plan)

    assert answer.code == INVALID, answer.err
    assert "was changed after it was made" in answer.refusal


@pytest.mark.parametrize("command", CARRYING_OUT)
def test_a_forged_plan_is_rejected_by_the_verifier(site: Site, plan: Path, command: str) -> None:
    plans.save(_forged(plans.load(plan)), plan)

    answer = site.run(command, plan)

    assert answer.code == REFUSED, answer.err
    assert "the verifier rejects the plan" in answer.refusal
    assert "identity" in answer.refusal


@pytest.mark.parametrize("command", ["up", "down"])
@pytest.mark.parametrize("vanished", ["workloads", "environment.yaml"])
def test_a_vanished_file_is_invalid_and_changes_nothing(
    site: Site, environment: Path, plan: Path, command: str, vanished: str
) -> None:
    made = plan.read_bytes()
    path = environment / vanished
    _without_reference(environment)
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    answer = site.run(command, environment)

    assert answer.code == INVALID, answer.err
    assert vanished.removesuffix(".yaml") in answer.err
    assert plan.read_bytes() == made
    assert not (site.state / "lab").exists()


def test_an_emptied_list_of_workloads_is_invalid(site: Site, environment: Path) -> None:
    _without_reference(environment)
    shutil.rmtree(environment / "workloads")
    (environment / "workloads.yaml").write_text("workloads: []\n")

    answer = site.run("up", environment)

    assert answer.code == INVALID, answer.err
    assert "workloads.yaml" in answer.err


def _forged(plan: Plan) -> Plan:
    """The Plan with one side moved to where another side stands, sealed as if it were right."""
    rows = list(plan.placements)
    one = next(i for i, row in enumerate(rows) if row.component == "directory" and row.center == "bj-b")
    other = next(row for row in rows if row.component == "directory" and row.center == "bj-a")
    place = {
        name: getattr(other, name) for name in ("pool", "cloud", "center", "chip", "isa", "image", "size")
    }
    rows[one] = rows[one].model_copy(update=place)
    return plan.model_copy(update={"placements": tuple(rows)}).sealed()


def _without_reference(environment: Path) -> None:
    """Give the environment all files, so that none comes from the reference."""
    for path in REFERENCE.glob("*.yaml"):
        if path.name != "environment.yaml":
            shutil.copy(path, environment)
    file = environment / "environment.yaml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("extends")]
    file.write_text("\n".join(lines) + "\n")
