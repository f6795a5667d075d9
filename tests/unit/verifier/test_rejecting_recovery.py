"""A Plan under which somebody is back too late, or loses too much, is rejected with that code alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.builders import (
    a_component,
    a_dependency,
    a_link,
    a_placement,
    a_takeover,
    a_workload,
    amounts,
    an_environment,
    links,
    pools,
)

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.plan import Placement, Plan
from cmp.model.policy import Policy
from cmp.model.recovery import Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Component, Data, Recovery, Scaling, Spread, Workload
from cmp.verifier.checking import check

Assemble = Callable[..., Plan]

TIMES = TakeoverTimes.model_validate(
    a_takeover().model_dump()
    | {
        "detect_seconds": 10,
        "release_seconds": 100,
        "fence_seconds": 5,
        "promote_seconds": 7,
        "restore_mib_per_second": 1024,
        "starts_at_once": 2,
        "switch_seconds": 3,
        "ship_seconds": 60,
    },
    strict=False,
)


def a_part(**changes: Any) -> Component:
    usual = {"replicas": 3, "scaling": Scaling.FIXED, "spread": Spread.NONE, "data": Data(gib=20)}
    return a_component(**usual | changes)


def a_system(name: str = "tax-api", rto: float = 1000, rpo: float | None = None, **changes: Any) -> Workload:
    part = changes.pop("part", a_part())
    recovery = Recovery(grade=changes.pop("grade", 3), rto_minutes=rto, rpo_minutes=rpo)
    return a_workload(name, recovery=recovery, components=(part,), **changes)


def sides(name: str, second: str = "gy-c-hygon", role: Role = Role.COLD, running: int = 0) -> list[Placement]:
    """Three replicas in bj-a, and a second side for three."""
    usual = {"workload": name, "replicas_on_takeover": 3}
    return [
        a_placement(**usual | {"replicas": 3}),
        a_placement(second, **usual | {"role": role, "replicas": running}),
    ]


def environment(*workloads: Workload, **changes: Any) -> Environment:
    return an_environment(*workloads, **{"takeover": TIMES} | changes)


OFF = Power(idle_watts=Fact(value=100), peak_watts=Fact(value=200))
POWERED = tuple(pool.model_copy(update={"power": OFF}) for pool in pools())
WARM_ROW = a_placement("gy-c-kunpeng", role=Role.BACKUP, replicas=0, replicas_on_takeover=0, image="")
COPY = WARM_ROW.model_copy(update={"size": amounts(0, 0, 20)})
RING = (a_dependency("ring"),)

# Cold: 10 + 100 to begin, then 5 + 20 + 2 × 124 + 3 s: 386 s. Warm, two run: 10 + 100 + 5 + 7 + 120 + 3.
LATE: dict[str, tuple[tuple[Workload, ...], list[Placement], dict[str, Any], int]] = {
    "a cold side": ((a_system(rto=6),), sides("tax-api"), {}, 386),
    "a cold side without data": (
        (a_system(rto=6, part=a_part(data=Data())),),
        sides("tax-api"),
        {},
        366,
    ),
    "a warm side": (
        (a_system(rto=4, grade=5),),
        [*sides("tax-api", "bj-b-hygon", Role.WARM, 2), COPY],
        {},
        245,
    ),
    "a cold side whose hosts are kept on": ((a_system(rto=6),), sides("tax-api"), {"pools": POWERED}, 386),
    "a replica that takes long to start": (
        (a_system(rto=60),),
        sides("tax-api"),
        {"policy": Policy.model_validate({"moving": {"boot_seconds": 2000}}, strict=False)},
        4146,
    ),
    "one that waits for another": (
        (
            a_system("identity", part=a_part(data=Data(gib=800))),
            a_system(rto=20, depends_on=(a_dependency("identity"),)),
        ),
        [*sides("identity"), *sides("tax-api")],
        {},
        1442,
    ),
    "one that waits in a circle": (
        (
            a_system("ring", depends_on=(a_dependency("tax-api"),), part=a_part(data=Data(gib=800))),
            a_system(rto=19, depends_on=RING),
        ),
        [*sides("ring"), *sides("tax-api")],
        {},
        1166,
    ),
    "one that is not hit itself": (
        (a_system("identity"), a_system(rto=6, depends_on=(a_dependency("identity"),))),
        [
            *sides("identity"),
            *(
                row.model_copy(update={"pool": "bj-b-hygon", "cloud": "bj-b-gov", "center": "bj-b"})
                if row.role is Role.PRIMARY
                else row
                for row in sides("tax-api")
            ),
        ],
        {},
        386,
    ),
}


def told(plan: Plan) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in check(plan):
        found.setdefault(finding.code, set()).add(finding.subject + ": " + finding.sentence)
    return found


@pytest.mark.parametrize(("workloads", "rows", "changes", "seconds"), LATE.values(), ids=LATE)
def test_who_is_back_too_late_is_found_with_the_seconds(
    assemble: Assemble,
    workloads: tuple[Workload, ...],
    rows: list[Placement],
    changes: dict[str, Any],
    seconds: int,
) -> None:
    found = told(assemble(environment(*workloads, **changes), rows))

    rto = round((workloads[-1].recovery.rto_minutes or 0) * 60)
    assert set(found) == {"rto-after"}
    assert f"tax-api after center:bj-a: is back after {seconds} s; its RTO is {rto} s" in found["rto-after"]


@pytest.mark.parametrize(("workloads", "rows", "changes", "seconds"), LATE.values(), ids=LATE)
def test_the_very_second_is_in_time(
    assemble: Assemble,
    workloads: tuple[Workload, ...],
    rows: list[Placement],
    changes: dict[str, Any],
    seconds: int,
) -> None:
    *others, last = workloads
    exact = last.model_copy(
        update={"recovery": last.recovery.model_copy(update={"rto_minutes": seconds / 60})}
    )

    assert check(assemble(environment(*others, exact, **changes), rows)) == ()


def test_without_times_nothing_is_late(assemble: Assemble) -> None:
    given = environment(a_system(rto=6), takeover=None)

    assert check(assemble(given, sides("tax-api"))) == ()


def changing(mbps: float = 5.0) -> Component:
    return a_part(data=Data(gib=20, change_mbps_peak=mbps))


# The link to Guiyang may carry 7 Gbit/s: a minute of 5 Mbit/s and its way take 61 s, of 7 Gbit/s two minutes.
LOST: dict[str, tuple[Workload, str, bool]] = {
    "a minute and the way, of a minute": (a_system(rpo=1, part=changing()), "gy-c-hygon", True),
    "a minute and the way, of 61 s": (a_system(rpo=61 / 60, part=changing()), "gy-c-hygon", False),
    "two minutes on a full link": (a_system(rpo=119 / 60, part=changing(7000)), "gy-c-hygon", True),
    "two minutes of two": (a_system(rpo=2, part=changing(7000)), "gy-c-hygon", False),
    "nothing of data that never change": (a_system(rpo=0, part=changing(0)), "gy-c-hygon", False),
    "nothing over a synchronous link": (a_system(rpo=0, part=changing()), "bj-b-hygon", False),
}


@pytest.mark.parametrize(("workload", "second", "lost"), LOST.values(), ids=LOST)
def test_who_loses_too_much_is_found(assemble: Assemble, workload: Workload, second: str, lost: bool) -> None:
    found = told(assemble(environment(workload), sides("tax-api", second)))

    assert set(found) == ({"rpo-after"} if lost else set())


def test_a_link_that_is_not_there_carries_no_copy(assemble: Assemble) -> None:
    given = environment(a_system(rpo=60, part=changing()), links=links()[:1])

    assert "rpo-after" in told(assemble(given, sides("tax-api")))


def test_an_asynchronous_copy_in_the_same_city_lags_too(assemble: Assemble) -> None:
    given = environment(a_system(rpo=0, part=changing()), links=(a_link(), *links()[1:]))

    assert "rpo-after" in told(assemble(given, sides("tax-api", "bj-b-hygon")))
