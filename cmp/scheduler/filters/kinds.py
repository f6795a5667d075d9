"""Keeps the pools of clouds that carry what the component runs as: a server or a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cmp.model.estate import CloudKind
from cmp.model.workload import RunsAs
from cmp.scheduler.verdicts import Ask, Seat, Verdict

CARRIES: Mapping[RunsAs, tuple[CloudKind, ...]] = {
    RunsAs.SERVER: (CloudKind.OPENSTACK, CloudKind.AWS),
    RunsAs.CONTAINER: (CloudKind.KUBERNETES,),
}


@dataclass(frozen=True, slots=True)
class KindCarries:
    """Servers run on OpenStack and AWS-compatible clouds, containers on Kubernetes."""

    name: ClassVar[str] = "kind"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Compare the kind of cloud."""
        runs_as = ask.component.runs_as
        required = " or ".join(CARRIES[runs_as])
        if seat.cloud.kind in CARRIES[runs_as]:
            return Verdict(self.name, required, seat.cloud.kind, ok=True)
        sentence = (
            f"{ask.tenant.name} is a {runs_as}, which {seat.cloud.kind} cloud {seat.cloud.id} does not run"
        )
        return Verdict(self.name, required, seat.cloud.kind, False, None, f"{self.name}:{runs_as}", sentence)
