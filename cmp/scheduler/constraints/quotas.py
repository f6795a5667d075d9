"""Adds up what each owner's workloads claim, against the policy's quotas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.policy import Quota
from cmp.model.recovery import Role
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.problem.sizes import MIB, MILLI, Vector


def claims(rows: Sequence[Row], wanted: Sequence[int]) -> dict[str, list[int]]:
    """What the rows claim by owner, with so many replicas each; copies run nothing and claim nothing."""
    found: dict[str, list[int]] = {}
    for row, count in zip(rows, wanted, strict=True):
        if row.role is Role.BACKUP or not count:
            continue
        total = found.setdefault(row.workload.owner, [0] * len(row.size))
        for resource, amount in enumerate(row.size):
            total[resource] += amount * count
    return found


def limit(quota: Quota, accelerators: tuple[str, ...]) -> tuple[int | None, ...]:
    """A quota by resource; None where it says nothing."""
    return (
        None if quota.vcpus is None else quota.vcpus * MILLI,
        None if quota.memory_gib is None else quota.memory_gib * MIB,
        quota.disk_gib,
        *(quota.accelerators.get(name) for name in accelerators),
    )


@dataclass(frozen=True, slots=True)
class Excess:
    """An owner's quota that is exceeded: what would be claimed of a resource, and the most, in its unit."""

    owner: str
    resource: str
    claimed: float
    most: float

    def __str__(self) -> str:
        """Say it."""
        return f"owner {self.owner} would claim {self.claimed:g} {self.resource} of {self.most:g}"


def exceeded(
    quotas: Sequence[Quota], claimed: Mapping[str, Sequence[int]], accelerators: tuple[str, ...]
) -> Iterator[Excess]:
    """Every quota that is exceeded."""
    names = ("vCPU", "GiB memory", "GiB disk", *accelerators)
    scale = (MILLI, MIB, *(1 for _ in range(len(names) - 2)))
    for quota in quotas:
        total: Sequence[int] | Vector = claimed.get(quota.owner, ())
        for name, unit, most, used in zip(names, scale, limit(quota, accelerators), total, strict=False):
            if most is not None and used > most:
                yield Excess(quota.owner, name, used / unit, most / unit)
