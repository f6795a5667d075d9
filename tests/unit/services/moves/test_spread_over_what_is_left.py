"""A drain and the loss of a host judge a spread by one rule, over the hosts that are left, and say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.field_desk import Desk, a_desk


def _desk(tmp_path: Path, hosts: int, spare: int, replicas: int, vcpus: int = 1) -> Desk:
    """F11 with so many hosts in its pools, and so many replicas of its one spread component."""
    desk = a_desk("F11", tmp_path)
    estate = desk.folder(".") / "estate.yaml"
    text = estate.read_text(encoding="utf-8")
    estate.write_text(text.replace("hosts: 2", f"hosts: {hosts}\n    spare_hosts: {spare}"), encoding="utf-8")
    workloads = desk.folder(".") / "workloads.yaml"
    text = workloads.read_text(encoding="utf-8").replace("replicas: 2", f"replicas: {replicas}")
    workloads.write_text(text.replace("vcpus: 1", f"vcpus: {vcpus}"), encoding="utf-8")
    assert desk.run("plan").code == 0
    desk.apply("spread")
    return desk


def _pool(desk: Desk) -> str:
    plan = desk.document("plan").document
    return next(row["pool"] for row in plan["placements"] if row["role"] == "primary")


@pytest.mark.parametrize(
    ("hosts", "spare", "replicas", "together"),
    [
        (2, 0, 2, True),
        (3, 0, 3, True),
        (3, 1, 2, False),
        (3, 0, 6, True),
        (4, 2, 2, False),
        (4, 0, 5, False),
        (5, 0, 5, True),
    ],
)
def test_a_host_that_is_drained_is_judged_as_one_that_is_lost(
    hosts: int, spare: int, replicas: int, together: bool, tmp_path: Path
) -> None:
    desk = _desk(tmp_path, hosts, spare, replicas)
    host = f"host:{_pool(desk)}/1"

    (lost,) = desk.document("prove", ".", "--lose", host).document["failures"]
    drain = desk.document("maintain", ".", "--drain", host)

    assert lost["survives"]
    assert drain.code == 0
    assert any("spread" in note for note in lost["notes"]) is together
    assert any("spread" in note for note in drain.document["notes"]) is together


@pytest.mark.parametrize(("hosts", "replicas", "vcpus"), [(2, 2, 9), (3, 3, 9), (2, 4, 5)])
def test_both_refuse_where_the_hosts_left_have_no_room(
    hosts: int, replicas: int, vcpus: int, tmp_path: Path
) -> None:
    desk = _desk(tmp_path, hosts, 0, replicas, vcpus)
    host = f"host:{_pool(desk)}/1"

    (lost,) = desk.document("prove", ".", "--lose", host).document["failures"]

    assert not lost["survives"]
    assert desk.run("maintain", ".", "--drain", host).code != 0
