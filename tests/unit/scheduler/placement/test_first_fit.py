"""The reference needs a scheduler: a placer that takes the first pool with room does not place all of it."""

from __future__ import annotations

from pathlib import Path

from support.first_fit import first_fit

from cmp.loaders.loading import load
from cmp.scheduler.engine import schedule

REFERENCE = Path(__file__).parents[4] / "inventories" / "reference"


def test_first_fit_leaves_workloads_of_the_reference_out_that_the_engine_places() -> None:
    environment = load(REFERENCE).environment

    missing = first_fit(environment)

    assert missing
    assert schedule(environment).unplaced == ()
