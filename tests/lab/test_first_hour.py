"""The first hour of somebody new, as the pages tell it: an own environment, up, grown, drained, down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.command_line import Answer, Site
from support.own_ports import Ports, set_aside

from cmp.loaders.loading import load
from cmp.store import plans
from stacks.programs.rows import servers_of

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3000)]

ONE_MORE = """
  - id: archive
    title: {en: Archive}
    owner: affairs
    mlps_level: 2
    data_class: [internal]
    recovery: {grade: 2}
    zone: private
    components:
      - id: web
        replicas: 1
        needs: {vcpus: 2, memory_gib: 4, disk_gib: 40}
        images: {amd64: "archive:1.0"}
        init: cloud-init/service.yaml
"""
AT_A_GLANCE = 15
"""Lines of a preview that somebody reads at a glance."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What each command of the first hour answered, in their order."""

    site: Site
    init: Answer
    valid: Answer
    planned: Answer
    up: Answer
    grown: Answer
    preview: Answer
    counted: Answer
    asked: Answer
    applied: Answer
    drained: Answer
    back: Answer
    drift: Answer
    down: Answer
    servers: tuple[int, int]


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hour]:
    """The whole hour, lived once; what is left of it when something goes wrong is taken down."""
    folder = tmp_path_factory.mktemp("hour")
    site, office = Site(folder / "state"), folder / "office"
    try:
        yield _lived(site, office)
    finally:
        site.run("down", office)
        site.run("lab", "down", "--env", office)
        shutil.rmtree(folder, ignore_errors=True)


def _lived(site: Site, office: Path) -> Hour:
    init = site.run("init", office)
    set_aside(load(office).environment.estate, site.state, Ports.HOUR)
    valid, planned = site.run("validate", office), site.run("plan", office)
    up = site.run("up", office)
    first = _servers(site)
    with (office / "workloads.yaml").open("a", encoding="utf-8") as file:
        file.write(ONE_MORE)
    grown = site.run("plan", office)
    preview = site.run("preview", site.state / "plans" / "office.json")
    counted = site.run("--json", "preview", site.state / "plans" / "office.json")
    asked = site.run("--json", "preview", "--all", site.state / "plans" / "office.json")
    applied = site.run("apply", site.state / "plans" / "office.json")
    host = "host:bj-b-hygon/1"
    drained = site.run("--json", "maintain", office, "--drain", host, "--apply")
    back = site.run("--json", "maintain", office, "--drain", host, "--back", "--apply")
    drift = site.run("--json", "drift", office)
    down = site.run("down", office)
    return Hour(
        site,
        init,
        valid,
        planned,
        up,
        grown,
        preview,
        counted,
        asked,
        applied,
        drained,
        back,
        drift,
        down,
        (first, _servers(site)),
    )


def _servers(site: Site) -> int:
    return len(servers_of(plans.load(site.state / "plans" / "office.json")))


def test_every_command_of_the_first_hour_does_what_it_says(hour: Hour) -> None:
    begun = (hour.init, hour.valid, hour.planned, hour.up)
    gone_on = (hour.grown, hour.preview, hour.applied, hour.drained, hour.back, hour.drift, hour.down)
    answers = (*begun, *gone_on)

    assert [answer.err for answer in answers if answer.code] == []


def test_what_is_up_was_looked_at(hour: Hour) -> None:
    before, after = hour.servers

    assert f"verified through the clouds' own APIs: {before} servers" in hour.up.said
    assert f"verified through the clouds' own APIs: {after} servers" in hour.applied.said
    assert after == before + 1


def test_a_plan_of_one_more_says_what_is_new_against_what_is_applied(hour: Hour) -> None:
    assert "1 new, 0 moved, 0 gone, 0 resized" in hour.grown.said
    assert "new: archive/web" in hour.grown.said


def test_a_preview_names_what_comes_and_is_read_at_a_glance(hour: Hour) -> None:
    lines = [line for line in hour.preview.out.splitlines() if line.strip()]

    assert len(lines) <= AT_A_GLANCE
    assert any("create: server archive-web-primary" in line for line in lines)


def test_what_is_counted_without_the_clouds_is_what_they_say_when_asked(hour: Hour) -> None:
    counted, asked = (
        {stack["name"]: stack for stack in answer.document["stacks"]} for answer in (hour.counted, hour.asked)
    )
    unasked = {name for name, stack in counted.items() if not stack["asked"]}

    assert unasked, "a workload more concerns a few stacks"
    assert all(stack["asked"] for stack in asked.values())
    assert {name: stack["changes"] for name, stack in counted.items()} == {
        name: stack["changes"] for name, stack in asked.items()
    }


def test_a_drained_host_comes_back_and_nothing_drifted(hour: Hour) -> None:
    kinds = {entry["step"]["kind"] for entry in hour.drained.document["journal"]["entries"]}

    assert {"migrate", "power-off"} <= kinds
    assert {entry["progress"] for entry in hour.back.document["journal"]["entries"]} == {"done"}
    assert hour.drift.document["drifts"] == []


def test_down_leaves_nothing(hour: Hour) -> None:
    assert "everything of office is gone from the clouds" in hour.down.said
    assert hour.site.is_quiet(), hour.site.leftovers()
