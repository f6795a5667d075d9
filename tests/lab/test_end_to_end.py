"""The product's main job, on real control planes: up, up again, drift, back in place, destroy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cloud_listings import Listing, connect, list_clouds, servers_in
from support.command_line import ROOT, Answer, Site, a_site
from support.lab_clouds import LabClouds
from support.secrets_of_the_lab import places_with_secrets, secrets_of

from cmp.store import plans
from lab.processes import recorded
from stacks.programs.rows import servers_of

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3000)]

LAB = ROOT / "inventories" / "lab"
REGION = "bj-a"
WITH_ROOM = "bj-b"
"""A region whose pools have more hosts than their servers need: any can be drained."""

DRIFTED = 4


@dataclass(frozen=True, slots=True)
class Story:
    """What one life of the lab environment was like, from an empty cloud to an empty cloud."""

    site: Site
    clouds: LabClouds
    before: Listing
    up: Answer
    standing: Listing
    again: Answer
    drained: Answer
    settled: Answer
    victim: str
    drift: Answer
    back: Answer
    restored: Listing
    secrets: list[str]
    destroy: Answer
    after: Listing
    off: list[str]
    down: Answer
    still_running: list[str]

    @property
    def planned(self) -> list[str]:
        """The servers that the Plan wants."""
        plan = plans.load(self.site.state / "plans" / "lab.json")
        return sorted(server.name for server in servers_of(plan))


@pytest.fixture(scope="module")
def story(lab_clouds: LabClouds, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The whole life, lived once; each test looks at one part of it. It ends with an empty cloud."""
    site = a_site(tmp_path_factory.mktemp("life") / "state", lab_clouds.state)
    try:
        lived = _live(site, lab_clouds)
    except BaseException:
        site.run("destroy", LAB, "--yes")
        raise
    return lived


def _live(site: Site, clouds: LabClouds) -> Story:
    before = list_clouds(clouds)
    up = site.run("--json", "up", LAB)
    standing = list_clouds(clouds)
    again = site.run("--json", "up", LAB)
    drained = site.run("--json", "maintain", LAB, "--drain", _a_host_in_use(clouds), "--apply")
    settled = site.run("--json", "drift", LAB)
    victim = _delete_a_server(clouds)
    drift = site.run("--json", "drift", LAB)
    back = site.run("up", LAB)
    restored = list_clouds(clouds)
    found = places_with_secrets(site.state, clouds, [answer.said for answer in (up, again, drift, back)])
    destroy = site.run("destroy", LAB, "--yes")
    after = list_clouds(clouds)
    off = _hosts_that_are_off(clouds)
    down = site.run("down", LAB)
    running = [
        process.name for run in clouds.folder.glob("*/run") for process in recorded(run) if process.is_running
    ]
    clouds.openstack.up(print)
    clouds.aws.up(print)
    return Story(
        site,
        clouds,
        before,
        up,
        standing,
        again,
        drained,
        settled,
        victim,
        drift,
        back,
        restored,
        found,
        destroy,
        after,
        off,
        down,
        running,
    )


def _delete_a_server(clouds: LabClouds) -> str:
    """Do behind everybody's back what `openstack server delete` does."""
    with connect(clouds, REGION) as cloud:
        server = min(cloud.compute.servers(), key=lambda server: str(server.name))
        cloud.compute.delete_server(server)
        cloud.compute.wait_for_delete(server, wait=120)
        return str(server.name)


def _a_host_in_use(clouds: LabClouds) -> str:
    """A host to drain, as the command line names it: the one that the first server stands on."""
    with connect(clouds, WITH_ROOM) as cloud:
        server = min(cloud.compute.servers(), key=lambda server: str(server.name))
        return f"host:{'/'.join(str(server.compute_host).rsplit('-', 1))}"


def _hosts_that_are_off(clouds: LabClouds) -> list[str]:
    with connect(clouds, WITH_ROOM) as cloud:
        services = cloud.compute.services(binary="nova-compute")
        return [str(service.host) for service in services if service.status != "enabled"]


def _changes(answer: Answer) -> dict[str, int]:
    kinds = ("create", "update", "replace", "delete", "same")
    stacks = answer.document["stacks"]
    return {kind: sum(stack["changes"][kind] for stack in stacks) for kind in kinds}


def test_up_creates_what_the_plan_says_and_verifies_it(story: Story) -> None:
    new = story.standing - story.before

    assert story.up.code == 0, story.up.err
    assert servers_in(new) == story.planned
    assert story.up.document["verify"]["mismatches"] == []
    assert story.up.document["policy"]["violations"] == []


def test_up_takes_nothing_away_that_was_there(story: Story) -> None:
    assert not story.before - story.standing


def test_a_second_up_changes_nothing(story: Story) -> None:
    changes = _changes(story.again)

    assert story.again.code == 0, story.again.err
    assert changes.pop("same") > len(story.planned)
    assert set(changes.values()) == {0}


def test_a_drained_host_is_no_drift(story: Story) -> None:
    steps = story.drained.document["journal"]["entries"]

    assert story.drained.code == 0, story.drained.err
    assert {"migrate", "power-off"} <= {entry["step"]["kind"] for entry in steps}
    assert story.settled.document["drifts"] == []


def test_destroy_leaves_no_host_switched_off(story: Story) -> None:
    assert story.off == []


def test_drift_names_the_server_that_somebody_deleted(story: Story) -> None:
    drifts = story.drift.document["drifts"]

    assert story.drift.code == DRIFTED, story.drift.err
    assert [(drift["resource"], drift["field"], drift["real"]) for drift in drifts] == [
        (story.victim, "presence", "missing")
    ]


def test_up_brings_the_deleted_server_back(story: Story) -> None:
    assert story.back.code == 0, story.back.err
    assert story.restored == story.standing


def test_no_secret_of_the_lab_is_written_or_told_anywhere(story: Story) -> None:
    assert len(secrets_of(story.site.state, story.clouds)) > len(story.clouds.openstack.layout.regions)
    assert story.secrets == []


def test_destroy_leaves_the_clouds_as_they_were(story: Story) -> None:
    assert story.destroy.code == 0, story.destroy.err
    assert story.after == story.before


def test_down_stops_the_lab_that_up_started(story: Story) -> None:
    assert story.down.code == 0, story.down.err
    assert story.still_running == []


def test_nothing_of_the_engine_runs_on(story: Story) -> None:
    assert story.site.is_quiet(), story.site.leftovers()


def test_the_state_folder_is_private_where_it_opens_clouds(story: Story) -> None:
    passphrases: list[Path] = list(story.site.state.glob("**/passphrase"))

    assert passphrases
    assert {path.stat().st_mode & 0o777 for path in passphrases} == {0o600}
