"""Refusals are counted and told in English and Chinese."""

from __future__ import annotations

import pytest

from cmp.model.plan import Unplaced
from cmp.model.recovery import Role
from cmp.scheduler.constraints.profiles import COPYING, RUNNING
from cmp.scheduler.explain.conditions import CONDITIONS
from cmp.scheduler.explain.wording import PHRASES, Sides, histogram, sentence, unplaced_sentence
from cmp.words.sentences import spoken


def test_the_most_frequent_reason_is_told_first() -> None:
    told = histogram({"capacity": 3, "image:arm64": 12, "zone": 6})

    assert told == "12 lack an arm64 image, 6 are in another zone, 3 are full"


def test_one_pool_is_spoken_of_in_the_singular() -> None:
    assert histogram({"image:loong64": 1, "level:2": 1}) == (
        "1 lacks a loong64 image, 1 has protection level 2 only"
    )


def test_the_same_is_told_in_chinese() -> None:
    assert (
        spoken(histogram({"image:arm64": 12, "kind:server": 1}), "zh_Hans")
        == "12 个缺少 arm64 镜像、1 个不运行虚拟机"
    )


@pytest.mark.parametrize("name", [each.name for each in (*RUNNING, *COPYING)])
def test_every_filter_has_words(name: str) -> None:
    assert name in PHRASES


def test_every_condition_has_words() -> None:
    assert len(CONDITIONS) == len(set(PHRASES) - {each.name for each in (*RUNNING, *COPYING)})


def test_a_side_is_told_with_where_it_stands() -> None:
    side = Sides("tax-api/web", Role.COLD, ("bj-b-hygon",), 1, 3)

    assert sentence(side, {"place": 2}) == (
        "tax-api/web (cold) stands on bj-b-hygon; 1 of 3 pools fits: 2 are in another center"
    )
    assert spoken(sentence(side, {"place": 2}), "zh_Hans") == (
        "tax-api/web（冷备）：位于 bj-b-hygon；3 个资源池中 1 个可用：2 个在其他中心"
    )


def test_what_found_no_place_is_told_in_chinese_with_what_stands_in_the_groups_way() -> None:
    missing = Unplaced(
        workload="tax-api",
        component="web",
        role=Role.PRIMARY,
        summary="tax-api/web (primary): 1 of 1 pools fits; too far",
        histogram={},
        group="rtt",
        reasons=({"pool": "bj-a-hygon", "constraint": "rtt", "message": "too far"},),  # type: ignore[arg-type]
    )

    assert unplaced_sentence(missing) == missing.summary
    assert (
        spoken(unplaced_sentence(missing), "zh_Hans")
        == "tax-api/web（主用）：1 个资源池中 1 个可用；往返时延超过上限"
    )
