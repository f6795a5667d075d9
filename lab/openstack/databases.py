"""Makes the services' databases, or copies empty ones made before; reset returns to a golden copy."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from lab.base import Report
from lab.openstack.fleet import Fleet
from lab.openstack.layout import DATABASES, SHARED, LabLayout
from lab.openstack.prepared import EmptyDatabases

_SET_UP = ("nova", "neutron", "glance", "placement")
_AT_ONCE = 2


def make(layout: LabLayout, fleet: Fleet, prepared: EmptyDatabases, report: Report) -> None:
    """Give keystone and every region empty databases; they are made where no labs before left any.

    Raises:
        TryLater: they could not be made; the sentence names the log.
    """
    with prepared.alone(report):
        sources = prepared.databases()
        if not {path.name for path in _of_one_region(layout)} <= set(sources):
            report("making the databases")
            _make_empty(layout, fleet)
            prepared.keep(_of_one_region(layout), copy)
            sources = {path.name: path for path in _of_one_region(layout)}
        for path in _all(layout):
            if path != sources[path.name]:
                copy(sources[path.name], path)


def _make_empty(layout: LabLayout, fleet: Fleet) -> None:
    """Have the services themselves make keystone's databases and those of the first region."""
    for path in _of_one_region(layout):
        _write_ahead(path)
    jobs = [("keystone", SHARED), *((service, layout.regions[0]) for service in _SET_UP)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(fleet.set_up, *job) for job in jobs]:
            done.result()


def point_cells(layout: LabLayout) -> None:
    """Tell each region's nova where its cells' databases lie: the paths are rows of a table."""
    for region in layout.regions:
        with closing(sqlite3.connect(layout.databases(region) / "nova_api.sqlite")) as database, database:
            for cell in ("cell0", "cell1"):
                place = f"sqlite:///{layout.databases(region)}/{cell}.sqlite"
                database.execute(
                    "UPDATE cell_mappings SET database_connection = ? WHERE database_connection LIKE ?",
                    (place, f"%/{cell}.sqlite"),
                )


def save_golden(layout: LabLayout) -> None:
    """Copy databases and images aside; the services may be running. The copy counts when it is whole."""
    fresh = layout.golden.with_name("golden.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(layout.golden, ignore_errors=True)
    for path in _all(layout):
        target = fresh / path.relative_to(layout.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(path, target)
    for region in layout.regions:
        shutil.copytree(layout.region(region) / "images", fresh / region / "images")
    fresh.replace(layout.golden)


def restore_golden(layout: LabLayout) -> None:
    """Put the golden copy back; the services must not be running."""
    for path in _all(layout):
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        copy(layout.golden / path.relative_to(layout.folder), path)
    for region in layout.regions:
        images = layout.region(region) / "images"
        shutil.rmtree(images)
        shutil.copytree(layout.golden / region / "images", images)


def copy(source: Path, target: Path) -> None:
    """Copy a database as it stands between two transactions, readers and writers or not."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    _write_ahead(target)


def _all(layout: LabLayout) -> list[Path]:
    shared = layout.databases(SHARED) / "keystone.sqlite"
    return [
        shared,
        *(layout.databases(region) / f"{name}.sqlite" for region in layout.regions for name in DATABASES),
    ]


def _of_one_region(layout: LabLayout) -> list[Path]:
    """Keystone's databases and the first region's: between them, one of each."""
    return _all(layout)[: 1 + len(DATABASES)]


def _write_ahead(path: Path) -> None:
    """Let readers go on while one writes."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
