"""Hosts are freed and filled again by use cases alone, as any interface would ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.at_hand import Heard, means_at
from support.standing_servers import clouds_of, listed

from cmp.clouds.memory import MemoryCloud
from cmp.errors import Conflict, Invalid, Refused
from cmp.means import Means
from cmp.model.journal import JournalState
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.services.moves import moving
from cmp.services.moves.documents import Proposed
from cmp.services.moves.proposing import MovesWish
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.lock import hold

FOLDER = Path(__file__).parents[4] / "inventories" / "lab"
HOST, POOL = "host:bj-b-hygon/1", "pool:bj-b-k8s-hygon"
Clouds = dict[str, MemoryCloud]


@pytest.fixture
def clouds(plan: Plan) -> Clouds:
    return clouds_of(plan)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def means(plan: Plan, clouds: Clouds, heard: Heard, tmp_path: Path) -> Means:
    found = means_at(tmp_path, clouds, heard)
    plans.record_applied(plan, Layout(found.workshop.root).applied_plan(plan.environment.name), complete=True)
    return found


def standing(clouds: Clouds) -> dict[str, list[tuple[str, bool, str, tuple[str, ...]]]]:
    return {name: listed(cloud) for name, cloud in clouds.items()}


def silently(_found: Proposed) -> None:
    """Show nothing."""


def test_a_host_is_freed_and_filled_again(means: Means, clouds: Clouds) -> None:
    before, shown = standing(clouds), list[Proposed]()

    freed = moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=HOST), shown.append)
    after = standing(clouds)
    back = moving.put_back(means, EnvironmentRef.of(FOLDER), HOST)

    assert freed.journal is not None
    assert freed.journal.state is JournalState.DONE
    assert freed.proposed is shown[0]
    (host,) = [each for hosts in after.values() for each in hosts if each[0] == "bj-b-hygon-1"]
    assert (host[1], host[3]) == (False, ())
    assert back.journal is not None
    assert back.journal.state is JournalState.TAKEN_BACK
    assert standing(clouds) == before


def test_what_is_drained_already_is_told_and_moved_no_more(means: Means, heard: Heard) -> None:
    first = moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=HOST), silently)

    again = moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=HOST), silently)

    assert again.journal == first.journal
    assert again.proposed is None
    assert heard.lines[-1] == f"{HOST} is drained already"


def test_the_way_back_is_shown_without_a_change(means: Means, clouds: Clouds) -> None:
    moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=HOST), silently)
    before = standing(clouds)

    found = moving.way_back(means, EnvironmentRef.of(FOLDER), HOST)

    assert found.journal is not None
    assert found.journal.state is JournalState.GOING_BACK
    assert found.document["journal"]["state"] == "going-back"
    assert standing(clouds) == before


def test_what_was_not_drained_has_no_way_back(means: Means) -> None:
    with pytest.raises(Invalid, match="was not drained"):
        moving.way_back(means, EnvironmentRef.of(FOLDER), HOST)


def test_a_pool_is_freed_by_a_plan_that_lies_beside_the_environments_own(
    means: Means, clouds: Clouds
) -> None:
    before = standing(clouds)

    found = moving.propose(means, EnvironmentRef.of(FOLDER), MovesWish(drain=POOL))

    assert found.file is not None
    assert found.target is not None
    assert plans.load(Path(found.file)) == found.target
    assert found.document["target"] == found.target.hash
    with pytest.raises(Refused, match="that is a Plan"):
        moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=POOL), silently)
    assert standing(clouds) == before


def test_nothing_moves_while_somebody_else_changes_the_estate(means: Means, clouds: Clouds) -> None:
    before = standing(clouds)

    with (
        hold(Layout(means.workshop.root).lock, command="apply", run="other", now=means.now()),
        pytest.raises(Conflict),
    ):
        moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=HOST), silently)

    assert standing(clouds) == before


def test_a_journal_of_another_environment_is_not_taken_back(means: Means) -> None:
    freed = moving.carry_out(means, EnvironmentRef.of(FOLDER), MovesWish(drain=HOST), silently)
    assert freed.journal is not None

    with pytest.raises(Invalid, match="is of lab, not of starter"):
        moving.take_back(means, EnvironmentRef.of(FOLDER.parent / "starter"), freed.journal.id)


def test_a_pool_is_filled_again_by_a_plan_whoever_asks_for_it(means: Means, plan: Plan) -> None:
    drained = moving.propose(
        means, EnvironmentRef.of(FOLDER), MovesWish(drain=POOL, who="ops", why="new racks")
    )
    assert drained.target is not None
    plans.record_applied(
        drained.target, Layout(means.workshop.root).applied_plan(plan.environment.name), complete=True
    )

    shown = moving.way_back(means, EnvironmentRef.of(FOLDER), POOL)
    found = moving.put_back(means, EnvironmentRef.of(FOLDER), POOL)

    assert shown.journal is None
    assert shown.proposed is not None
    assert shown.proposed.target is not None
    assert shown.proposed.target.environment.cordons == ()
    assert found.document == shown.document == shown.proposed.document
