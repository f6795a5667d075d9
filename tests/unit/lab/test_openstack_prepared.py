"""Empty databases are made once a machine: taken only whole, from a folder of our own, of this version."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lab.openstack import databases, prepared
from lab.openstack.fleet import Fleet
from lab.openstack.layout import DATABASES, SHARED, LabLayout
from lab.openstack.prepared import EmptyDatabases, made_from, usual

NAMES = {f"{name}.sqlite" for name in ("keystone", *DATABASES)}
DAY = 86_400


class Services(Fleet):
    """Makes databases as the services do, one table each, and counts how often it was asked."""

    def __init__(self, layout: LabLayout) -> None:
        super().__init__(layout, Path("nowhere"))
        self.layout = layout
        self.asked: list[str] = []

    def set_up(self, service: str, region: str, secrets: object = None) -> None:
        self.asked.append(service)
        mine = {"nova": ("nova_api", "cell0", "cell1")}.get(service, (service,))
        for name in mine:
            with closing(sqlite3.connect(self.layout.databases(region) / f"{name}.sqlite")) as made, made:
                made.execute("CREATE TABLE made (by TEXT)")
                made.execute("INSERT INTO made VALUES (?)", (f"{name} of {region}",))


def a_layout(folder: Path, *regions: str) -> LabLayout:
    layout = LabLayout(folder, regions or ("bj-a", "gy-c"), range(15000, 15100))
    for name in (SHARED, *layout.regions):
        layout.databases(name).mkdir(parents=True)
    return layout


def a_store(folder: Path, digest: str = "one") -> EmptyDatabases:
    return EmptyDatabases(folder / "store", digest)


def make(folder: Path, store: EmptyDatabases) -> tuple[LabLayout, list[str], list[str]]:
    """A lab's databases, what services were asked for, and what people were told."""
    layout = a_layout(folder)
    services, told = Services(layout), []
    databases.make(layout, services, store, told.append)
    return layout, services.asked, told


def content(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("SELECT by FROM made").fetchone()[0])


def everything(layout: LabLayout) -> dict[str, str]:
    return {
        f"{region}/{path.name}": content(path)
        for region in (SHARED, *layout.regions)
        for path in layout.databases(region).glob("*.sqlite")
    }


def test_the_second_lab_of_a_machine_asks_no_service(tmp_path: Path) -> None:
    first, asked, told = make(tmp_path / "first", a_store(tmp_path))
    second, asked_again, told_again = make(tmp_path / "second", a_store(tmp_path))

    assert sorted(asked) == ["glance", "keystone", "neutron", "nova", "placement"]
    assert told == ["making the databases"]
    assert (asked_again, told_again) == ([], [])
    assert everything(second) == everything(first)
    assert len(everything(second)) == 1 + 2 * len(DATABASES)


def test_another_version_makes_its_own(tmp_path: Path) -> None:
    make(tmp_path / "first", a_store(tmp_path, "one"))

    _, asked, _ = make(tmp_path / "second", a_store(tmp_path, "two"))

    assert asked


@pytest.mark.parametrize("harm", ["torn", "missing", "no list", "no folder"])
def test_what_is_not_whole_is_made_again_and_kept(tmp_path: Path, harm: str) -> None:
    store = a_store(tmp_path)
    make(tmp_path / "first", store)
    victim = store.folder / "neutron.sqlite"
    match harm:
        case "torn":
            victim.write_bytes(victim.read_bytes()[:4096])
        case "missing":
            victim.unlink()
        case "no list":
            (store.folder / "content.json").write_text("{")
        case _:
            shutil.rmtree(store.folder)

    layout, asked, _ = make(tmp_path / "second", store)

    assert asked
    assert everything(layout)["gy-c/neutron.sqlite"] == "neutron of bj-a"
    assert set(store.databases()) == NAMES


def test_databases_of_a_folder_that_others_can_write_to_are_not_taken(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    make(tmp_path / "first", store)
    store.store.chmod(0o777)

    _, asked, _ = make(tmp_path / "second", store)

    assert asked


@pytest.mark.parametrize("place", ["a file", "a link"])
def test_a_lab_is_made_where_nothing_can_be_kept(tmp_path: Path, place: str) -> None:
    store = a_store(tmp_path)
    if place == "a file":
        store.store.write_text("")
    else:
        (tmp_path / "elsewhere").mkdir()
        store.store.symlink_to(tmp_path / "elsewhere")

    layout, asked, _ = make(tmp_path / "lab", store)

    assert asked
    assert len(everything(layout)) == 1 + 2 * len(DATABASES)
    assert not list((tmp_path / "elsewhere").glob("*"))


def test_what_cannot_be_copied_whole_is_not_kept(tmp_path: Path) -> None:
    store, layout = a_store(tmp_path), a_layout(tmp_path / "lab")
    services = Services(layout)
    databases.make(layout, services, EmptyDatabases(tmp_path / "other", "one"), print)

    def full_disk(_source: Path, _target: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    assert store.keep([layout.databases(SHARED) / "keystone.sqlite"], full_disk) is False
    assert store.databases() == {}
    assert list(store.store.iterdir()) == []


def test_databases_of_a_version_that_nobody_uses_go_after_a_month(tmp_path: Path) -> None:
    old, used = a_store(tmp_path, "old"), a_store(tmp_path, "used")
    for number, store in enumerate((old, used)):
        make(tmp_path / f"lab-{number}", store)
    long_ago = (old.folder / "content.json").stat().st_mtime - 31 * DAY
    for store in (old, used):
        os.utime(store.folder / "content.json", (long_ago, long_ago))
    make(tmp_path / "again", used)

    make(tmp_path / "new", a_store(tmp_path, "new"))

    assert not old.folder.exists()
    assert used.folder.exists()


def test_the_digest_covers_what_databases_are_made_from(tmp_path: Path) -> None:
    here = Path(prepared.__file__).parent
    copy = tmp_path / "openstack"
    shutil.copytree(here, copy)
    assert made_from(copy) == made_from(here)

    for name in ("requirements.lock", "templates/nova.conf", "services/labhost/services.py", "databases.py"):
        text = (copy / name).read_text()
        (copy / name).write_text(f"{text}\n# changed\n")
        assert made_from(copy) != made_from(here), name
        (copy / name).write_text(text)


def test_they_lie_in_the_cache_folder_of_the_user() -> None:
    assert usual({"HOME": "/somewhere/me"}).store == Path("/somewhere/me/.cache/tricenter/openstack")
    assert usual({"XDG_CACHE_HOME": "/elsewhere/mine", "HOME": "/somewhere/me"}).store == Path(
        "/elsewhere/mine/tricenter/openstack"
    )
    assert usual({"XDG_CACHE_HOME": "relative", "HOME": "/somewhere/me"}).store.is_relative_to(
        "/somewhere/me/.cache"
    )
