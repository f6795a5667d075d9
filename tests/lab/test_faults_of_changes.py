"""What goes wrong during a change: a second run, a region that stops, a plan that deletes much."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cloud_listings import Listing, list_clouds, of_region, servers_in
from support.command_line import Answer, Site, a_site, an_environment_of
from support.lab_clouds import LabClouds

from cmp.store import plans
from stacks.programs.rows import servers_of

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3000)]

LOST = "bj-b"
REFUSED, LATER = 3, 5
WHOLE = ("identity", "online-memorial")


@dataclass(frozen=True, slots=True)
class Story:
    """An environment whose first run lost a region on its way, and was not alone."""

    site: Site
    environment: Path
    clouds: LabClouds
    before: Listing
    holder: int
    second: Answer
    first: Answer
    without: Listing
    resumed: Answer
    standing: Listing

    @property
    def plan(self) -> Path:
        return self.site.state / "plans" / "small.json"

    def planned(self, *centers: str) -> list[str]:
        """The servers that the Plan wants in some centers."""
        wanted = servers_of(plans.load(self.plan))
        return sorted(server.name for server in wanted if server.row.center in centers)

    def shrink_to(self, *workloads: str) -> Answer:
        """Leave only some workloads in the environment, and bring it up."""
        an_environment_of(self.environment, workloads)
        return self.site.run("up", self.environment)

    def now(self) -> Listing:
        return list_clouds(self.clouds)


@pytest.fixture(scope="module")
def story(lab_clouds: LabClouds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story of the first two runs; the tests go on from there, in their order."""
    folder = tmp_path_factory.mktemp("faults")
    environment = an_environment_of(folder / "small", WHOLE)
    site = a_site(folder / "state", lab_clouds.state)
    try:
        yield _lived(site, environment, lab_clouds)
    finally:
        lab_clouds.openstack.up(print)
        site.run("destroy", environment, "--yes")


def _lived(site: Site, environment: Path, clouds: LabClouds) -> Story:
    before = list_clouds(clouds)
    assert site.run("plan", environment).code == 0
    apply = ("apply", site.state / "plans" / "small.json")
    with site.start(*apply) as running:
        assert running.after(1)
        second = site.run(*apply)
        assert running.until("done")
        clouds.openstack.down(print, region=LOST)
        first = running.finish()
    clouds.openstack.up(print)
    without = list_clouds(clouds)
    resumed = site.run(*apply)
    holder = running.process.pid
    return Story(
        site, environment, clouds, before, holder, second, first, without, resumed, list_clouds(clouds)
    )


def test_a_second_run_at_once_is_refused_and_told_who_holds_the_lock_since_when(story: Story) -> None:
    who = rf"`apply small` \(process {story.holder} on {re.escape(os.uname().nodename)}\)"

    assert story.second.code == REFUSED, story.second.err
    assert re.search(rf"is being changed by {who} since \d{{4}}-\d\d-\d\dT\d\d:\d\d", story.second.refusal)


def test_a_region_that_stops_leaves_the_other_centers_to_complete(story: Story) -> None:
    new = story.without - story.before

    assert story.first.code == LATER, story.first.err
    assert servers_in(new) == story.planned("bj-a", "gy-c")


def test_what_a_stopped_region_left_undone_is_named_and_nothing_else(story: Story) -> None:
    missing = story.first.refusal.partition("missing ")[2]

    assert f"workloads/small.{LOST}" in missing
    assert "bj-a" not in missing
    assert "gy-c" not in missing
    assert "run the same command again" in story.first.refusal


def test_the_same_command_completes_once_the_region_is_back(story: Story) -> None:
    assert story.resumed.code == 0, story.resumed.err
    assert servers_in(of_region(story.standing - story.before, LOST)) == story.planned(LOST)
    assert servers_in(story.standing - story.before) == story.planned("bj-a", "bj-b", "gy-c")


def test_an_environment_that_lost_a_grade_6_workload_is_refused(story: Story) -> None:
    answer = story.shrink_to("online-memorial")

    assert answer.code == REFUSED, answer.err
    assert re.search(r"workloads/small.bj-b would delete \d+ of \d+ resources", answer.refusal)
    assert "grade 5 or higher" in answer.refusal
    assert "--allow-delete" in answer.refusal
    assert story.now() == story.standing


def test_an_environment_that_lost_much_is_refused_until_that_is_agreed(story: Story) -> None:
    refused = story.shrink_to("identity")
    count = re.search(r"--allow-delete (\d+)", refused.refusal)

    assert refused.code == REFUSED, refused.err
    assert count
    assert "more than 20 % of the stack" in refused.refusal
    assert story.now() == story.standing

    agreed = story.site.run("up", story.environment, "--allow-delete", count[1])

    assert agreed.code == 0, agreed.err
    assert servers_in(story.now() - story.before) == story.planned("bj-a", "bj-b", "gy-c")
    assert not [name for name in servers_in(story.now()) if name.startswith("online-memorial")]


def test_destroy_leaves_the_clouds_as_they_were(story: Story) -> None:
    answer = story.site.run("destroy", story.environment, "--yes")

    assert answer.code == 0, answer.err
    assert story.now() == story.before
