"""A Plan names the servers that have to move inside a pool first, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.field_desk import Desk, a_desk

REFUSED = 3

WORKLOAD = """
  - id: {id}
    title: {{zh: {id}, en: {id}}}
    owner: dept
    mlps_level: 2
    data_class: [internal]
    recovery: {{grade: 1}}
    zone: inner
    components:
      - id: x
        replicas: {replicas}
        needs: {{vcpus: {vcpus}, memory_gib: {memory}, disk_gib: 10, accelerators: {{gpu-z: {cards}}}}}
        images: {{amd64: "x:1"}}
        scaling: fixed
        spread: none
        require: {{centers: [na]}}
"""
SMALL: Mapping[str, object] = {"replicas": 1, "vcpus": 2, "memory": 4, "cards": 3}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk("F05", tmp_path)


def _declare(desk: Desk, **sizes: Mapping[str, object]) -> None:
    each = (WORKLOAD.format(id=name, **{**SMALL, **size}) for name, size in sizes.items())
    (desk.folder("frag0") / "workloads.yaml").write_text("workloads:" + "".join(each), encoding="utf-8")


def _applied(desk: Desk, **sizes: Mapping[str, object]) -> None:
    _declare(desk, **sizes)
    assert desk.run("plan", "frag0").code == 0
    desk.apply("frag")


def _first(desk: Desk, **sizes: Mapping[str, object]) -> list[dict[str, object]]:
    _declare(desk, **sizes)
    plan = desk.document("plan", "frag0")
    assert plan.code == 0
    return list(plan.document.get("moves_first", []))


BIG: Mapping[str, Mapping[str, object]] = {
    "cards": {"cards": 8},
    "memory": {"cards": 1, "memory": 256},
    "vcpus": {"cards": 1, "vcpus": 64},
    "most of a host": {"cards": 6},
    "all but a card": {"cards": 7},
}
APART: Mapping[str, Mapping[str, object]] = {
    "cards": {"cards": 5},
    "memory": {"memory": 250, "cards": 5},
    "vcpus": {"vcpus": 61, "cards": 5},
    "most of a host": {"cards": 5},
    "all but a card": {"cards": 5},
}


@pytest.mark.parametrize("kind", ["cards", "memory", "vcpus", "most of a host", "all but a card"])
def test_one_of_two_that_stand_apart_moves_for_what_needs_a_host(desk: Desk, kind: str) -> None:
    _applied(desk, s1=APART[kind], s2=APART[kind], t1={}, t2={})
    _applied(desk, t1={}, t2={})

    moves = _first(desk, t1={}, t2={}, zbig=BIG[kind])

    assert len(moves) == 1
    assert moves[0]["server"] in {"t1-x-primary-na-p-1", "t2-x-primary-na-p-1"}
    assert {moves[0]["host"], moves[0]["to"]} == {1, 2}
    assert float(str(moves[0]["minutes"])) > 0


def test_nothing_moves_for_what_finds_room(desk: Desk) -> None:
    _applied(desk, s1={"cards": 5}, s2={"cards": 5}, t1={}, t2={})
    _applied(desk, t1={}, t2={})

    assert _first(desk, t1={}, t2={}, zbig={"cards": 5}) == []
    assert _first(desk, t1={}, t2={}) == []
    assert _first(desk, t1={}) == []


def test_the_moves_cost_what_they_take(desk: Desk) -> None:
    _applied(desk, s1={"cards": 5}, s2={"cards": 5}, t1={}, t2={})
    _applied(desk, t1={}, t2={})
    _declare(desk, t1={}, t2={}, zbig={"cards": 8})

    assert desk.document("plan", "frag0").document["objective"]["parts"]["move"] > 0


def test_preview_refuses_with_the_servers_in_the_way(desk: Desk) -> None:
    _applied(desk, s1={"cards": 5}, s2={"cards": 5}, t1={}, t2={})
    _applied(desk, t1={}, t2={})
    _first(desk, t1={}, t2={}, zbig={"cards": 8})

    found = desk.call("preview", desk.plan("frag"))

    assert found.code == REFUSED
    assert "na-p/1" in found.refusal
    assert "na-p/2" in found.refusal
