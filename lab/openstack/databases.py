"""Makes the services' databases, and copies them: regions start alike, reset returns to a golden copy."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from lab.openstack.fleet import Fleet
from lab.openstack.layout import DATABASES, SHARED, LabLayout

_SET_UP = ("nova", "neutron", "glance", "placement")
_AT_ONCE = 2


def make(layout: LabLayout, fleet: Fleet, admin_password: str) -> None:
    """Make keystone's databases and the first region's, and give every other region a copy of those."""
    first, *others = layout.regions
    for path in _all(layout):
        _write_ahead(path)
    secret = {"OS_BOOTSTRAP_PASSWORD": admin_password}
    jobs = [("keystone", SHARED, secret), *((service, first, {}) for service in _SET_UP)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(fleet.set_up, *job) for job in jobs]:
            done.result()
    for region in others:
        for name in DATABASES:
            copy(layout.databases(first) / f"{name}.sqlite", layout.databases(region) / f"{name}.sqlite")


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


def _write_ahead(path: Path) -> None:
    """Let readers go on while one writes."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
