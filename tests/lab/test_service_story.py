"""A service over real clouds, as people share it: planned by one, agreed to by another, killed on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.command_line import Answer, Site
from support.own_ports import Ports, set_aside
from support.served import Served, a_port, people

from cmp.loaders.loading import load

pytestmark = [pytest.mark.lab, pytest.mark.service_all, pytest.mark.timeout(3000), pytest.mark.enable_socket]

WAITS = re.compile(r"operation ([0-9a-f-]{36})")
ATTACHES, REFUSED = 5, 3


@dataclass(frozen=True, slots=True)
class Story:
    """What each asked, in their order, and what they were answered."""

    planned: Answer
    waited: Answer
    own: Answer
    agreed: Answer
    cut: Answer
    applied: Answer
    again: Answer
    drift: Answer
    steps: tuple[tuple[str, str], ...]
    starts: int
    audit: tuple[str, ...]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    state, office = Site(folder / "state"), folder / "office"
    try:
        assert state.run("init", office).code == 0
        set_aside(load(office).environment.estate, state.state, Ports.SERVICE)
        assert state.run("lab", "up", "--env", office).code == 0
        yield _told(Served(state, a_port()), folder, office)
    finally:
        state.run("down", office)
        state.run("lab", "down", "--env", office)


def _told(served: Served, folder: Path, office: Path) -> Story:
    with served.running() as (process, codes):
        known = people(served, folder, codes, li="operator", wang="approver")
        li, wang = known["li"], known["wang"]
        planned = li.run("plan", office, "--effort", "0")
        plan = li.state / "plans" / "office.json"
        waited = li.run("apply", plan)
        operation = WAITS.findall(waited.said)[0]
        own, agreed = li.run("approve", operation), wang.run("approve", operation)
        with li.start("apply", plan) as waiting:
            assert waiting.until("server"), waiting.told
            process.kill(group=False)  # what it had started ends by itself
            cut = waiting.finish()
    with served.running():
        applied = li.run("apply", plan)
        again, drift = li.run("--json", "preview", plan), li.run("drift", office)
        steps = li.run("--json", "operations", "show", operation).document["steps"]
    audit = served.site.run("--json", "audit", "list").document
    return Story(
        planned,
        waited,
        own,
        agreed,
        cut,
        applied,
        again,
        drift,
        tuple((step["name"], step["state"]) for step in steps),
        max(step["starts"] for step in steps),
        tuple(str(entry) for entry in audit),
    )


def test_a_plan_is_carried_out_once_somebody_else_agreed_and_goes_on_after_a_kill(story: Story) -> None:
    assert story.planned.code == 0, story.planned.said
    assert story.waited.code == ATTACHES
    assert "waits for consent (grade 6)" in story.waited.said
    assert story.own.code == REFUSED
    assert "may not approve" in story.own.said
    assert story.agreed.code == 0, story.agreed.said

    assert story.cut.code == ATTACHES, story.cut.said
    assert "the same command attaches to it again" in story.cut.said
    assert story.applied.code == 0, story.applied.said
    assert story.steps == (("foresee", "done"), ("consent", "done"), ("apply", "done"), ("verify", "done"))
    assert story.starts == 1  # each part that was done set the count back


def test_what_was_carried_out_is_what_the_plan_says(story: Story) -> None:
    assert story.again.code == 0, story.again.said
    changes = [stack["changes"] for stack in story.again.document["stacks"]]
    assert sum(each[verb] for each in changes for verb in ("create", "update", "delete", "replace")) == 0
    assert story.drift.code == 0, story.drift.said
