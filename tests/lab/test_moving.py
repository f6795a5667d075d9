"""Hosts are freed and filled again on a real Nova, whatever stops the command; the lock keeps others out."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.cloud_listings import connect
from support.command_line import Answer, Site, a_site, an_environment_of
from support.lab_clouds import LabClouds
from support.lab_servers import Stood, stand

from cmp.model.references import EnvironmentRef
from cmp.services.planning.planning import make_plan
from cmp.settings import Layout
from cmp.store.file_ports import file_ports
from stacks.programs.rows import servers_of

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

REGION, CLOUD = "bj-b", "bj-b-gov"
REFUSED = 3


@dataclass(frozen=True)
class Place:
    """An environment whose two servers of bj-b stand on the first two hosts of the pool that was planned."""

    site: Site
    environment: Path
    stood: Stood
    clouds: LabClouds
    pool: str

    @property
    def first(self) -> str:
        """The host that gets freed, as Nova names it."""
        return f"{self.pool}-1"

    @property
    def host(self) -> str:
        """The same host as the command line names it."""
        return f"host:{self.pool}/1"

    def drain(self, *words: str) -> Answer:
        """Free the first host, or what the words say."""
        return self.site.run("maintain", self.environment, "--drain", self.host, *words)

    def service(self, host: str) -> Any:
        """A host's compute service as any client of Nova sees it."""
        with connect(self.clouds, REGION) as cloud:
            return next(cloud.compute.services(binary="nova-compute", host=host))


@pytest.fixture(scope="module")
def place(lab_clouds: LabClouds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("moves")
    site = a_site(folder / "state", lab_clouds.state)
    environment = an_environment_of(folder / "environment", ["identity"], name="moves")
    plan = make_plan(EnvironmentRef.of(environment), file_ports(Layout(site.state)))
    (pool,) = {server.row.pool for server in servers_of(plan) if server.row.cloud == CLOUD}
    stood = stand(plan, site.state, CLOUD, (f"{pool}-1", f"{pool}-2"))
    yield Place(site, environment, stood, lab_clouds, pool)
    stood.site.tidy()


def test_a_host_is_freed_and_filled_again(place: Place) -> None:
    before = place.stood.listed()

    shown = place.drain()
    freed = place.site.run("--json", "maintain", place.environment, "--drain", place.host, "--apply")
    off, emptied = place.service(place.first), place.stood.hosts.read(place.first).guests
    again = place.drain("--apply")
    back = place.drain("--back", "--apply")

    assert shown.code == freed.code == again.code == back.code == 0, freed.said + back.said
    assert (off.status, off.state) == ("disabled", "up")
    assert off.disabled_reason.startswith(f"tricenter maintain {place.host}, maintain-")
    assert emptied == ()
    assert freed.document["journal"]["state"] == "done"
    assert place.service(place.first).status == "enabled"
    assert place.stood.listed() == before


def test_idle_hosts_sleep_until_that_is_taken_back(place: Place) -> None:
    before = place.stood.listed()

    saved = place.site.run("--json", "rebalance", place.environment, "--max-moves", "2", "--apply")
    journal = saved.document["journal"]
    asleep = [place.service(entry["host"]).status for entry in journal["entries"]]
    undone = place.site.run("rebalance", place.environment, "--undo", journal["id"])

    assert (saved.code, undone.code) == (0, 0), saved.said + undone.said
    assert asleep == ["disabled", "disabled"]
    assert place.stood.listed() == before


def test_a_killed_run_keeps_others_out_and_is_gone_on_with_and_taken_back(place: Place) -> None:
    before = place.stood.listed()
    command = ("maintain", place.environment, "--drain", place.host, "--apply")

    with place.site.start(*command) as running:
        assert running.until("step 1 of 2")
        os.kill(running.process.pid, signal.SIGSTOP)
        other = place.site.run("rebalance", place.environment, "--apply")
        running.kill(group=True)
    torn = _journals(place)[-1]
    stranger = place.site.run("rebalance", place.environment, "--apply")
    resumed = place.site.run(*command)
    freed = place.stood.where()
    undone = place.site.run("rebalance", place.environment, "--undo", torn["id"])

    assert other.code == REFUSED
    assert "the estate is being changed by `maintain --drain" in other.refusal
    assert torn["state"] == "under-way"
    assert stranger.code == REFUSED
    assert f"journal {torn['id']} (maintain {place.host}) is not finished" in stranger.refusal
    assert resumed.code == 0, resumed.said
    assert f"going on with journal {torn['id']}" in resumed.said
    assert place.first not in freed.values()
    assert undone.code == 0, undone.said
    assert place.stood.listed() == before


def test_the_first_step_that_fails_stops_and_leaves_all_as_it_says(place: Place) -> None:
    before = place.stood.listed()
    server = next(
        ref for name, ref in place.stood.servers.items() if place.stood.where()[name] == place.first
    )
    with connect(place.clouds, REGION) as cloud:
        cloud.compute.set_server_metadata(server, **{"lab:migration": "fails"})
        stopped = place.drain("--apply")
        cloud.compute.delete_server_metadata(server, ["lab:migration"])
    enabled, stands = place.service(place.first).status, place.stood.listed()
    resumed = place.drain("--apply")
    back = place.drain("--back", "--apply")

    assert stopped.code == REFUSED
    assert "stopped at step 1 of 2" in stopped.refusal
    assert f"it stands on {place.first} as before" in stopped.refusal
    assert "--undo maintain-" in stopped.refusal
    assert (enabled, stands) == ("enabled", before)
    assert (resumed.code, back.code) == (0, 0), resumed.said + back.said
    assert place.stood.listed() == before


def test_what_leads_to_other_pools_is_a_plan(place: Place) -> None:
    before = place.stood.listed()

    refused = place.site.run("maintain", place.environment, "--drain", f"pool:{place.pool}", "--apply")

    assert refused.code == REFUSED
    assert "that is a Plan" in refused.refusal
    assert re.search(r"`\S*tricenter .*apply \S+`", refused.refusal)
    assert place.stood.listed() == before


def _journals(place: Place) -> list[Any]:
    files = sorted((place.site.state / "journals").rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text()) for path in files]
