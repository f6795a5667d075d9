"""Keeps the pools on whose empty hosts one replica fits, without overcommit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from cmp.scheduler.problem.sizes import MIB, MILLI, vcpu_milli


@dataclass(frozen=True, slots=True)
class HostLargeEnough:
    """One replica is never larger than a physical host."""

    name: ClassVar[str] = "host"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Compare one replica, as sized for the pool's chip, with one host."""
        needs, host = ask.way.needs, seat.pool.per_host
        vcpus = vcpu_milli(ask.component, needs, ask.sized_on, seat.chip)
        required = f"{vcpus / MILLI:g} vCPU, {needs.memory_gib:g} GiB, {needs.disk_gib} GiB disk"
        observed = f"{host.vcpus} vCPU, {host.memory_gib} GiB, {host.disk_gib} GiB disk"
        shares = (
            vcpus / (host.vcpus * MILLI),
            needs.memory_mib / (host.memory_gib * MIB),
            needs.disk_gib / host.disk_gib,
        )
        margin = round(1 - max(shares), 3)
        if max(shares) <= 1:
            return Verdict(self.name, required, observed, True, margin)
        sentence = f"{ask.tenant.name} needs {required} on one host: {seat.pool.id} has {observed}"
        return Verdict(self.name, required, observed, False, margin, self.name, sentence)
