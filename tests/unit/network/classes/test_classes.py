"""Classes share a line as they promise, in both families, and what they used becomes metrics."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.network_stories import GOLDEN, the_reference

from cmp.errors import Invalid
from cmp.metrics import traffic
from cmp.metrics.table import METRICS, MetricKind, textfile
from cmp.model.network import TrafficClass
from cmp.network.classes.htb import Shaping, classes_of, nft_script, shares, tc_lines
from cmp.network.classes.usage import class_usage, family_usage, owner_usage


def a_class(
    name: str = "voice", dscp: str = "ef", guaranteed: float = 20, ceiling: float = 100
) -> TrafficClass:
    return TrafficClass(id=name, dscp=dscp, guaranteed_mbps=guaranteed, ceiling_mbps=ceiling)


THREE = (a_class(), a_class("office", "af21", 60), a_class("rest", "be", 20))
LINE = Shaping("up0", 1000, the_reference().network.traffic_classes)


@pytest.mark.parametrize(
    ("name", "written"),
    [("classes.tc", "\n".join((*tc_lines(LINE), ""))), ("classes.nft", nft_script(LINE))],
)
def test_what_is_written_for_the_reference_is_what_was_reviewed(name: str, written: str) -> None:
    assert written == (GOLDEN / name).read_text(encoding="utf-8")


def test_both_families_are_sorted_alike() -> None:
    rules = [line.split() for line in nft_script(LINE).splitlines() if " dscp " in line]

    ipv4 = [(words[2], words[-1]) for words in rules if words[0] == "ip"]
    ipv6 = [(words[2], words[-1]) for words in rules if words[0] == "ip6"]
    assert ipv4 == ipv6
    assert len(ipv4) == len(LINE.classes)


def test_unmarked_traffic_is_best_effort_or_else_the_last_class() -> None:
    assert dict(LINE.named)[LINE.default].dscp == "be"
    assert dict(Shaping("up0", 100, THREE[:2]).named)["1:f000"].id == "office"


def test_the_class_of_unmarked_traffic_has_one_number_whatever_stands_before_it() -> None:
    for classes in (THREE, THREE[2:], THREE[::-1], THREE[1:]):
        assert Shaping("up0", 100, classes).default == "1:f000"
        assert tc_lines(Shaping("up0", 100, classes))[0].endswith("htb default f000")


def test_every_class_has_a_number_of_its_own() -> None:
    numbers = classes_of(Shaping("up0", 100, THREE))

    assert numbers == ("1:1", "1:10", "1:11", "1:f000")


def test_what_is_left_goes_to_the_urgent_first_and_no_class_above_its_ceiling() -> None:
    classes = (a_class(guaranteed=10, ceiling=30), a_class("office", "af21", 30), a_class("rest", "be", 20))

    assert shares(classes, 100) == pytest.approx({"voice": 30, "office": 50, "rest": 20})


RATES = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 100)), min_size=1, max_size=6)


@given(RATES, st.integers(0, 200))
def test_no_share_is_below_a_guarantee_above_a_ceiling_or_more_than_the_line(
    rates: list[tuple[int, int]], more: int
) -> None:
    names = ("ef", "af21", "cs5", "cs1", "be", "af31")
    classes = [
        a_class(name, name, guaranteed, guaranteed + room)
        for name, (guaranteed, room) in zip(names, rates, strict=False)
    ]
    line = sum(each.guaranteed_mbps for each in classes) + more

    given_out = shares(classes, line)

    for each in classes:
        assert each.guaranteed_mbps - 1e-6 <= given_out[each.id] <= each.ceiling_mbps + 1e-6
    assert sum(given_out.values()) == pytest.approx(min(line, sum(each.ceiling_mbps for each in classes)))


SHOWN = """class htb 1:10 parent 1:1 leaf 10: prio 0 rate 20Mbit ceil 100Mbit burst 50000b cburst 250000b
 Sent 86000 bytes 100 pkt (dropped 7, overlimits 0 requeues 0)
 backlog 12Kb 10p requeues 0
 lended: 0 borrowed: 0 giants: 0
class htb 1:1 root rate 1Gbit ceil 1Gbit burst 2500000b cburst 2500000b
 Sent 86000 bytes 100 pkt (dropped 0, overlimits 0 requeues 0)
 backlog 0b 0p requeues 0
"""
COUNTED = json.dumps(
    {
        "nftables": [
            {"metainfo": {"version": "1.0.6"}},
            *(
                {"counter": {"family": "inet", "name": name, "table": "t", "packets": 1, "bytes": size}}
                for name, size in (
                    ("class_voice_video_ipv4", 50_000),
                    ("class_voice_video_ipv6", 36_000),
                    ("owner_general_office_in", 900),
                    ("owner_general_office_out", 700),
                )
            ),
        ]
    }
)


def test_usage_becomes_metrics_with_few_labels() -> None:
    text = textfile(
        [
            *traffic.of_classes(LINE, class_usage(SHOWN, LINE)),
            *traffic.of_families(LINE, family_usage(COUNTED, LINE)),
            *traffic.of_owners("office-old-net", owner_usage(COUNTED, ["general-office"])),
        ]
    )

    lines = text.splitlines()
    assert 'tricenter_class_bytes_total{class="voice-video",line="up0"} 86000.0' in lines
    assert 'tricenter_class_drops_total{class="voice-video",line="up0"} 7.0' in lines
    assert 'tricenter_class_backlog_bytes{class="voice-video",line="up0"} 12288.0' in lines
    assert 'tricenter_class_family_bytes_total{class="voice-video",family="ipv6",line="up0"} 36000.0' in lines
    assert (
        'tricenter_owner_bytes_total{direction="sent",network="office-old-net",owner="general-office"} 700.0'
        in lines
    )


def test_every_metric_is_named_by_what_it_counts_in() -> None:
    for metric in METRICS:
        assert metric.name.startswith("tricenter_")
        assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
        assert metric.help.endswith(".")
        assert len(metric.labels) <= 3


def test_texts_of_another_kind_are_refused() -> None:
    with pytest.raises(Invalid):
        class_usage("qdisc noqueue 0: dev lo", LINE)
    with pytest.raises(Invalid):
        owner_usage("[]", ["general-office"])
