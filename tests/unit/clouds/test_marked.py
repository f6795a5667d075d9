"""Tags are read from tags or from annotations, and what follows only a Plan is told from a change."""

from __future__ import annotations

from cmp.clouds.marked import but_for_the_plan, tags_in

OBJECT = {
    "metadata": {"name": "web", "annotations": {"tricenter/plan": "abc", "tricenter/grade": "5", "x": "y"}}
}


def test_tags_of_both_kinds_are_read_alike() -> None:
    assert tags_in({"tags": {"grade": "5"}}) == {"grade": "5"}
    assert tags_in(OBJECT) == {"grade": "5", "plan": "abc"}
    assert tags_in({"metadata": "unknown"}) == {}


def test_another_plan_alone_is_no_other_object() -> None:
    other = {
        "metadata": {
            "name": "web",
            "annotations": {**OBJECT["metadata"]["annotations"], "tricenter/plan": "z"},
        }
    }  # type: ignore[index]

    assert but_for_the_plan(OBJECT) == but_for_the_plan(other)
    assert but_for_the_plan({"tags": {"plan": "a", "b": "c"}}) == {"tags": {"b": "c"}}
