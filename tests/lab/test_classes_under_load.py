"""Classes keep their guarantees on a loaded line, whatever family each of them is sent in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.needs import needs

from cmp.model.network import TrafficClass
from cmp.network.classes.judging import fitted, misses
from cmp.network.classes.usage import family_usage
from cmp.services.migrating.class_rates import MOST_MBPS, class_rates, rates
from lab.changed_line import changed_under_load
from lab.shared_line import PROGRAMS, THREE, Line, shared_line

pytestmark = [pytest.mark.lab, needs(*PROGRAMS)]

TOLERANCE = 0.15
"""Of a guarantee: bursts and the end of a run count too."""


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with shared_line() as made:
        yield made


@pytest.mark.parametrize(
    "families",
    [{"voice": 4, "office": 6, "best-effort": 4}, {"voice": 6, "office": 4, "best-effort": 6}],
    ids=["voice in IPv4", "voice in IPv6"],
)
def test_every_class_gets_its_share_of_a_full_line_in_either_family(
    line: Line, families: dict[str, int]
) -> None:
    shares = line.load(families, 2)

    whole = sum(share.mbps for share in shares)
    guaranteed = sum(each.guaranteed_mbps for each in THREE)
    for share, each in zip(shares, THREE, strict=True):
        assert share.mbps / whole == pytest.approx(each.guaranteed_mbps / guaranteed, rel=TOLERANCE), shares


def test_a_full_line_does_not_keep_urgent_packets_waiting(line: Line) -> None:
    voice, office, best_effort = line.load({"office": 6, "best-effort": 4}, 2)

    assert voice.median_ms < office.median_ms
    assert voice.median_ms < best_effort.median_ms


def test_both_families_are_counted_in_their_class(line: Line) -> None:
    line.load({"office": 6}, 1)

    counted = {
        (each.name, each.family): each.sorted_bytes for each in family_usage(line.counters(), line.shaping)
    }

    assert counted["office", 6] > 1_000_000


def test_classes_that_change_on_a_full_line_share_it_as_on_a_fresh_one() -> None:
    change = changed_under_load(2)

    assert [each.name for each in change.before] == ["voice", "office", "best-effort"]
    assert [each.name for each in change.after] == ["voice", "video", "best-effort"]
    for after, fresh in zip(change.after, change.fresh, strict=True):
        assert after.mbps == pytest.approx(fresh.mbps, rel=TOLERANCE), change
    assert change.gap_ms != float("inf")


DECLARED = (
    TrafficClass(id="voice", dscp="ef", guaranteed_mbps=20, ceiling_mbps=50),
    TrafficClass(id="office", dscp="af21", guaranteed_mbps=60, ceiling_mbps=200),
    TrafficClass(id="best-effort", dscp="be", guaranteed_mbps=10, ceiling_mbps=200),
)


def test_declared_classes_keep_their_rates_in_both_families() -> None:
    check = class_rates(DECLARED, lambda _: None)

    assert check is not None
    assert check.ok, check.said
    assert "taken as 200 Mbit/s" in check.said


def test_a_class_that_is_not_shaped_is_found() -> None:
    unshaped = DECLARED[0].model_copy(update={"ceiling_mbps": DECLARED[1].ceiling_mbps})

    got = rates(fitted((unshaped, *DECLARED[1:]), MOST_MBPS), 1)

    assert [each for each in misses(fitted(DECLARED, MOST_MBPS), got) if each.startswith("voice got ")]
