"""Two kept Plans are compared in all that carrying them out would make different."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.at_hand import means_at
from support.builders import a_placement, a_plan, an_environment
from support.environment_files import replace_in

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.cordon import Cordon, DrainKind
from cmp.model.plan import FirstMove, ObjectiveValue, Origin, Plan, Unplaced
from cmp.model.recovery import Role
from cmp.model.references import EnvironmentRef
from cmp.services.planning.comparing import Compared, compare
from cmp.services.planning.making import make
from cmp.services.planning.planning import Wish
from cmp.settings import Layout
from cmp.store import plans

ROOT = Path(__file__).parents[4]
QUICK = Wish(effort=0)


@pytest.fixture
def means(tmp_path: Path) -> Means:
    return means_at(tmp_path / "state")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "inventories" / "starter", tmp_path / "starter"))


def compared(means: Means, before: Plan, after: Plan) -> Compared:
    """Both kept and compared."""
    files = [Layout(means.workshop.root).root / f"{name}.json" for name in ("before", "after")]
    Layout(means.workshop.root).root.mkdir(parents=True, exist_ok=True)
    for plan, file in zip((before, after), files, strict=True):
        plans.save_named(plan, file)
    return compare(means, *map(str, files))


def a_drain(name: str) -> Cordon:
    since = datetime(2026, 11, 24, 8, tzinfo=UTC)
    return Cordon(kind=DrainKind.POOL, id=name, since=since, who="somebody", why="new firmware")


def test_equal_plans_differ_in_nothing_whatever_they_were_made_from(means: Means) -> None:
    found = compared(means, a_plan(), a_plan(origin=Origin(engine="another", seed=7), inputs_hash="1" * 64))

    assert not found.differs
    assert found.document["before"]["hash"] != found.document["after"]["hash"]


def test_no_part_of_a_plan_that_differs_is_passed_over(means: Means) -> None:
    others = {
        "placements": (a_placement(replicas=1),),
        "networks": (),
        "objective": ObjectiveValue(total=1.0, parts={"cost": 1.0}),
        "environment": an_environment(cordons=(a_drain("bj-b-hygon"),)),
    }

    for name, value in others.items():
        assert compared(means, a_plan(), a_plan(**{name: value})).parts == (name,)


def test_each_part_of_the_objective_stands_there_before_and_after(means: Means) -> None:
    found = compared(
        means,
        a_plan(objective=ObjectiveValue(total=5.0, parts={"cost": 2.0, "watts": 3.0})),
        a_plan(objective=ObjectiveValue(total=9.0, parts={"cost": 2.5, "move": 6.5})),
    )

    told = {
        each["name"]: (each["before"], each["after"], each["difference"])
        for each in found.document["objective"]
    }
    assert told == {
        "cost": (2.0, 2.5, 0.5),
        "watts": (3.0, None, -3.0),
        "move": (None, 6.5, 6.5),
        "total": (5.0, 9.0, 4.0),
    }


def test_drains_first_moves_and_what_has_no_place_are_told_where_only_one_has_them(means: Means) -> None:
    first = FirstMove(
        pool="bj-a-hygon",
        server="tax-api-web-1",
        workload="tax-api",
        component="web",
        role=Role.PRIMARY,
        host=1,
        to=2,
        minutes=1.0,
    )
    lacking = Unplaced(workload="tax-api", component="web", role=Role.WARM, summary="no room", reasons=())
    before = a_plan(environment=an_environment(cordons=(a_drain("bj-b-hygon"),)), unplaced=(lacking,))
    after = a_plan(environment=an_environment(cordons=(a_drain("bj-a-kunpeng"),)), moves_first=(first,))

    found = compared(means, before, after)

    assert found.drains.before == ("pool:bj-b-hygon (2026-11-24 08:00, somebody: new firmware)",)
    assert found.drains.after == ("pool:bj-a-kunpeng (2026-11-24 08:00, somebody: new firmware)",)
    assert found.moves_first.after == ("tax-api-web-1 bj-a-hygon/1 → bj-a-hygon/2",)
    assert found.unplaced.before == ("tax-api/web (warm)",)


def test_promises_and_takeover_times_that_differ_are_proven_of_both(means: Means, folder: Path) -> None:
    first = make(means, EnvironmentRef.of(folder), QUICK).kept.plan
    replace_in(folder / "workloads.yaml", "grade: 5", "grade: 1")

    found = compared(means, first, make(means, EnvironmentRef.of(folder), QUICK).kept.plan)

    assert any(each.before.promised > each.after.promised for each in found.promises)  # type: ignore[union-attr]
    assert any(each.before is not None and each.after is None for each in found.takeovers)


def test_plans_of_two_environments_are_compared_and_that_is_said(means: Means) -> None:
    found = compared(means, a_plan(), a_plan(environment=an_environment(name="another")))

    assert not found.same_environment
    assert found.document["same_environment"] is False


def test_a_plan_that_was_changed_after_it_was_sealed_is_refused(means: Means, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plans.save_named(a_plan(), file)
    changed = tmp_path / "changed.json"
    changed.write_bytes(file.read_bytes().replace(b'"replicas":2', b'"replicas":1', 1))

    with pytest.raises(Invalid, match="its hash does not match"):
        compare(means, str(file), str(changed))


def test_a_plan_says_what_it_changes_against_the_one_applied(means: Means, folder: Path) -> None:
    first = make(means, EnvironmentRef.of(folder), QUICK)
    plans.record_applied(first.kept.plan, Layout(means.workshop.root).applied_plan("starter"), complete=False)
    same = make(means, EnvironmentRef.of(folder), QUICK)
    replace_in(folder / "workloads.yaml", "replicas: 2", "replicas: 3")

    since = make(means, EnvironmentRef.of(folder), QUICK).since

    assert first.since is None
    assert same.since is not None
    assert not same.since.rows.any
    assert since is not None
    assert since.applied == first.kept.plan.hash
    assert not since.complete
    assert since.rows.any
