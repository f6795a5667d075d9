"""New records are kept as long as the old ones, also when resolvers asked in their last second."""

from __future__ import annotations

import pytest

from cmp.network.measurement.naming import Question, Told
from cmp.services.migrating.naming import SHORT_TTL
from cmp.services.migrating.publishing import LEAST_TTL, lifetime


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        ([0, 0], LEAST_TTL),
        ([0, 4], LEAST_TTL),
        ([60, 12], 60),
        ([3600], SHORT_TTL),
        ([None, 30], 30),
        ([None], SHORT_TTL),
        ([], SHORT_TTL),
    ],
)
def test_what_is_left_of_an_answer_is_short_and_not_unknown(left: list[int | None], seconds: int) -> None:
    told = {
        Question("192.0.2.53", f"h{index}.example", "A"): Told("NOERROR", (), ttl)
        for index, ttl in enumerate(left)
    }

    assert lifetime(told) == seconds
