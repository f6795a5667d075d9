"""Who changed what, when and why stays on record, and a record that was tampered with is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from support.at_hand import means_at
from support.small_plan import a_small_plan

from cmp.errors import Invalid, Stale, TryLater
from cmp.model.actors import ActorKind
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.services.changes.changing import changing
from cmp.store import audit

ASKED = AskedFor(actor="li@example", kind=ActorKind.PERSON, environment="lab", command="apply", run="r")
ENTRY = AuditEntry(number=0, at="2026-11-24T08:00:00+00:00", asked=ASKED, ended=Ended.BEGUN)


def of_run(number: int) -> AuditEntry:
    return ENTRY.model_copy(update={"asked": ASKED.model_copy(update={"run": str(number)})})


def test_a_change_is_written_down_before_it_begins_and_when_it_has_ended(tmp_path: Path) -> None:
    means = replace(means_at(tmp_path), reason="ticket 42")
    plan = a_small_plan().sealed()

    with changing(means, means.actor, plan.environment.name, "apply") as change:
        assert [each.ended for each in means.ports.audit.entries()] == [Ended.BEGUN]
        change.ports.applied.record(plan, complete=True)
    begun, done = means.ports.audit.entries()

    assert done.asked == begun.asked
    assert (done.asked.actor, done.asked.reason, done.asked.run) == ("li@example", "ticket 42", change.run)
    assert (begun.before, done.before, done.after, done.ended) == ("", "", plan.hash, Ended.DONE)


@pytest.mark.parametrize(
    ("error", "code"),
    [(Stale("old"), "stale-plan"), (KeyError("x"), "error"), (KeyboardInterrupt(), "interrupted")],
)
def test_what_failed_is_written_down_with_its_code(tmp_path: Path, error: BaseException, code: str) -> None:
    means = means_at(tmp_path)

    with pytest.raises(type(error)), changing(means, means.actor, "lab", "destroy"):
        raise error

    assert [(each.ended, each.code) for each in means.ports.audit.entries()][1:] == [(Ended.FAILED, code)]


def test_nothing_is_changed_that_cannot_be_written_down(tmp_path: Path) -> None:
    means = means_at(tmp_path)
    (tmp_path / "audit").write_text("")  # no folder can be made here
    changed = []

    with pytest.raises((TryLater, Invalid)), changing(means, means.actor, "lab", "apply"):
        changed.append(1)

    assert changed == []


@pytest.mark.parametrize("harm", ["changed", "taken out", "torn"])
def test_a_record_that_was_tampered_with_is_found(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "audit"
    for _ in range(3):
        audit.add(folder, ENTRY)
    second = folder / "00000002.json"
    if harm == "taken out":
        second.unlink()
    else:
        text = second.read_text()
        second.write_text(text.replace("li@example", "wu@example") if harm == "changed" else text[:40])

    with pytest.raises(Invalid, match="audit"):
        list(audit.entries(folder))


def test_of_many_who_write_at_once_all_are_on_record(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda run: audit.add(folder, of_run(run)), range(16)))

    assert [each.number for each in audit.entries(folder)] == list(range(1, 17))


def test_newest_entries_that_were_cut_off_are_missed_and_nothing_goes_over_the_cut(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    for number in range(3):
        audit.add(folder, of_run(number))
    (folder / "00000003.json").unlink()

    with pytest.raises(Invalid, match="ends with entry 2, and 3 were written"):
        list(audit.entries(folder))
    with pytest.raises(Invalid, match="the newest are missing"):
        audit.add(folder, of_run(4))

    assert len(list(folder.iterdir())) == 2


def test_an_audit_from_before_its_newest_entry_was_kept_apart_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    audit.add(folder, of_run(1))
    (tmp_path / "audit-head.json").unlink()

    audit.add(folder, of_run(2))

    assert [each.number for each in audit.entries(folder)] == [1, 2]


def test_a_newest_entry_that_was_written_anew_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    first = audit.add(folder, of_run(1))
    audit.add(folder, of_run(2))
    (folder / "00000002.json").write_bytes(audit.following(of_run(3), first).to_json())

    with pytest.raises(Invalid, match="another entry than was written"):
        list(audit.entries(folder))
