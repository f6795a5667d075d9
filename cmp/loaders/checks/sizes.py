"""Checks sizes against the largest host: what no host can ever hold, and what was written in another unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cmp.loaders.checks.names import Path
from cmp.model.cards import devices_of_host
from cmp.model.codes import Code
from cmp.model.estate import Estate
from cmp.model.finding import Finding, Severity
from cmp.model.workload import Needs, Scaling, Workload
from cmp.sentences import Sentence

WORKLOADS: Final = "workloads"

BEYOND_DOUBT: Final = 8
"""From so many times the largest host on, nobody meant the unit that is written."""

SMALLER: Final[Mapping[str, tuple[str, int]]] = {
    "vcpus": ("thousandths of a vCPU", 1000),
    "memory_gib": ("MiB", 1024),
    "disk_gib": ("MiB", 1024),
}
"""The unit below each field's own, and how many of it are one."""

WORDS: Final = {"vcpus": "vCPU", "memory_gib": "GiB of memory", "disk_gib": "GiB of disk"}


@dataclass(frozen=True, slots=True)
class _Size:
    """One size that a replica needs, beside the largest that a host can give."""

    path: Path
    needed: float
    largest: float

    @property
    def field(self) -> str:
        return str(self.path[-1])

    def finding(self) -> Finding:
        """What is wrong with it: a unit, beyond doubt, or only the hosts that there are."""
        unit = WORDS.get(self.field, self.field)
        message = Sentence(
            "{needed} {unit} a replica, and the largest host can give {largest}",
            needed=f"{self.needed:g}",
            unit=unit,
            largest=f"{self.largest:g}",
        )
        if self.field not in SMALLER or self.needed < BEYOND_DOUBT * self.largest:
            hint = "make it smaller, or declare larger hosts: nothing can hold it as it is"
            return Finding(WORKLOADS, self.path, Code.LARGER_THAN_HOSTS, message, hint, Severity.NOTE)
        return Finding(WORKLOADS, self.path, Code.WRONG_UNIT, message, self._meant())

    def _meant(self) -> str:
        name, many = SMALLER[self.field]
        meant = self.needed / many
        return f"{name} meant? Then write {meant:g}" if meant <= self.largest else "check the unit"


def check_sizes(index: int, workload: Workload, estate: Estate) -> Iterator[Finding]:
    """A finding for each size of a workload's components that is above what any host can give."""
    for number, component in enumerate(workload.components):
        path: Path = ("workloads", index, "components", number)
        ways = {(*path, "needs"): component.needs}
        ways |= {
            (*path, "variants", place, "needs"): way.needs for place, way in enumerate(component.variants)
        }
        for where, needs in ways.items():
            scaled = component.scaling is Scaling.VERTICAL
            sizes = _compared(where, needs, estate, scaled=scaled)
            yield from (size.finding() for size in sizes if size.needed > size.largest)


def _compared(path: Path, needs: Needs, estate: Estate, *, scaled: bool) -> Iterator[_Size]:
    """Each size with the largest that a host can give; vCPU that chips scale are left to the scheduler."""
    pools, per_card = estate.pools, estate.per_card
    if not pools:
        return
    if not scaled:
        vcpus = max(pool.per_host.vcpus * pool.overcommit.vcpus for pool in pools)
        yield _Size((*path, "vcpus"), needs.vcpus, vcpus)
    memory = max(pool.per_host.memory_gib * pool.overcommit.memory for pool in pools)
    yield _Size((*path, "memory_gib"), needs.memory_gib, memory)
    yield _Size((*path, "disk_gib"), needs.disk_gib, max(pool.per_host.disk_gib for pool in pools))
    for chip, cards in needs.accelerators.items():
        most = max(devices_of_host(pool.per_host.accelerators, chip, per_card) for pool in pools)
        yield _Size((*path, "accelerators", chip), cards, most)
