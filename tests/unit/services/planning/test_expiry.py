"""A Plan stays the Plan of its environment until a fact really expires; then it is made anew."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from support.environment_files import replace_in

from cmp.errors import Refused
from cmp.model.facts import aged, unknown
from cmp.model.references import EnvironmentRef
from cmp.services.planning.planning import Wish, make_plan
from cmp.services.planning.refusing import refuse_unverified
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.file_ports import file_ports

ROOT = Path(__file__).parents[4]
BEFORE, LATER, AFTER = (
    datetime.fromisoformat(text)
    for text in ("2027-05-01T09:00+08:00", "2027-06-30T23:59+08:00", "2027-06-30T16:00+00:00")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    estate = tmp_path / "inventories" / "reference" / "estate.yaml"
    fact = "{value: 0.92, provenance: measured, valid_until: 2027-06-30}"
    replace_in(estate, "isa: arm64, performance: 0.92", f"isa: arm64, performance: {fact}")
    return tmp_path / "inventories" / "lab"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "state")


def test_time_alone_changes_no_plan(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=BEFORE))
    plans.record_applied(made, layout.applied_plan("lab"), complete=True)

    assert (
        make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=LATER)).to_json() == made.to_json()
    )


def test_a_plan_is_made_anew_when_a_fact_expires_and_then_stays(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=BEFORE))
    plans.record_applied(made, layout.applied_plan("lab"), complete=True)

    found = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=AFTER))

    assert found.hash != made.hash
    assert unknown(found.environment) == ("chip:kunpeng-920.performance",)
    assert [gap.of for gap in found.gaps if gap.why == "expired"] == [("chip:kunpeng-920.performance",)]
    plans.record_applied(found, layout.applied_plan("lab"), complete=True)
    assert make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=AFTER)).hash == found.hash
    assert make_plan(EnvironmentRef.of(folder), file_ports(layout)).hash == found.hash
    refuse_stale(found, file_ports(layout))


def test_a_plan_for_a_moment_knows_what_has_expired_by_then(folder: Path, layout: Layout) -> None:
    moment = datetime.fromisoformat("2027-07-01T00:00+08:00")

    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(at=moment, now=BEFORE))

    assert unknown(made.environment) == ("chip:kunpeng-920.performance",)


def test_strict_grades_leave_a_chip_whose_figure_expired(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=AFTER))

    refuse_unverified(made)
    strict = {each.id for each in made.environment.workloads if each.recovery.grade >= 5}
    counted = [
        row
        for row in made.placements
        if row.chip == "kunpeng-920" and row.workload in strict and row.replicas_on_takeover
    ]
    scaled = {made.environment.find(row.workload, row.component)[1].scaling.value for row in counted}
    assert scaled <= {"fixed"}


def test_a_plan_that_rests_on_what_has_expired_since_is_rejected(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=BEFORE))
    refuse_unverified(made, BEFORE.date())

    with pytest.raises(Refused, match="rests on the performance of kunpeng-920, which expired on 2027-06-30"):
        refuse_unverified(made, AFTER.date().replace(month=7, day=1))


def test_ageing_an_environment_leaves_what_was_read_as_it_was(folder: Path, layout: Layout) -> None:
    made = make_plan(EnvironmentRef.of(folder), file_ports(layout), Wish(now=BEFORE))

    assert unknown(made.environment) == ()
    assert unknown(aged(made.environment, AFTER.date().replace(month=7, day=1))) != ()
    assert unknown(made.environment) == ()
