"""The whole reference environment on the lab: all 45 systems up, looked at, up again, and gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support.command_line import ROOT, Answer, Site
from support.own_ports import Ports, set_aside

from cmp.loaders.loading import load
from toolchain.reference_page import page

pytestmark = [pytest.mark.lab, pytest.mark.reference, pytest.mark.timeout(7200)]

REFERENCE = ROOT / "inventories" / "reference"
SYSTEMS = 45
KINDS = ("create", "update", "replace", "delete")


@dataclass(frozen=True, slots=True)
class Story:
    """What each command said, from a clean lab to an empty one."""

    up: Answer
    systems: Answer
    again: Answer
    drift: Answer
    destroyed: Answer
    left: Answer


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The whole life, lived once; the lab is stopped at its end."""
    state = tmp_path_factory.mktemp("reference") / "state"
    set_aside(load(REFERENCE).environment.estate, state, Ports.REFERENCE)
    site = Site(state, {"KUBERNETES": "1"}, patience=3600)
    try:
        up = site.run("--json", "up", REFERENCE)
        systems = site.run("--json", "systems", REFERENCE)
        again = site.run("--json", "up", REFERENCE)
        drift = site.run("--json", "drift", REFERENCE)
        destroyed = site.run("destroy", REFERENCE, "--yes")
        yield Story(up, systems, again, drift, destroyed, site.run("--json", "inventory", REFERENCE))
    finally:
        site.run("down", REFERENCE)


def test_all_systems_are_carried_out_and_stand_as_planned(story: Story) -> None:
    systems = story.systems.document["systems"]

    assert (story.up.code, story.systems.code) == (0, 0), story.up.err + story.systems.said
    assert len(systems) == SYSTEMS
    assert [each["id"] for each in systems if not each["stands"]] == []
    assert story.up.document["policy"]["violations"] == []
    assert story.up.document["verify"]["mismatches"] == []


def test_a_second_up_changes_nothing_and_nothing_drifts(story: Story) -> None:
    changes = [stack["changes"] for stack in story.again.document["stacks"]]

    assert story.again.code == 0, story.again.err
    assert sum(each["same"] for each in changes) > SYSTEMS
    assert {sum(each[kind] for each in changes) for kind in KINDS} == {0}
    assert story.drift.document["drifts"] == []


def test_the_page_of_the_docs_is_that_of_a_run(story: Story) -> None:
    """All but the addresses, which clouds choose."""
    kept = (ROOT / "docs" / "reference-environment.md").read_text(encoding="utf-8")

    made = page(story.systems.document, story.up.document["policy"]["violations"])

    assert _without_addresses(made) == _without_addresses(kept)


def test_destroying_it_leaves_every_cloud_empty(story: Story) -> None:
    ours = [each for each in story.left.document["resources"] if each["managed"]]

    assert (story.destroyed.code, story.left.code) == (0, 0), story.destroyed.err
    assert ours == []


def _without_addresses(text: str) -> list[list[str]]:
    """Cells of each row, of the addresses only what is counted."""
    rows = [line.split(" | ") for line in text.splitlines()]
    return [[cell.partition(": ")[0] if " of " in cell else cell for cell in row] for row in rows]
