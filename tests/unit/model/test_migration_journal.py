"""A journal knows its stages by what they are, whatever anybody calls them."""

from __future__ import annotations

from typing import Any

import pytest

from cmp.model.migration import Phase
from cmp.model.migration_journal import Check, Direction, MigrationJournal, Stage


def a_stage(direction: Direction = Direction.FORWARD, wave: str = "rest", **changes: Any) -> Stage:
    return Stage(phase=Phase.BESIDE, wave=wave, direction=direction, **changes)


def test_a_stage_is_known_by_phase_wave_and_direction() -> None:
    check = Check(name="answers from outside", ok=True)
    stages = (a_stage(), a_stage(Direction.BACK, checks=(check,)), a_stage(wave="canary"))
    journal = MigrationJournal(
        id="m", environment="e", network="n", plan="p", began="b", place="lab", stages=stages
    )

    assert journal.known(a_stage(Direction.BACK)).checks == (check,)
    assert journal.known(a_stage()).checks == ()
    with pytest.raises(KeyError):
        journal.known(a_stage(Direction.BACK, "canary"))
