"""Measures how fast addresses are given out: one at a time, many at once, and to 64 who ask together."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cmp.means import Means
from cmp.model.addresses import Holding, HoldingKind, Region, Request, Status
from cmp.ports.addresses import AddressChange
from cmp.store.ipam import SqlAddresses
from cmp.store.sql import url_of

LAN: Final = IPv6Network("2001:db8:0:1::/64")
RANGE: Final = IPv4Network("198.18.0.0/15")
PROCESSES: Final = 4
THREADS: Final = 16


@dataclass(frozen=True, slots=True)
class AllocatorFigures:
    """Allocations a second: single addresses, single prefixes, addresses asked for together, 64 at once.

    Every single one is a transaction of its own. `collisions` are addresses that two were given.
    """

    single_per_second: float
    prefixes_per_second: float
    many_per_second: float
    parallel_per_second: float
    parallel_allocators: int
    collisions: int


def measure_addresses(means: Means, count: int) -> AllocatorFigures:
    """Measure the database that the state names, by default SQLite in a folder of its own.

    Raises:
        TryLater: the database cannot be used.
    """
    with TemporaryDirectory(prefix="tricenter-ipam-") as folder:
        return measure(means.ports.addresses.database, Path(folder), count, means.say)


def measure(given: str | None, folder: Path, count: int, report: Callable[[str], None]) -> AllocatorFigures:
    """Measure a fresh region in a database, by default in SQLite in a folder.

    Raises:
        TryLater: the database cannot be used.
    """
    path = folder / "ipam.sqlite"
    region = f"bench-{time.time_ns()}"
    store = SqlAddresses(url_of(given, path), None)
    _prepare(store, region)
    report(f"{count} single addresses")
    single = _rate(count, lambda: [store.allocate(_address(region, f"one-{n}")) for n in range(count)])
    some = min(count, 4096)
    report(f"{some} single prefixes")
    prefixes = _rate(some, lambda: [store.allocate(_prefix(region, f"lan-{n}")) for n in range(some)])
    report(f"{10 * count} addresses at once")
    wanted = [_address(region, f"many-{n}") for n in range(10 * count)]
    many = _rate(len(wanted), lambda: store.allocate_many(wanted))
    store.close()
    report(f"{PROCESSES * THREADS} allocators side by side")
    parallel, collisions = _side_by_side(given, path, region, count)
    return AllocatorFigures(single, prefixes, many, parallel, PROCESSES * THREADS, collisions)


def _prepare(store: SqlAddresses, region: str) -> None:
    top = Holding(region=region, name="range", prefix=RANGE, kind=HoldingKind.PREFIX, status=Status.CONTAINER)
    lan = Holding(region=region, name="lan", prefix=LAN, kind=HoldingKind.PREFIX, gateway=LAN[1])
    store.change(AddressChange((Region(name=region),), (top, lan)))


def _address(region: str, name: str) -> Request:
    return Request(region=region, name=name, within=LAN)


def _prefix(region: str, name: str) -> Request:
    return Request(region=region, name=name, within=RANGE, length=28)


def _rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return round(count / (time.perf_counter() - started), 1)


def _side_by_side(given: str | None, path: Path, region: str, count: int) -> tuple[float, int]:
    """The rate from the first request of any to the last answer, and how many addresses were given twice."""
    share = max(1, count // (PROCESSES * THREADS))
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        jobs = [processes.submit(_some, given, path, region, name, share) for name in range(PROCESSES)]
        found = [job.result() for job in jobs]
    texts = [text for each in found for text in each[2]]
    seconds = max(end for _, end, _ in found) - min(start for start, _, _ in found)
    return round(len(texts) / seconds, 1), len(texts) - len(set(texts))


def _some(
    given: str | None, path: Path, region: str, process: int, share: int
) -> tuple[float, float, list[str]]:
    """What the threads of one process were given, and when they began and ended (monotonic seconds)."""
    store = SqlAddresses(url_of(given, path), None)

    def ask(thread: int) -> list[str]:
        names = (f"p{process}-{thread}-{number}" for number in range(share))
        return [store.allocate(_address(region, name)).text for name in names]

    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as threads:
        texts = [text for found in threads.map(ask, range(THREADS)) for text in found]
    ended = time.monotonic()
    store.close()
    return started, ended, texts
