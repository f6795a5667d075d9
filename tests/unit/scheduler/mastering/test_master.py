"""A small estate is chosen as a whole: cheaper, the same each time, never at the cost of a promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.bench.generating.making import generated
from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.scheduler.board.choosing import FULL
from cmp.scheduler.board.loops import prove_board, total_of
from cmp.scheduler.engine import Limits, decided, prepared, searched
from cmp.scheduler.mastering.master import NEVER

LAB = Path(__file__).parents[4] / "inventories" / "lab"
FEW = Limits(attempts=250)


@pytest.fixture(scope="module", params=["lab", 1, 2, 3])
def environment(request: pytest.FixtureRequest) -> Environment:
    """The lab's, and generated ones of a few small pools."""
    return load(LAB).environment if request.param == "lab" else generated(6, 6, request.param)


def test_what_is_chosen_as_a_whole_is_never_dearer_and_keeps_every_promise(environment: Environment) -> None:
    before = searched(prepared(environment), 0, FEW._replace(border=NEVER))

    found = searched(prepared(environment), 0, FEW)

    assert total_of(found.handle, FULL) <= total_of(before.handle, FULL)
    assert not prove_board(found.handle).any()
    assert found.missing() == before.missing()


def test_the_same_seed_and_effort_choose_the_same(environment: Environment) -> None:
    one, other = (decided(searched(prepared(environment), 7, FEW)) for _ in range(2))

    assert one == other


def test_more_effort_is_never_dearer(environment: Environment) -> None:
    found = [
        total_of(searched(prepared(environment), 1, Limits(attempts=effort)).handle, FULL)
        for effort in (250, 300, 450, 700)
    ]

    assert found == sorted(found, reverse=True)
