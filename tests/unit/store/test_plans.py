"""Plans and the record of what was applied are believed only as they were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.builders import a_placement, a_plan, a_workload, an_environment

from cmp.errors import Invalid
from cmp.model.plan import Plan
from cmp.model.sealing import digest_of
from cmp.store import plans


def a_record(path: Path) -> dict[str, Any]:
    """The record of a Plan that was applied, as it lies in its file."""
    plan = a_plan(environment=an_environment(a_workload()), placements=(a_placement(),)).sealed()
    plans.record_applied(plan, path, complete=True)
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def test_what_was_applied_is_read_as_it_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    assert plans.last_applied(path) is None
    record = a_record(path)

    found = plans.last_applied(path)

    assert found is not None
    assert found.complete
    assert found.plan.hash == record["plan"]["hash"] == found.plan.digest()


def test_a_record_whose_plan_somebody_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    record = a_record(path)
    record["plan"]["placements"][0]["replicas"] += 1
    path.write_text(json.dumps(record))

    with pytest.raises(Invalid, match=r"lab\.json was changed after it was written") as refusal:
        plans.last_applied(path)

    assert "--fresh" in (refusal.value.hint or "")


def test_a_record_of_a_version_that_knew_fewer_fields_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    record = a_record(path)
    del record["plan"]["environment"]["init_files"]
    record["plan"]["hash"] = digest_of(record["plan"])
    path.write_text(json.dumps(record))

    found = plans.last_applied(path)

    assert found is not None
    assert found.plan.environment.init_files == {}


def written_out(plan: Plan) -> str:
    return json.dumps(json.loads(plan.to_json()), indent=2, ensure_ascii=False)


def test_a_plan_may_be_laid_out_for_people(tmp_path: Path) -> None:
    plan = a_plan(environment=an_environment(a_workload()), placements=(a_placement(),)).sealed()
    (tmp_path / "lab.json").write_text(written_out(plan))

    assert plans.load(tmp_path / "lab.json") == plan


@pytest.mark.parametrize(
    ("place", "twice"),
    [
        ('"placements": [', '"placements": [],\n"placements": ['),
        ('"replicas": ', '"replicas": 99, "replicas": '),
        ('"hash": ', '"hash": "0", "hash": '),
        ('"replicas": ', '"\\u0072eplicas": 99, "replicas": '),
    ],
)
def test_what_a_reviewer_may_read_in_another_way_is_refused(tmp_path: Path, place: str, twice: str) -> None:
    plan = a_plan(environment=an_environment(a_workload()), placements=(a_placement(),)).sealed()
    text = written_out(plan)
    assert place in text
    (tmp_path / "lab.json").write_text(text.replace(place, twice, 1))
    (tmp_path / "applied.json").write_text(
        '{"complete": true, "plan": ' + text.replace(place, twice, 1) + "}"
    )

    with pytest.raises(Invalid, match="twice, and readers differ"):
        plans.load(tmp_path / "lab.json")
    with pytest.raises(Invalid, match="twice, and readers differ"):
        plans.last_applied(tmp_path / "applied.json")
