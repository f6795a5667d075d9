"""The database of addresses survives kills, says what is wrong with it, and serves many processes at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.address_stores import LAN6, Clock, a_plan_of_addresses, a_request

from cmp.errors import Invalid, Refused, TryLater
from cmp.network.addresses.rooms import holes_of, span_of
from cmp.ports.addresses import AddressChange
from cmp.store import sql
from cmp.store.ipam import SqlAddresses
from cmp.store.sql import url_of

ROOT = Path(__file__).parents[3]

WORKER = """
import sys
sys.path.insert(0, "tests")
from pathlib import Path
from support.address_stores import Clock, LAN6, a_request
from cmp.ports.addresses import AddressChange
from cmp.store.ipam import SqlAddresses
from cmp.store.sql import url_of
store = SqlAddresses(url_of(None, Path(sys.argv[1])), Clock())
for number in range(int(sys.argv[3])):
    print(store.allocate(a_request(f"{sys.argv[2]}-{number}", LAN6)).text, flush=True)
"""


def a_worker(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WORKER, str(path), name, str(count)]
    ambient = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, cwd=ROOT, env=ambient, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "ipam.sqlite"
    store = SqlAddresses(url_of(None, found), Clock())
    store.change(a_plan_of_addresses())
    store.close()
    return found


def opened(path: Path) -> SqlAddresses:
    return SqlAddresses(url_of(None, path), Clock())


def test_processes_side_by_side_never_collide(path: Path) -> None:
    def answers(worker: int) -> list[str]:
        process = a_worker(path, f"w{worker}", 20)
        out, _ = process.communicate()
        assert process.returncode == 0
        return out.split()

    with ThreadPoolExecutor(6) as threads:
        given = [address for found in threads.map(answers, range(6)) for address in found]

    assert len(given) == len(set(given)) == 120


def test_a_process_that_is_killed_leaves_nothing_half_done(path: Path) -> None:
    worker = a_worker(path, "killed", 100_000)
    assert worker.stdout
    told = [worker.stdout.readline().strip() for _ in range(50)]
    worker.send_signal(signal.SIGKILL)
    told += worker.stdout.read().split("\n")[:-1]
    worker.wait()
    worker.stdout.close()

    store = opened(path)
    held = store.holdings()
    lan = next(each for each in held if each.prefix == LAN6)
    inside = [span_of(each.prefix) for each in held if each.name.startswith("killed")]
    after = store.allocate(a_request("after", LAN6))
    store.close()

    assert {each.text for each in held} >= set(told)
    assert int(after.prefix.network_address) == holes_of(lan, inside)[0][0]


def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE ipam_schema SET version = 99")
    connection.commit()
    connection.close()

    with pytest.raises(Refused, match="layout 99"):
        opened(path)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ipam.sqlite"
    file.write_bytes(b"what is this?" * 100)

    with pytest.raises(TryLater, match="no database"):
        opened(file)


def test_a_full_disk_is_told_and_nothing_changes(path: Path) -> None:
    store = opened(path)
    with store._engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    before = store.holdings()

    with pytest.raises(TryLater, match="the disk is full; nothing has changed"):
        store.allocate_many([a_request(f"host-{number}", LAN6) for number in range(20_000)])

    assert store.holdings() == before
    store.close()


def test_a_database_that_stays_locked_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "PATIENCE", 0.05)
    store = opened(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(TryLater, match="locked"):
        store.allocate(a_request("mail-1"))
    assert len(store.holdings()) == 4

    other.close()
    store.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(TryLater, match="cannot open"):
        opened(tmp_path / "file" / "ipam.sqlite").change(AddressChange())


@pytest.mark.parametrize("given", ["mysql://host/ipam", "nonsense"])
def test_only_two_kinds_of_database_are_known(given: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        url_of(given, tmp_path)


def test_a_password_is_never_shown() -> None:
    url = url_of("postgresql://ipam:geheim@db.example/ipam", Path())

    assert "geheim" not in sql.shown(url)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="cannot be used"):
        SqlAddresses(url_of(f"postgresql:///ipam?host={tmp_path}", tmp_path), Clock())
