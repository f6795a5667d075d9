"""Each constraint speaks for itself: it refuses by name with what it asks and sees, or is silent."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    a_chip,
    a_cloud,
    a_component,
    a_per_host,
    a_pool,
    a_workload,
    an_environment,
    chips,
    needs,
)

from cmp.model.estate import CloudKind, Isa, Ownership
from cmp.model.recovery import Role
from cmp.model.workload import Component, Data, DataClass, Require, RunsAs
from cmp.scheduler.constraints.profiles import COPYING, RUNNING, fits, judge
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


def judged(
    component: Component | None = None,
    role: Role = Role.PRIMARY,
    pool: dict[str, Any] | None = None,
    cloud: dict[str, Any] | None = None,
    **workload: Any,
) -> dict[str, Verdict]:
    found = component or a_component()
    owner = a_workload(components=(found,), **workload)
    environment = an_environment(
        owner,
        chips=(*chips(), a_chip("loongson-3c6000", isa=Isa.LOONG64)),
        clouds=(a_cloud(**(cloud or {})),),
        pools=(a_pool(**(pool or {})),),
    )
    ask = Ask.of(owner, found, found.ways[0], role, environment.estate)
    seat = Seat.of(environment.estate.pools[0], environment)
    assert fits(ask, seat) == all(verdict.ok for verdict in judge(ask, seat))
    return {verdict.name: verdict for verdict in judge(ask, seat)}


def test_a_usual_component_fits_a_usual_pool() -> None:
    verdicts = judged()

    assert [verdict.ok for verdict in verdicts.values()] == [True] * len(RUNNING)
    assert not any(verdict.reason or verdict.sentence for verdict in verdicts.values())


@pytest.mark.parametrize(
    ("name", "reason", "case"),
    [
        ("image", "image:loong64", {"pool": {"chip": "loongson-3c6000"}}),
        ("kind", "kind:server", {"cloud": {"kind": CloudKind.KUBERNETES}}),
        ("kind", "kind:container", {"component": a_component(runs_as=RunsAs.CONTAINER)}),
        ("zone", "zone", {"cloud": {"zones": ("private",)}}),
        ("level", "level:2", {"cloud": {"mlps_level": 2}}),
        ("ownership", "ownership:public", {"cloud": {"ownership": Ownership.PUBLIC}}),
        ("require", "require:center", {"component": a_component(require=Require(centers=("gy-c",)))}),
        (
            "require",
            "require:cloud",
            {"component": a_component(require=Require(clouds=("gy-c-gov",)))},
        ),
        (
            "require",
            "require:ownership",
            {"component": a_component(require=Require(ownership=(Ownership.LEASED,)))},
        ),
        ("accelerators", "accelerators:ascend-910b", {"component": a_component(needs=needs(ascend_910b=1))}),
        (
            "accelerators",
            "accelerators:ascend-910b",
            {
                "component": a_component(needs=needs(ascend_910b=2)),
                "pool": {"per_host": a_per_host(accelerators={"ascend-910b": 1})},
            },
        ),
        ("host", "host", {"component": a_component(needs=needs(vcpus=65.0))}),
        ("host", "host", {"component": a_component(needs=needs(memory_gib=257.0))}),
        ("host", "host", {"component": a_component(needs=needs(disk_gib=4001))}),
    ],
)
def test_one_constraint_refuses_by_name_and_the_others_still_speak(
    name: str, reason: str, case: dict[str, Any]
) -> None:
    verdicts = judged(**case)

    assert verdicts[name].reason == reason
    assert verdicts[name].sentence
    assert [other for other, verdict in verdicts.items() if not verdict.ok] == [name]
    assert len(verdicts) == len(RUNNING)


def test_a_copy_asks_neither_for_an_image_nor_for_a_zone() -> None:
    component = a_component(data=Data(gib=100), runs_as=RunsAs.CONTAINER)

    verdicts = judged(component, Role.BACKUP, {"chip": "loongson-3c6000"}, {"zones": ("private",)})

    assert [verdict.ok for verdict in verdicts.values()] == [True] * len(COPYING)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("level", {"cloud": {"mlps_level": 1}}),
        ("ownership", {"cloud": {"ownership": Ownership.LEASED}, "data_class": (DataClass.CORE,)}),
        ("copy", {"component": a_component(data=Data(gib=4001))}),
    ],
)
def test_a_copy_is_refused_by_level_owner_and_disk(name: str, case: dict[str, Any]) -> None:
    verdicts = judged(role=Role.BACKUP, **case)

    assert [other for other, verdict in verdicts.items() if not verdict.ok] == [name]


def test_a_margin_says_what_is_left_or_missing() -> None:
    assert judged(component=a_component(needs=needs(vcpus=48.0)))["host"].margin == 0.25
    assert judged(cloud={"mlps_level": 2})["level"].margin == -1
