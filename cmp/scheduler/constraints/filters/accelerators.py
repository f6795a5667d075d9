"""Keeps the pools whose hosts hold the accelerators that one replica needs, as whole devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cmp.model.cards import devices_of_host
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class AcceleratorsPresent:
    """A replica's accelerators are devices of one host."""

    name: ClassVar[str] = "accelerators"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Count the devices of one host."""
        needed = ask.way.needs.accelerators
        has = seat.pool.per_host.accelerators
        there = {name: devices_of_host(has, name, seat.per_card) for name in needed} or dict(has)
        if not needed:
            return Verdict(self.name, "none", _written(there), ok=True)
        margin, short = min((there.get(name, 0) - count, name) for name, count in needed.items())
        required, observed = _written(needed), _written({name: there.get(name, 0) for name in needed})
        if margin >= 0:
            return Verdict(self.name, required, observed, True, margin)
        sentence = f"{ask.tenant.name} needs {required} on one host: one of {seat.pool.id} has {observed}"
        return Verdict(self.name, required, observed, False, margin, f"{self.name}:{short}", sentence)


def _written(devices: Mapping[str, int]) -> str:
    """Devices as `8 ascend-910b`."""
    return ", ".join(f"{count} {name}" for name, count in sorted(devices.items())) or "none"
