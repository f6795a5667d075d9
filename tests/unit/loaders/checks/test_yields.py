"""What is declared to stop for a recovery although somebody needs it: that it does not is said."""

from __future__ import annotations

import pytest
from support.builders import a_component, a_dependency, a_talk, a_workload

from cmp.loaders.checks.yields import check_yields
from cmp.model.codes import Code
from cmp.model.workload import Mode, Workload, Yields

BATCH = a_workload("batch", components=(a_component(yields=Yields.PREEMPTIBLE),))


def noted(*others: Workload) -> bool:
    found = list(check_yields((BATCH, *others)))
    assert {finding.code for finding in found} <= {Code.NEEDED_STAYS}
    assert {finding.path for finding in found} <= {("workloads", 0, "components", 0, "yields")}
    return bool(found)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (a_workload("other"), False),
        (a_workload("other", depends_on=(a_dependency("batch"),)), True),
        (a_workload("other", depends_on=(a_dependency("batch", mode=Mode.DEGRADED),)), False),
        (a_workload("other", components=(a_component(talks_to=(a_talk("web", workload="batch"),)),)), True),
    ],
    ids=["nobody", "hard", "degraded", "a flow"],
)
def test_a_preemptible_component_that_somebody_needs_is_noted(other: Workload, *, said: bool) -> None:
    assert noted(other) is said
