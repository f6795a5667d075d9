"""Tags are read from tags or from annotations, whichever kind of cloud a resource is for."""

from __future__ import annotations

from cmp.clouds.marked import tags_in

NOTES = {"tricenter/plan": "abc", "tricenter/grade": "5", "x": "y"}


def test_tags_of_both_kinds_are_read_alike() -> None:
    assert tags_in({"tags": {"grade": "5"}}) == {"grade": "5"}
    assert tags_in({"metadata": {"name": "web", "annotations": NOTES}}) == {"grade": "5", "plan": "abc"}
    assert tags_in({"metadata": "unknown"}) == {}
