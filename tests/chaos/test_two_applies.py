"""Two environments are applied at once: one run is killed and restarted, the other goes on unharmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cloud_listings import Listing, list_clouds, servers_in
from support.command_line import Site, a_site, an_environment_of
from support.lab_clouds import LabClouds

from cmp.store import plans
from stacks.programs.rows import servers_of

pytestmark = [pytest.mark.chaos, pytest.mark.chaos_all, pytest.mark.timeout(3000)]

WORKLOADS = {"one": "online-memorial", "two": "identity"}


@dataclass(frozen=True, slots=True)
class Both:
    """Two environments planned in one state, on clouds that hold nothing of either."""

    site: Site
    folders: dict[str, Path]
    empty: Listing

    def plan(self, name: str) -> Path:
        return self.site.state / "plans" / f"{name}.json"

    @property
    def planned(self) -> list[str]:
        return sorted(
            server.name for name in self.folders for server in servers_of(plans.load(self.plan(name)))
        )


@pytest.fixture
def both(lab_clouds: LabClouds, tmp_path: Path) -> Iterator[Both]:
    folders = {name: an_environment_of(tmp_path / name, [load], name) for name, load in WORKLOADS.items()}
    site = a_site(tmp_path / "state", lab_clouds.state)
    empty = list_clouds(lab_clouds)
    for folder in folders.values():
        assert site.run("plan", folder, "--effort", "0").code == 0
    try:
        yield Both(site, folders, empty)
    finally:
        for folder in folders.values():
            site.run("destroy", folder, "--yes")


def test_one_is_killed_and_restarted_while_the_other_goes_on(both: Both, lab_clouds: LabClouds) -> None:
    site = both.site
    with site.start("apply", both.plan("two")) as other:
        assert other.after(1)
        with site.start("apply", both.plan("one")) as victim:
            assert victim.after(2)
            assert other.process.poll() is None, "they were not at work at once"
            victim.kill(group=False)
        again = site.run("apply", both.plan("one"))
        ended = other.finish()

    assert again.code == 0, again.said
    assert ended.code == 0, ended.said
    listed = list_clouds(lab_clouds) - both.empty
    assert servers_in(listed) == both.planned
    assert [site.run("drift", folder).code for folder in both.folders.values()] == [0, 0]
    assert [site.run("apply", both.plan(name)).code for name in both.folders] == [0, 0]
    assert list_clouds(lab_clouds) - both.empty == listed
    assert site.is_quiet(), site.leftovers()
