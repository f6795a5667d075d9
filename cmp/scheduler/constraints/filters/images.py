"""Keeps the pools whose instruction set the component has an image for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class ImageExists:
    """A replica runs only where an image was built for the chip's instruction set."""

    name: ClassVar[str] = "image"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Look for an image."""
        isa = seat.chip.isa
        required = " or ".join(sorted(ask.way.images))
        if isa in ask.way.images:
            return Verdict(self.name, required, str(isa), ok=True)
        sentence = f"{ask.tenant.name} has no image for {isa}, which {seat.chip.id} in {seat.pool.id} needs"
        return Verdict(self.name, required, str(isa), False, None, f"{self.name}:{isa}", sentence)
