from __future__ import annotations

import os
import runpy
import subprocess
from functools import partial
from pathlib import Path

import pulumi
import pytest
from support.leased import Carrying, a_leased_plan
from support.simulated import Recorded, run

from cmp.installation import HERE
from cmp.model.plan import Plan
from cmp.store.plans import save
from stacks.engine.operations import POLICIES
from stacks.engine.workplace import PLAN, opened
from stacks.names import Project, StackName

FOLDERS = HERE.shipped("stacks")
LONGEST_MAIN = 40


def start(project: Project, stack: str = "test.bj-a") -> Recorded:
    """What `pulumi preview` in a project's folder runs."""
    main = partial(runpy.run_path, str(FOLDERS / project), run_name="__main__")
    return run(lambda: main() and None, preview=True, project=project.full, stack=stack)


@pytest.fixture
def named(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a plan that the environment names."""
    file = tmp_path / "plan.json"
    save(plan, file)
    monkeypatch.setenv(PLAN, str(file))
    return file


@pytest.mark.parametrize(
    ("project", "kind", "count"),
    [
        (Project.FOUNDATION, "tricenter:openstack:Network", 2),
        (Project.WORKLOADS, "tricenter:openstack:Server", 4),
    ],
)
@pytest.mark.usefixtures("named")
def test_a_project_folder_runs_the_same_program_for_the_selected_stack(
    project: Project, kind: str, count: int
) -> None:
    assert len(start(project).names(kind)) == count


@pytest.mark.parametrize("project", Project)
def test_a_project_folder_says_that_no_plan_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PLAN, raising=False)

    with pytest.raises(pulumi.RunError, match="no plan is named: pulumi config set tricenter:plan FILE"):
        start(project)


@pytest.mark.parametrize(
    ("stack", "sentence"),
    [
        ("lab.bj-a", "the plan is for the environment test, the stack foundation/lab.bj-a is not"),
        ("test.sh-d", "the environment test has no center sh-d"),
        ("dev", "`dev` names no stack: write <environment>.<center>"),
    ],
)
@pytest.mark.usefixtures("named")
def test_a_stack_that_the_plan_is_not_for_is_refused(stack: str, sentence: str) -> None:
    with pytest.raises(pulumi.RunError, match=sentence):
        start(Project.FOUNDATION, stack)


def test_a_plan_that_was_changed_by_hand_is_refused(named: Path) -> None:
    named.write_bytes(named.read_bytes().replace(b'"replicas":2', b'"replicas":3'))

    with pytest.raises(pulumi.RunError, match="was changed after it was made"):
        start(Project.FOUNDATION)


@pytest.mark.parametrize("project", Project)
def test_a_project_folder_holds_a_short_main_and_its_settings_only(project: Project) -> None:
    folder = FOLDERS / project

    assert len((folder / "__main__.py").read_text().splitlines()) <= LONGEST_MAIN
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == {"__main__.py", "Pulumi.yaml"}


@pytest.mark.engine
def test_plain_pulumi_preview_works_in_a_project_folder_under_the_same_policies(carrying: Carrying) -> None:
    with opened(carrying.place, StackName(Project.FOUNDATION, "engine", "bj-a")):
        pass

    kept = plain_preview(carrying, a_leased_plan())
    broken = plain_preview(carrying, a_leased_plan(ports=(22,)))

    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert "tricenter:aws:Vpc" in kept.stdout
    assert broken.returncode != 0
    assert "management-stays-inside" in broken.stdout


def plain_preview(carrying: Carrying, plan: Plan) -> subprocess.CompletedProcess[str]:
    """What a person types, with a configuration file that is not left in the folder."""
    place = carrying.place
    command = ["pulumi", "preview", "--non-interactive", "--stack", "engine.bj-a"]
    configuration = carrying.folder / "Pulumi.engine.bj-a.yaml"
    access = {
        "AWS_CONFIG_FILE": str(place.access.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(place.access.aws_credentials),
    }
    return subprocess.run(
        [*command, "--config-file", str(configuration), "--policy-pack", str(POLICIES)],
        cwd=FOLDERS / Project.FOUNDATION,
        env={**os.environ, **place.variables(carrying.kept(plan)), **access},
        capture_output=True,
        text=True,
        check=False,
    )
