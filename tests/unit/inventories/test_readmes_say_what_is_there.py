from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.model.workload import Mode, RunsAs


def table(path: Path) -> dict[str, str]:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", path.read_text(), re.MULTILINE)
    return {name: figure for name, figure in rows if not name.startswith("--")}


def test_the_references_figures_are_counted(reference: Environment, inventories: Path) -> None:
    parts = [part for workload in reference.workloads for part in workload.components]
    stateless = [part for part in parts if not part.stateful]
    kept = [part for part in parts if part.stateful]
    volumes = [part for part in kept if part.runs_as is RunsAs.CONTAINER and part.volumes]
    containers = sum(part.runs_as is RunsAs.CONTAINER for part in stateless)
    grades = Counter(workload.recovery.grade for workload in reference.workloads)
    clouds = Counter(cloud.kind is CloudKind.KUBERNETES for cloud in reference.estate.clouds)
    hosts = [len(each.hosts) for each in reference.hosts.values()]
    stopped = [
        workload
        for workload in reference.workloads
        for depends in workload.depends_on
        if depends.workload == "identity" and depends.mode is Mode.HARD
    ]

    said = table(inventories / "reference/README.md")

    assert said == {
        "what": "how much",
        "systems": f"{len(reference.workloads)}, with {len(parts)} components",
        "recovery grades 1 / 2 / 3 / 4 / 5 / 6": " / ".join(str(grades[grade]) for grade in range(1, 7)),
        "stateless components": f"{len(stateless)}, of which {containers} run as containers",
        "stateful components": f"{len(kept)}, of which {len(volumes)} run as containers with volumes",
        "clouds": f"{clouds[False]} for servers, {clouds[True]} of Kubernetes",
        "pools": f"{len(reference.estate.pools)} with {sum(p.hosts for p in reference.estate.pools)} hosts",
        "private networks to be moved": f"{len(hosts)} with {sum(hosts)} hosts",
        "systems that stop without `identity`": str(len(stopped)),
    }


def test_most_systems_stop_without_identity(reference: Environment, inventories: Path) -> None:
    stopped = int(table(inventories / "reference/README.md")["systems that stop without `identity`"])

    assert stopped > len(reference.workloads) / 2


def test_both_readmes_say_in_both_languages_that_the_figures_are_illustrative(inventories: Path) -> None:
    for name in ("reference", "lab"):
        text = (inventories / name / "README.md").read_text()

        assert "illustrative" in text
        assert "示例" in text


def test_the_labs_table_names_its_systems(lab: Environment, inventories: Path) -> None:
    assert set(table(inventories / "lab/README.md")) - {"system"} == set(lab.workload)
