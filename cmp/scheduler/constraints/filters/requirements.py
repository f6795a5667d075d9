"""Keeps the pools that the component's `require` asks for: centers, clouds, pools, ownership."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class RequirementMet:
    """A hard wish names where a component may run; an empty list asks for nothing."""

    name: ClassVar[str] = "require"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Compare each list that is not empty."""
        wishes = list(_wishes(ask, seat))
        required = "; ".join(f"{what} {' or '.join(wanted)}" for what, wanted, _ in wishes) or "anything"
        observed = "; ".join(has for _, _, has in wishes) or seat.pool.id
        missed = [what for what, wanted, has in wishes if has not in wanted]
        if not missed:
            return Verdict(self.name, required, observed, ok=True)
        sentence = f"{ask.tenant.name} requires {required}: {seat.pool.id} has {observed}"
        return Verdict(self.name, required, observed, False, None, f"{self.name}:{missed[0]}", sentence)


def _wishes(ask: Ask, seat: Seat) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What is wished, what would do, what the seat has."""
    require = ask.component.require
    if require.centers:
        yield "center", require.centers, seat.center
    if require.clouds:
        yield "cloud", require.clouds, seat.cloud.id
    if require.pools:
        yield "pool", require.pools, seat.pool.id
    if require.ownership:
        yield "ownership", require.ownership, seat.cloud.ownership
