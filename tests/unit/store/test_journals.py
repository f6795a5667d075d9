"""Journals are written whole and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.standing_servers import a_cloud_of, a_journal, a_standing_plan, migration

from cmp.errors import Invalid
from cmp.store import journals


def test_a_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = a_standing_plan()
    journal = a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3)), migration(plan, 2, 3, 4))

    journals.save(journal, tmp_path)

    assert journals.named(journal.id, tmp_path) == journal
    assert journals.named(str(journals.path_of(journal, tmp_path)), tmp_path) == journal
    assert journals.all_of(tmp_path, plan.environment.name) == (journal,)
    assert journals.all_of(tmp_path, "another") == ()
    assert journals.all_of(tmp_path / "nowhere", plan.environment.name) == ()


def test_an_unknown_journal_is_refused_with_those_there_are(tmp_path: Path) -> None:
    plan = a_standing_plan()
    journals.save(a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3))), tmp_path)

    with pytest.raises(Invalid, match="there is no journal yesterday") as refusal:
        journals.named("yesterday", tmp_path)

    assert refusal.value.hint == "known: rebalance-1"


@pytest.mark.parametrize("content", ["", "{", '{"version": 2}', "[]"])
def test_what_is_no_journal_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "torn.json").write_text(content)

    with pytest.raises(Invalid, match=r"torn\.json is no journal that this version reads") as refusal:
        journals.all_of(tmp_path, "lab")

    assert refusal.value.hint


def test_a_journal_that_cannot_be_read_stops_its_own_environment_only(tmp_path: Path) -> None:
    plan = a_standing_plan()
    mine = a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3)))
    other = mine.model_copy(update={"id": "rebalance-2", "environment": "another"})
    journals.save(mine, tmp_path)
    journals.save(other, tmp_path)
    for torn in [path for path in tmp_path.rglob("*.json") if path.stem == other.id]:
        torn.write_bytes(torn.read_bytes()[:40])

    assert journals.all_of(tmp_path, mine.environment) == (mine,)
    assert journals.named(mine.id, tmp_path) == mine
    with pytest.raises(Invalid, match="there is no journal yesterday"):
        journals.named("yesterday", tmp_path)
    with pytest.raises(Invalid, match=other.id):
        journals.all_of(tmp_path, other.environment)


def test_journals_of_older_states_are_found_and_written_where_they_lie(tmp_path: Path) -> None:
    plan = a_standing_plan()
    journal = a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3)))
    journals.save(journal, tmp_path)
    journals.path_of(journal, tmp_path).rename(tmp_path / f"{journal.id}.json")
    (tmp_path / "newer.json").write_text('{"version": 9, "environment": "another"}')

    journals.save(journal.finished(), tmp_path)

    assert journals.all_of(tmp_path, journal.environment) == (journal.finished(),)
    assert journals.named(journal.id, tmp_path) == journal.finished()


def test_a_copy_of_a_journal_is_taken_where_it_says_what_is_kept(tmp_path: Path) -> None:
    plan = a_standing_plan()
    journal = a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3)), migration(plan, 2, 3, 4))
    journals.save(journal, tmp_path / "kept")
    journals.save(journal, tmp_path / "copies")
    copy = journals.path_of(journal, tmp_path / "copies")

    assert journals.named(str(copy), tmp_path / "kept") == journal


@pytest.mark.parametrize("kept", [False, True])
def test_a_journal_does_not_vouch_for_itself(tmp_path: Path, kept: bool) -> None:
    plan = a_standing_plan()
    journal = a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3)), migration(plan, 2, 3, 4))
    journals.save(journal.finished(), tmp_path / "handed-in")
    if kept:
        journals.save(journal, tmp_path / "kept")

    with pytest.raises(Invalid, match=r"nothing shows that it was carried out from here"):
        journals.named(str(journals.path_of(journal, tmp_path / "handed-in")), tmp_path / "kept")
