"""Keeps the pools whose chip's performance is known, for workloads that rest on nothing that has expired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.model.base import Fact
from cmp.model.estate import Chip
from cmp.model.facts import chip_performance, own_performance
from cmp.model.workload import Component, Scaling
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class FactsFresh:
    """A size that follows the chip needs the performance of both chips: the pool's and the one sized on."""

    name: ClassVar[str] = "fresh-facts"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Look for a performance that has expired."""
        if not ask.workload.recovery.fresh_facts or not follows_the_chip(ask.component):
            return Verdict(self.name, "none", "", ok=True)
        for chip in dict.fromkeys((seat.chip, ask.sized_on)):
            name, fact = _used(ask, chip)
            if fact is not None and not fact.is_known:
                observed = f"{name} expired on {fact.valid_until}"
                sentence = f"{ask.tenant.name} asks for fresh facts: {observed}"
                return Verdict(self.name, "fresh", observed, False, None, f"{self.name}:{chip.id}", sentence)
        return Verdict(self.name, "fresh", "fresh", ok=True)


def follows_the_chip(component: Component) -> bool:
    """True when the number or the size of its replicas depends on a chip's performance."""
    scaling = component.scaling
    return scaling is Scaling.VERTICAL or (scaling is Scaling.HORIZONTAL and component.quorum is None)


def _used(ask: Ask, chip: Chip) -> tuple[str, Fact | None]:
    """The performance that sizes a component on a chip, with its name."""
    own: Component = ask.component
    if chip.id in own.performance:
        return own_performance(ask.workload.id, own.id, chip.id), own.performance[chip.id]
    return chip_performance(chip.id), chip.performance
