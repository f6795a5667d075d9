"""`tricenter diff` says in both languages what differs, and ends as `preview --check` does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.builders import a_component, a_placement, a_plan, a_workload, amounts, an_environment
from typer.testing import CliRunner, Result

from cli.main import app
from cmp.errors import Differs
from cmp.model.plan import Plan
from cmp.store import plans

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Compare two Plans with options in front of the command and behind it."""

    def run(before: Plan, after: Plan, *options: str, front: tuple[str, ...] = ()) -> Result:
        files = tmp_path / "before.json", tmp_path / "after.json"
        for plan, file in zip((before, after), files, strict=True):
            plans.save_named(plan, file)
        words = ["--state", str(tmp_path / "state"), *front, "diff", *map(str, files), *options]
        return CliRunner().invoke(app, words)

    return run


STATED = an_environment(
    a_workload(components=tuple(a_component(name) for name in ("web", "db", "cache", "queue")))
)
BEFORE = a_plan(
    environment=STATED,
    placements=(
        a_placement("bj-a-hygon"),
        a_placement("bj-a-hygon", component="db"),
        a_placement("bj-b-hygon", component="cache"),
    ),
)
AFTER = a_plan(
    environment=STATED,
    placements=(
        a_placement("bj-a-kunpeng", size=amounts(memory_mib=65536, vcpu_milli=4500)),
        a_placement("bj-a-hygon", component="db", replicas=3),
        a_placement("bj-b-hygon", component="queue"),
    ),
)


def lines(ended: Result) -> list[list[str]]:
    return [line.split() for line in ended.stdout.splitlines()]


def test_new_moved_gone_and_resized_rows_are_shown_with_their_figures(ask: Ask) -> None:
    told = [" ".join(line) for line in lines(ask(BEFORE, AFTER))]

    moved = next(line for line in told if line.startswith("moved tax-api web"))
    assert "bj-a-hygon bj-a-kunpeng 2" in moved
    assert "→ 4.5" in moved
    assert "→ 65536" in moved
    assert "new tax-api queue primary bj-b-hygon 2" in told
    assert "gone tax-api cache primary bj-b-hygon 2" in told
    assert "resized tax-api db primary bj-a-hygon bj-a-hygon runs 2 → 3" in told


def test_the_exit_code_asks_for_check_and_a_difference(ask: Ask) -> None:
    ended = {
        (same, check): ask(BEFORE, BEFORE if same else AFTER, *(("--check",) if check else ())).exit_code
        for same in (True, False)
        for check in (True, False)
    }

    assert ended.pop((False, True)) == Differs.exit_code
    assert set(ended.values()) == {0}


def test_the_document_has_all_of_it(ask: Ask) -> None:
    document = json.loads(ask(BEFORE, AFTER, front=("--json", "--quiet")).stdout)

    assert document["differs"] is True
    assert [row["component"] for row in document["rows"]["new"]] == ["queue"]
    assert document["rows"]["moved"][0]["from"] == "bj-a-hygon"
    assert document["parts"] == ["placements"]


def test_chinese_says_no_heading_in_english(ask: Ask) -> None:
    told = ask(BEFORE, AFTER, front=("--lang", "zh", "--quiet")).stdout

    assert "有差异的放置行" in told
    assert "规格调整" in told
    assert re.search(r"\b(diff_|row_|figure_|moved|resized|before|after)", told) is None


@pytest.mark.parametrize(("language", "said"), [("en", "different environments"), ("zh", "不同环境")])
def test_plans_of_different_environments_are_compared_with_a_sentence_that_says_so(
    ask: Ask, language: str, said: str
) -> None:
    other = a_plan(environment=an_environment(name="another"))

    ended = ask(a_plan(), other, front=("--lang", language))

    assert ended.exit_code == 0
    assert said in ended.stdout
