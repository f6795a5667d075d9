from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from cmp.model.environment import Environment
from cmp.model.estate import CloudKind, Isa
from cmp.model.workload import Component, Workload
from cmp.scheduler.decision import Decision


def parts(environment: Environment) -> Iterator[tuple[Workload, Component]]:
    return ((workload, part) for workload in environment.workloads for part in workload.components)


def test_the_lab_only_extends_and_selects(lab: Environment, inventories: Path) -> None:
    header = yaml.safe_load((inventories / "lab/environment.yaml").read_text())

    assert header["extends"] == "../reference"
    assert header["bindings"] == lab.bindings == "lab"
    assert sorted(path.name for path in (inventories / "lab").iterdir()) == ["README.md", "environment.yaml"]


def test_the_lab_has_the_references_estate_so_that_both_share_one_lab(
    lab: Environment, reference: Environment
) -> None:
    assert lab.estate == reference.estate
    assert lab.network == reference.network
    assert lab.bindings == reference.bindings


def test_the_lab_covers_all_grades_with_at_least_nine_systems(lab: Environment) -> None:
    assert len(lab.workloads) >= 9
    assert {workload.recovery.grade for workload in lab.workloads} == {1, 2, 3, 4, 5, 6}


def test_the_lab_is_closed_under_dependencies_and_flows(lab: Environment) -> None:
    asked = {depends.workload for workload in lab.workloads for depends in workload.depends_on}
    asked |= {talk.workload for _, part in parts(lab) for talk in part.talks_to if talk.workload}
    asked |= {name.split("/")[0] for _, part in parts(lab) for name in part.together_with if "/" in name}

    assert asked <= set(lab.workload)


def test_images_force_each_instruction_set(lab: Environment) -> None:
    forced = {
        next(iter(part.images)) for _, part in parts(lab) if len(part.images) == 1 and not part.variants
    }

    assert forced == {Isa.AMD64, Isa.ARM64, Isa.LOONG64}


def test_the_lab_needs_an_npu_a_bound_on_latency_and_a_peak(lab: Environment) -> None:
    assert any("ascend-910b" in part.needs.accelerators for _, part in parts(lab))
    assert any(talk.max_rtt_ms for _, part in parts(lab) for talk in part.talks_to)
    assert any(peak.factor > 1 for _, part in parts(lab) for peak in part.demand)


def test_something_runs_on_the_leased_cloud_and_nowhere_else(lab: Environment) -> None:
    assert any(part.require.clouds == ("gy-c-pub",) for _, part in parts(lab))


def test_the_lab_is_placed_and_runs_28_to_40_servers(lab: Environment, lab_decision: Decision) -> None:
    kinds = {cloud.id: cloud.kind for cloud in lab.estate.clouds}
    servers = sum(
        row.replicas for row in lab_decision.placements if kinds[row.cloud] is not CloudKind.KUBERNETES
    )
    isas = {row.isa for row in lab_decision.placements if row.replicas}

    assert lab_decision.unplaced == ()
    assert 28 <= servers <= 40
    assert isas == {Isa.AMD64, Isa.ARM64, Isa.LOONG64}
