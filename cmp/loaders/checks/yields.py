"""Notes what is declared to stop for a recovery and does not, as somebody needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.model.codes import Code
from cmp.model.finding import Finding, Severity
from cmp.model.relying import relied_on
from cmp.model.workload import Workload, Yields
from cmp.sentences import Sentence


def check_yields(workloads: Sequence[Workload]) -> Iterator[Finding]:
    """A note for each preemptible component that others depend hard on or talk to."""
    needed = relied_on(workloads)
    for index, workload in enumerate(workloads):
        for number, component in enumerate(workload.components):
            if component.yields is Yields.PREEMPTIBLE and (workload.id, component.id) in needed:
                message = Sentence(
                    "`{id}/{id2}` never stops for a recovery: others need it",
                    id=workload.id,
                    id2=component.id,
                )
                hint = (
                    "write `yields: elastic` with `min_replicas` to let it shrink, or `mode: degraded` there"
                )
                path = ("workloads", index, "components", number, "yields")
                yield Finding("workloads", path, Code.NEEDED_STAYS, message, hint, Severity.NOTE)
