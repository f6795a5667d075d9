"""Sizes against the largest host: another unit is refused, what no host can hold is a note."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_component, a_per_host, a_pool, a_workload, an_estate

from cmp.loaders.checks.sizes import check_sizes
from cmp.model.codes import Code
from cmp.model.estate import Isa
from cmp.model.finding import Finding, Severity
from cmp.model.workload import Needs, Scaling, Variant

ESTATE = an_estate()
"""Its largest host: 64 vCPU promised twice, 256 GiB, 4000 GiB of disk, no card."""


def needs(**changes: Any) -> Needs:
    return Needs(**{"vcpus": 4.0, "memory_gib": 8.0} | changes)


def findings(wanted: Needs, **changes: Any) -> list[Finding]:
    workload = a_workload(components=(a_component(needs=wanted, **changes),))
    return list(check_sizes(0, workload, ESTATE))


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ({"memory_gib": 16384.0}, "MiB meant? Then write 16"),
        ({"memory_gib": 524288.0}, "check the unit"),
        ({"disk_gib": 40960}, "MiB meant? Then write 40"),
        ({"vcpus": 2000.0}, "thousandths of a vCPU meant? Then write 2"),
    ],
)
def test_a_size_in_a_smaller_unit_is_refused_with_what_was_meant(wanted: dict[str, Any], meant: str) -> None:
    [found] = findings(needs(**wanted))

    assert (found.code, found.severity) == (Code.WRONG_UNIT, Severity.ERROR)
    assert found.path == ("workloads", 0, "components", 0, "needs", *wanted)
    assert found.hint == meant


@pytest.mark.parametrize(
    "wanted",
    [{"memory_gib": 257.0}, {"disk_gib": 4001}, {"vcpus": 129.0}, {"accelerators": {"ascend-910b": 1}}],
)
def test_what_no_host_can_hold_is_a_note(wanted: dict[str, Any]) -> None:
    [found] = findings(needs(**wanted))

    assert (found.code, found.severity) == (Code.LARGER_THAN_HOSTS, Severity.NOTE)


@pytest.mark.parametrize("wanted", [{"memory_gib": 256.0}, {"disk_gib": 4000}, {"vcpus": 128.0}])
def test_what_just_fits_the_largest_host_is_right(wanted: dict[str, Any]) -> None:
    assert findings(needs(**wanted)) == []


def test_vcpus_that_chips_scale_are_left_to_the_scheduler() -> None:
    assert findings(needs(vcpus=130.0), scaling=Scaling.VERTICAL) == []


def test_other_ways_to_run_are_looked_at_too() -> None:
    way = Variant(id="large", needs=needs(memory_gib=8192.0), images={Isa.AMD64: "web:1"})

    [found] = findings(needs(), variants=(way,))

    assert found.path == ("workloads", 0, "components", 0, "variants", 0, "needs", "memory_gib")


def test_one_large_pool_is_enough() -> None:
    large = a_pool("bj-a-hygon", per_host=a_per_host(memory_gib=2048))
    workload = a_workload(components=(a_component(needs=needs(memory_gib=1500.0)),))

    assert list(check_sizes(0, workload, an_estate(pools=(large,)))) == []
