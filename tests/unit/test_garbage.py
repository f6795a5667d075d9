"""The collector of cycles rests while it is asked to, and works again afterwards, whatever happened."""

from __future__ import annotations

import gc

import pytest

from cmp.garbage import uncollected


@uncollected()
def _failing(seen: list[bool]) -> None:
    seen.append(gc.isenabled())
    raise ValueError("stop")


def test_the_collector_rests_meanwhile_and_works_again_after_an_error() -> None:
    seen: list[bool] = []

    with pytest.raises(ValueError, match="stop"):
        _failing(seen)

    assert seen == [False]
    assert gc.isenabled()


def test_inside_another_rest_it_goes_on_resting() -> None:
    with uncollected():
        with uncollected():
            pass
        resting = gc.isenabled()

    assert not resting
