"""docs/environment.md is what a newcomer copies: its example is tried as it stands, its messages are true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmp.loaders.field_page import PAGE, page
from cmp.loaders.schema import MODELS, schema_of

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
PROGRAM = Path(sys.executable).with_name("tricenter")
FILE = re.compile(r"```yaml\n# small/(\S+)\n(.*?)```", re.DOTALL)
MISTAKES = [
    ("memory_gib: 8}", "memory_gib: 8192"),
    ("memory_gib: 8}", "memory_gib: 300"),
    ("grade: 3", "grade: 6"),
    ("zone: public", "zone: pubic"),
    ("replicas: 2", "replica: 2"),
    ("mode: hard", "mode: soft"),
]
WRITTEN_BY_PEOPLE = ("environment", "estate", "network", "workloads", "policy", "calendars", "hosts")


def run(*words: object) -> subprocess.CompletedProcess[str]:
    told = [PROGRAM, *map(str, words)]
    return subprocess.run(told, capture_output=True, text=True, check=False, timeout=250)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    for found in FILE.finditer(GUIDE):
        (folder / found[1]).write_text(found[2], encoding="utf-8")
    return folder


def test_the_example_is_valid_at_once_and_says_what_the_page_says(small: Path) -> None:
    told = run("validate", str(small))

    assert told.returncode == 0, told.stdout + told.stderr
    assert "small: valid: 3 workloads, 4 components, 2 pools in 2 centers" in told.stdout
    assert "small: valid: 3 workloads, 4 components, 2 pools in 2 centers" in GUIDE


def test_everything_of_the_example_is_placed(small: Path, tmp_path: Path) -> None:
    told = run("--state", str(tmp_path / "state"), "plan", str(small))

    assert told.returncode == 0, told.stdout + told.stderr
    assert "rows of 3 workloads placed" in told.stdout


def test_the_example_is_as_short_as_promised() -> None:
    assert sum(found[2].count("\n") for found in FILE.finditer(GUIDE)) <= 50


@pytest.mark.parametrize(("right", "wrong"), MISTAKES, ids=[wrong for _, wrong in MISTAKES])
def test_a_typical_mistake_is_told_as_the_page_says(small: Path, right: str, wrong: str) -> None:
    row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{wrong}`"))
    promised = row.split(" | ")[1].rstrip(" |")
    file = small / "workloads.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(right, wrong + "}" * right.count("}"), 1), encoding="utf-8")

    told = run("validate", str(small))

    assert promised in told.stdout + told.stderr
    assert re.search(r"workloads\.yaml:\d+:\d+: ", told.stdout + told.stderr)


def test_a_file_that_hides_another_is_named_where_names_are_missed(small: Path) -> None:
    above = small.parent / "mine"
    above.mkdir()
    header = (
        "name: mine\ntitle: {zh: 我的}\nbindings: lab\nextends: ../small\nselect: {workloads: [register]}\n"
    )
    (above / "environment.yaml").write_text(header, encoding="utf-8")
    text = (small / "workloads.yaml").read_text(encoding="utf-8")
    (above / "workloads.yaml").write_text(text.split("  - <<: *system")[0], encoding="utf-8")

    told = run("validate", str(above))

    assert told.returncode == 2
    assert "there is no workload `register`" in told.stdout + told.stderr
    assert f"`{above / 'workloads.yaml'}` hides `{small / 'workloads.yaml'}`" in told.stdout + told.stderr


def test_the_page_of_fields_is_fresh() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), "run: python -m cmp.loaders.field_page"


@pytest.mark.parametrize("name", WRITTEN_BY_PEOPLE)
def test_every_field_that_people_write_is_described(name: str) -> None:
    assert name in MODELS
    schema = schema_of(name)
    models: dict[str, dict[str, Any]] = {name: schema, **schema["$defs"]}

    silent = [
        f"{model}.{field}"
        for model, each in models.items()
        for field, inner in each.get("properties", {}).items()
        if not inner.get("description")
    ]

    assert silent == []
