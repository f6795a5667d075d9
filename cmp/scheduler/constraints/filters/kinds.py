"""Keeps the pools of clouds that carry what the component runs as: a server or a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cmp.model.abilities import abilities_of, kinds_that_run
from cmp.model.estate import CloudKind
from cmp.model.workload import RunsAs
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict

CARRIES: Mapping[RunsAs, tuple[CloudKind, ...]] = {what: kinds_that_run(what) for what in RunsAs}


@dataclass(frozen=True, slots=True)
class KindCarries:
    """Servers run on clouds of servers, containers on clouds of containers."""

    name: ClassVar[str] = "kind"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Compare what the cloud runs."""
        runs_as = ask.component.runs_as
        required = " or ".join(CARRIES[runs_as])
        if abilities_of(seat.cloud).runs is runs_as:
            return Verdict(self.name, required, seat.cloud.kind, ok=True)
        sentence = (
            f"{ask.tenant.name} is a {runs_as}, which {seat.cloud.kind} cloud {seat.cloud.id} does not run"
        )
        return Verdict(self.name, required, seat.cloud.kind, False, None, f"{self.name}:{runs_as}", sentence)
