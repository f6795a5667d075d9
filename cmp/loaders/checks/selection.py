"""Checks `select`: each name is a workload of the extended environment, named once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.loaders.checks.names import Known
from cmp.model.codes import Code
from cmp.model.environment import Header
from cmp.model.finding import Finding
from cmp.model.workload import Workload

ENVIRONMENT = "environment"


def check_selection(
    header: Header, every: Sequence[Workload], *, complete: bool, hidden: str = ""
) -> Iterator[Finding]:
    """Findings on `select`; names are looked up only where the workloads could be read (`complete`).

    `hidden` says which workloads of an extended environment are not read, where there are such.
    """
    if header.select is None:
        return
    path = ("select", "workloads")
    if not header.select.workloads:
        message = "`select` keeps no workload: an environment must have one"
        yield Finding(ENVIRONMENT, path, Code.NOTHING_DECLARED, message, "leave `select` out to keep all")
    if complete:
        known = Known("workload", {workload.id for workload in every}, hidden)
        yield from known.refer_all(ENVIRONMENT, path, header.select.workloads)
