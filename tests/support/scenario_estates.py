"""Reads the short form in which scenarios describe estates and workloads; what is not said is as usual."""

from __future__ import annotations

from typing import Any

import yaml
from support.builders import a_framework, a_takeover, a_title, an_environment

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Estate
from cmp.model.policy import Calendar, Policy
from cmp.model.recovery import RecoveryFramework
from cmp.model.workload import Workload

USUAL: dict[str, Any] = yaml.safe_load("""
reference_chip: hygon-7390
chips:
  - {id: hygon-7390, vendor: Hygon, isa: amd64, performance: 1.0}
  - {id: kunpeng-920, vendor: Huawei, isa: arm64, performance: 0.8}
  - {id: loongson-3c6000, vendor: Loongson, isa: loong64, performance: 0.5}
  - {id: ascend-910b, vendor: Huawei, kind: npu}
  - {id: nvidia-l40s, vendor: NVIDIA, kind: gpu}
locations: [{id: beijing}, {id: guiyang}]
centers:
  - {id: bj-a, location: beijing, role: production, pue: 1.35}
  - {id: bj-b, location: beijing, role: same-city, pue: 1.3}
  - {id: gy-c, location: guiyang, role: remote, pue: 1.18}
links:
  - {between: [bj-a, bj-b], rtt_ms: 1.2, bandwidth_gbps: 40, synchronous: true}
  - {between: [bj-a, gy-c], rtt_ms: 38, bandwidth_gbps: 10}
  - {between: [bj-b, gy-c], rtt_ms: 39, bandwidth_gbps: 10}
clouds: [{id: bj-a-gov}, {id: bj-b-gov}, {id: gy-c-gov}]
pools: [{id: bj-a-hygon}, {id: bj-b-hygon}, {id: gy-c-hygon}]
""")
"""Two locations, three centers, one government cloud each, four hosts of 64 vCPU and 256 GiB in each."""


def environment(given: dict[str, Any], asked: list[dict[str, Any]]) -> Environment:
    """The environment of a scenario: the usual estate with what it replaces, and the workloads asked for."""
    estate = {name: given.get(name, usual) for name, usual in USUAL.items()}
    estate["clouds"] = [_cloud(each) for each in estate["clouds"]]
    estate["pools"] = [_pool(each) for each in estate["pools"]]
    workloads = [Workload.model_validate(_workload(each), strict=False) for each in asked]
    return an_environment(
        *workloads,
        estate=Estate.model_validate(estate, strict=False),
        policy=Policy.model_validate(given.get("policy", {}), strict=False),
        calendars=tuple(Calendar.model_validate(each, strict=False) for each in given.get("calendars", ())),
        recovery=_framework(given),
        takeover=a_takeover().model_copy(update=_facts(given.get("takeover", {}))),
    )


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    """Times of a takeover that a scenario replaces."""
    return {name: Fact(value=value) for name, value in given.items()}


def _framework(given: dict[str, Any]) -> RecoveryFramework:
    """The recovery grades that are shipped, or with the sides of one grade replaced."""
    usual = a_framework()
    if "grades" not in given:
        return usual
    document = usual.model_dump(mode="json")
    for grade in document["grades"]:
        grade.update(given["grades"].get(grade["grade"], {}))
    return RecoveryFramework.model_validate(document, strict=False)


def _cloud(given: dict[str, Any]) -> dict[str, Any]:
    center = "-".join(given["id"].split("-")[:2])
    usual = {
        "center": center,
        "kind": "openstack",
        "mlps_level": 3,
        "zones": ["public", "private", "internet"],
        "ownership": "government",
    }
    return usual | given


def _pool(given: dict[str, Any]) -> dict[str, Any]:
    """A pool's host is written beside it: `vcpus`, `memory_gib`, `disk_gib`, `accelerators`."""
    center, chip = given["id"].rsplit("-", 1)
    host = {"vcpus": 64, "memory_gib": 256, "disk_gib": 4000, "accelerators": {}}
    chips = {"hygon": "hygon-7390", "kunpeng": "kunpeng-920", "loongson": "loongson-3c6000"}
    usual = {"cloud": f"{center}-gov", "chip": chips.get(chip, "hygon-7390"), "hosts": 4}
    rest = {name: value for name, value in given.items() if name not in host}
    return usual | rest | {"per_host": {name: given.get(name, value) for name, value in host.items()}}


def _workload(given: dict[str, Any]) -> dict[str, Any]:
    """A workload with `grade`, RTO and RPO beside its id; one `component` may be written without a list."""
    short = {"grade", "rto_minutes", "rpo_minutes", "component", "components"}
    rest = {name: value for name, value in given.items() if name not in short}
    components = given.get("components") or [{"id": "web"} | given.get("component", {})]
    usual = {
        "title": a_title(given["id"]).model_dump(),
        "owner": "taxes",
        "mlps_level": 3,
        "data_class": ["internal"],
        "zone": "public",
        "recovery": {"grade": given.get("grade", 3)}
        | {name: given[name] for name in ("rto_minutes", "rpo_minutes") if name in given},
        "components": [_component(each) for each in components],
    }
    return usual | rest


def _component(given: dict[str, Any]) -> dict[str, Any]:
    name = given["id"]
    usual = {
        "replicas": 2,
        "needs": {"vcpus": 2, "memory_gib": 4, "disk_gib": 20},
        "images": {"amd64": f"{name}:1", "arm64": f"{name}:1"},
    }
    needs = usual["needs"] | given.get("needs", {})
    return usual | given | {"needs": needs}
