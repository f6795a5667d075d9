"""Whatever figure stands in an environment: it is refused with its place, or planned with without a crash."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import a_plan
from support.environment_files import problems_of

from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.scheduler.bounding.bound import lower_bound
from cmp.scheduler.engine import Limits, schedule
from cmp.scheduler.survival.proving import prove
from cmp.verifier.checking import check

AT = datetime(2027, 3, 1, 9)  # noqa: DTZ001 - declared demand is in local time
Step = str | int
CENTERS = (("na", "north", "production"), ("nb", "north", "same-city"), ("sc", "south", "remote"))

ESTATE: dict[str, Any] = {
    "reference_chip": "ref",
    "chips": [
        {"id": "ref", "vendor": "Acme", "isa": "amd64", "performance": 1.0},
        {"id": "arm", "vendor": "Bolt", "isa": "arm64", "performance": 0.8},
        {"id": "card", "vendor": "Bolt", "kind": "npu"},
    ],
    "locations": [{"id": "north", "grid_kgco2_per_kwh": 0.5}, {"id": "south"}],
    "centers": [{"id": name, "location": where, "role": role, "pue": 1.3} for name, where, role in CENTERS],
    "links": [
        {"between": ["na", "nb"], "rtt_ms": 1, "bandwidth_gbps": 40, "synchronous": True},
        {"between": ["na", "sc"], "rtt_ms": 30, "bandwidth_gbps": 10},
        {"between": ["nb", "sc"], "rtt_ms": 31, "bandwidth_gbps": 10},
    ],
    "clouds": [
        {
            "id": f"{name}-cl",
            "center": name,
            "kind": "openstack",
            "binding": {"cloud": f"{name}-cl"},
            "mlps_level": 3,
            "zones": ["inner"],
            "ownership": "government",
        }
        for name, _, _ in CENTERS
    ],
    "pools": [
        {
            "id": f"{name}-{chip}",
            "cloud": f"{name}-cl",
            "chip": chip,
            "hosts": 3,
            "spare_hosts": 1,
            "per_host": {"vcpus": 16, "memory_gib": 64, "disk_gib": 2000, "accelerators": {"card": 2}},
            "overcommit": {"vcpus": 2.0, "memory": 1.0},
            "power": {"idle_watts": 100, "peak_watts": 300, "boot_minutes": 10},
            "price_cny": {"vcpu_hour": 0.1, "memory_gib_hour": 0.05, "accelerator_hour": 2},
        }
        for name, _, _ in CENTERS
        for chip in ("ref", "arm")
    ],
}
NETWORK = {
    "zones": [{"id": "inner"}],
    "address_plan": {
        "ipv4": {"supernet": "10.64.0.0/12"},
        "ipv6": {"prefix": "3fff:100::/32", "site_length": 48, "subnet_length": 64},
    },
}
POLICY: dict[str, Any] = {
    "objective": {
        "facility_watts": 1,
        "cost": 0.3,
        "balance": 0.2,
        "move": 1,
        "chip_preference": 0.1,
        "payback_hours": 24,
        "headroom_percent": 5,
    },
    "moving": {
        "host_link_gbps": 10,
        "center_network_gbps": 25,
        "dirty_mib_per_second": 50,
        "downtime_limit_ms": 500,
        "image_gib": 4,
        "boot_seconds": 120,
    },
    "takeover": {
        "detect_seconds": 60,
        "release_seconds": 600,
        "fence_seconds": 30,
        "promote_seconds": 30,
        "restore_mib_per_second": 200,
        "starts_at_once": 10,
        "switch_seconds": 60,
        "ship_seconds": 60,
    },
    "purchasing": {"lead_days": 120, "most_hosts": 64},
    "quotas": [{"owner": "dept", "vcpus": 500, "memory_gib": 5000, "disk_gib": 90000}],
}
WORKLOADS: dict[str, Any] = {
    "workloads": [
        {
            "id": name,
            "title": {"zh": name, "en": name},
            "owner": "dept",
            "mlps_level": 2,
            "data_class": ["internal"],
            "recovery": {"grade": grade, "rto_minutes": 90, "rpo_minutes": 5},
            "zone": "inner",
            "depends_on": depends,
            "components": [
                {
                    "id": "web",
                    "replicas": 3,
                    "min_replicas": 1,
                    "needs": {"vcpus": 2, "memory_gib": 4, "disk_gib": 10},
                    "images": {"amd64": "web:1", "arm64": "web:1"},
                    "performance": {"arm": 0.7},
                    "yields": yields,
                    "data": {"gib": 10, "change_mbps_peak": 2},
                    "demand": [{"when": "03-01", "factor": 1.5}],
                }
            ],
        }
        for name, grade, yields, depends in (
            ("shop", 3, "never", [{"workload": "base", "max_rtt_ms": 40}]),
            ("base", 5, "elastic", []),
        )
    ]
}
DOCUMENTS = {"estate": ESTATE, "network": NETWORK, "policy": POLICY, "workloads": WORKLOADS}
HEADER = {"name": "absurd", "title": {"zh": "荒", "en": "Absurd"}, "bindings": "lab"}


def numbers(value: Any, *path: Step) -> Iterator[tuple[Step, ...]]:
    """The paths of all numbers."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in steps:
        yield from numbers(each, *path, step)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path


PLACES = sorted(numbers({name: DOCUMENTS[name] for name in ("estate", "policy", "workloads")}), key=str)
ABSURD = (0, 1e-300, 1e-9, 0.0004, 0.0005, 1, 7, 1000, 999_999, 1_000_000, 1e8, 1e9, 2**63, 1e19, 1e308, -1)


def written(folder: Path, changes: dict[tuple[Step, ...], float]) -> Path:
    """An environment with some figures changed."""
    documents = deepcopy(DOCUMENTS)
    for path, value in changes.items():
        at: Any = documents
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
    folder.mkdir(exist_ok=True)
    for name, document in {**documents, "environment": HEADER}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder


def follow(environment: Environment) -> None:
    """Plan, prove, verify and bound."""
    decision = schedule(environment, at=AT, limits=Limits(attempts=2))
    plan = decision.to_prove(environment, a_plan().origin.model_copy(update={"at": AT})).sealed()
    prove(plan, environment.failures)
    found = {each.code for each in check(plan)}
    assert found <= {"network-missing", "rules-missing", "rules-undeclared"}, found
    placed = frozenset(row.workload for row in plan.placements)
    lower_bound(environment, at=AT, placed=placed, objective=plan.objective.total)


def tried(folder: Path, changes: dict[tuple[Step, ...], float]) -> None:
    problems = problems_of(written(folder, changes))
    if problems:
        assert {Path(each.file).suffix for each in problems} == {".yaml"}
        assert all(each.line and each.column and each.message for each in problems)
    else:
        follow(load(folder).environment)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("absurd") / "environment"


def test_the_environment_is_planned_as_it_is(folder: Path) -> None:
    follow(load(written(folder, {})).environment)


POOL = ("estate", "pools", 0)
PART = ("workloads", "workloads", 0, "components", 0)
REFUSED: dict[str, tuple[dict[tuple[Step, ...], float], str]] = {
    "a facility that takes a hundred million times its IT": (
        {("estate", "centers", 0, "pue"): 1e8},
        "`pue` is facility power over IT power",
    ),
    "a host that takes a power station": (
        {(*POOL, "power", "peak_watts"): 1e8},
        "`peak_watts` is of one host",
    ),
    "a weight that leaves 64 bits": ({("policy", "objective", "facility_watts"): 1e8}, "1000000"),
    "weights and hosts that leave them together": (
        {("policy", "objective", "facility_watts"): 1e6},
        "make more than 1e+09 points",
    ),
    "an overcommit that promises nothing": ({(*POOL, "overcommit", "vcpus"): 1e-5}, "0.001"),
    "a link that carries nothing": ({("estate", "links", 0, "bandwidth_gbps"): 1e-5}, "at least 0.001"),
    "an order that takes longer than calendars reach": (
        {("policy", "purchasing", "lead_days"): 1e9},
        "at most 3650 days",
    ),
    "replicas, factor and chips that leave 64 bits together": (
        {
            (*PART, "replicas"): 1_000_000,
            (*PART, "demand", 0, "factor"): 1000,
            (*PART, "performance", "arm"): 1e-3,
        },
        "may need 1,000,000,000,000 replicas",
    ),
    "a chip faster than any": ({(*PART, "performance", "arm"): 1e9}, "at most 1,000"),
    "a price that nothing has": ({(*POOL, "price_cny", "vcpu_hour"): 1e9}, "a price is in CNY per hour"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_a_figure_no_estate_has_is_refused_in_a_sentence(
    changes: dict[tuple[Step, ...], float], words: str, folder: Path
) -> None:
    problems = problems_of(written(folder, changes))

    assert words in " ".join(map(str, problems)), problems
    assert {Path(each.file).stem for each in problems} == {path[0] for path in changes}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(changes=st.dictionaries(st.sampled_from(PLACES), st.sampled_from(ABSURD), min_size=1, max_size=3))
def test_absurd_figures_are_refused_with_their_place_or_planned_with(
    folder: Path, changes: dict[tuple[Step, ...], float]
) -> None:
    tried(folder, changes)
