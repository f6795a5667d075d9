"""Whatever moment a run is killed at, the next one finishes, and nothing is there twice or left over."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cloud_listings import Listing, list_clouds, servers_in
from support.command_line import Answer, Site, a_site, an_environment_of
from support.lab_clouds import LabClouds

from cmp.store import plans
from stacks.programs.rows import servers_of

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3000)]

KILLS = 10 if os.environ.get("TRICENTER_CHAOS") == "all" else 2
"""All of them on demand, a sample otherwise."""

SEED = 20271123


@dataclass(frozen=True, slots=True)
class Place:
    """A small environment planned on the lab's clouds, which hold nothing of it yet."""

    site: Site
    environment: Path
    clouds: LabClouds
    empty: Listing

    @property
    def plan(self) -> Path:
        return self.site.state / "plans" / "small.json"

    @property
    def planned(self) -> list[str]:
        return sorted(server.name for server in servers_of(plans.load(self.plan)))

    def listed(self) -> Listing:
        """What is there beside what was there before."""
        now = list_clouds(self.clouds)
        assert not self.empty - now
        return now - self.empty


@pytest.fixture(scope="module")
def place(lab_clouds: LabClouds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("chaos")
    environment = an_environment_of(folder / "small", ["identity", "policy-library"])
    site = a_site(folder / "state", lab_clouds.state)
    assert site.run("plan", environment).code == 0
    place = Place(site, environment, lab_clouds, list_clouds(lab_clouds))
    try:
        yield place
    finally:
        if list_clouds(lab_clouds) != place.empty:
            site.run("destroy", environment, "--yes")


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What the clouds list after a run that nobody disturbed, and how many resources that run told of."""

    listed: Listing
    lines: int


@pytest.fixture(scope="module")
def undisturbed(place: Place) -> Undisturbed:
    """One run without any accident, taken down again."""
    answer = _finished(place)
    listed = place.listed()
    assert servers_in(listed) == place.planned
    _destroyed(place)
    return Undisturbed(listed, answer.err.count(": done"))


def _killed(site: Site, moment: int, words: tuple[object, ...], *, group: bool) -> bool:
    """Kill a command once it has told so many lines; False when it ended before that."""
    with site.start(*words) as running:
        if not running.after(moment):
            assert running.finish().code == 0
            return False
        running.kill(group=group)
        return True


def _finished(place: Place) -> Answer:
    answer = place.site.run("apply", place.plan)
    assert answer.code == 0, answer.said
    return answer


def _destroyed(place: Place) -> None:
    answer = place.site.run("destroy", place.environment, "--yes")
    assert answer.code == 0, answer.said
    assert place.listed() == {}


def test_runs_killed_in_a_row_leave_nothing_twice_and_nothing_over(
    place: Place, undisturbed: Undisturbed
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret, but the same moments in every session
    share, kills = undisturbed.lines // KILLS, 0

    while kills < KILLS:
        if _killed(place.site, chance.randint(1, share), ("apply", place.plan), group=kills % 2 == 0):
            kills += 1
        else:  # everything was there already: begin again, so that there is something to interrupt
            _destroyed(place)
    _finished(place)

    assert place.listed() == undisturbed.listed
    assert place.site.run("drift", place.environment).code == 0
    assert place.site.is_quiet(), place.site.leftovers()


def test_a_killed_destroy_is_finished_by_the_next(place: Place, undisturbed: Undisturbed) -> None:
    if place.listed() != undisturbed.listed:
        _finished(place)
    words = ("destroy", place.environment, "--yes")

    assert _killed(place.site, undisturbed.lines // 3, words, group=False)

    _destroyed(place)
    assert place.site.is_quiet(), place.site.leftovers()


def test_a_killed_preview_leaves_no_process(place: Place) -> None:
    assert _killed(place.site, 1, ("preview", place.plan), group=False)

    assert place.site.is_quiet(), place.site.leftovers()
