"""A service is asked by the same commands, and people see the same: tables, documents, refusals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.command_line import ROOT, Answer, Site
from support.served import Served, a_port, people

pytestmark = pytest.mark.enable_socket  # a service answers on the loopback address

STARTER = ROOT / "inventories" / "starter"
AT = ("--at", "2026-12-01T00:00:00+00:00", "--effort", "0")
STORIES = {
    "validate": ("validate", "ENV"),
    "validate as JSON": ("--json", "validate", "ENV"),
    "plan": ("plan", "ENV", *AT),
    "plan as JSON": ("--json", "plan", "ENV", *AT),
    "prove as JSON": ("--json", "prove", "ENV"),
    "explain": ("explain", "ENV", "portal"),
}


@dataclass(frozen=True, slots=True)
class Ways:
    """The same environment asked about here, and by way of a service."""

    here: Site
    there: Site
    folder: Path

    def asked(self, site: Site, words: tuple[str, ...]) -> Answer:
        names = {"ENV": str(self.folder / "env"), "WRONG": str(self.folder / "wrong")}
        known = [names.get(word) or word.replace("ENV-", f"{self.folder}/") for word in words]
        answer = site.run(*known)
        return Answer(answer.code, self._plain(site, answer.out), self._plain(site, answer.err))

    @staticmethod
    def _plain(site: Site, text: str) -> str:
        """Without what names the state folder, and the service in commands to type."""
        asked = f"--server {site.variables['TRICENTER_SERVER']} " if site.variables else ""
        return text.replace(str(site.state), "STATE").replace(asked or "\0", "")


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    folder = tmp_path_factory.mktemp("ways")
    for name in ("env", "wrong"):
        shutil.copytree(STARTER, folder / name)
    (folder / "wrong" / "calendars.yaml").write_text("calendars: {nonsense: 1}\n")
    served = Served(Site(folder / "service"), a_port(), ("--alone",))
    with served.running() as (_, codes):
        there = people(served, folder, codes, li="operator")["li"]
        yield Ways(Site(folder / "here"), there, folder)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("words", STORIES.values(), ids=STORIES.keys())
def test_the_same_is_said_whoever_carries_it_out(ways: Ways, words: tuple[str, ...]) -> None:
    here, there = ways.asked(ways.here, words), ways.asked(ways.there, words)

    assert (there.code, there.out) == (here.code, here.out), there.err
    assert there.err == here.err
