"""Consent is a document: somebody else's, of exactly this, for as long as it holds; the audit names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.at_hand import NOW, means_at

from cmp.errors import Invalid, Refused
from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.model.sealing import canonical
from cmp.services.changes import auditing, consenting
from cmp.services.changes.changing import changing

THIS, OTHER = "a" * 64, "b" * 64
WANG = Actor("wang@example")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def li(tmp_path: Path) -> Means:
    """Who asks for changes, in an environment that is changed by consent alone."""
    means = means_at(tmp_path)
    consenting.demand(means, "lab", on=True)
    return means


@pytest.fixture
def wang(li: Means) -> Means:
    """Somebody else."""
    return replace(li, actor=WANG, reason="looked at it")


def change(means: Means, about: str = THIS) -> None:
    with changing(means, means.actor, "lab", "apply") as under_way:
        consenting.require(means, under_way, about)


def test_nobody_is_asked_where_nothing_is_demanded(tmp_path: Path) -> None:
    means = means_at(tmp_path)

    change(means)
    consenting.demand(means, "lab", on=True)
    consenting.demand(means, "lab", on=False)
    change(means)


def test_what_somebody_else_agreed_to_is_done_and_the_audit_says_by_whose_word(
    li: Means, wang: Means
) -> None:
    given = consenting.give(wang, "lab", THIS, LATER).entries[0]

    change(li)

    assert (given.by, given.reason, given.about) == ("wang@example", "looked at it", THIS)
    entries = li.ports.audit.entries()[-3:]
    assert [each.ended for each in entries] == [Ended.BEGUN, Ended.AGREED, Ended.DONE]
    assert [each.consent for each in entries] == ["", given.id, given.id]
    assert [(e.asked.command, e.consent) for e in li.ports.audit.entries()[:2]] == [
        ("consent demand on", ""),
        ("consent give", given.id),
    ]


def test_without_consent_nothing_is_done_and_the_refusal_is_on_record(li: Means) -> None:
    with pytest.raises(Refused, match=f"{THIS} was agreed to by nobody$") as refusal:
        change(li)

    assert f"consent give lab {THIS}" in refusal.value.hint
    assert [each.ended for each in li.ports.audit.entries()[-2:]] == [Ended.BEGUN, Ended.FAILED]


def test_another_hash_another_environment_or_one_s_own_word_is_no_consent(li: Means, wang: Means) -> None:
    consenting.give(wang, "lab", OTHER, LATER)
    consenting.give(wang, "other", THIS, LATER)
    with pytest.raises(Refused, match="by nobody"):
        change(li)

    consenting.give(li, "lab", THIS, LATER)
    with pytest.raises(Refused, match="only by who asks for it"):
        change(li)
    change(wang)


def test_a_consent_ends_and_can_be_taken_back(li: Means, wang: Means) -> None:
    consenting.give(wang, "lab", THIS, LATER)
    with pytest.raises(Refused, match="has ended or was taken back"):
        change(replace(li, now=lambda: LATER))
    change(li)

    taken = consenting.revoke(wang, "lab", consenting.listed(li, "lab").entries[0].id)

    assert taken.entries[0].revoked is not None
    with pytest.raises(Refused, match="has ended or was taken back"):
        change(li)
    with pytest.raises(Invalid, match="taken back already"):
        consenting.revoke(wang, "lab", taken.entries[0].id)
    with pytest.raises(Invalid, match="has no consent 'x'"):
        consenting.revoke(wang, "lab", "x")


@pytest.mark.parametrize(("about", "until"), [("abc", LATER), (THIS, NOW), ("../x", LATER)])
def test_what_nobody_can_agree_to_is_refused(li: Means, about: str, until: object) -> None:
    with pytest.raises(Invalid):
        consenting.give(li, "lab", about, until)  # type: ignore[arg-type]

    assert consenting.listed(li, "lab").entries == ()


def test_a_consent_that_somebody_changed_is_refused(li: Means, wang: Means, tmp_path: Path) -> None:
    given = consenting.give(wang, "lab", OTHER, LATER).entries[0]
    path = tmp_path / "consents" / "lab" / f"{given.id}.json"
    path.write_bytes(path.read_bytes().replace(OTHER.encode(), THIS.encode()))

    with pytest.raises(Invalid, match="was changed after it was given"):
        change(li)


def test_entries_from_before_there_was_consent_still_follow_each_other(tmp_path: Path) -> None:
    asked = AskedFor(actor="li@example", kind=WANG.kind, environment="lab", command="apply", run="r")
    entry = AuditEntry(number=1, at=NOW.isoformat(), asked=asked, ended=Ended.BEGUN).sealed()
    older = entry.model_dump(mode="json", exclude={"consent"})

    assert AuditEntry.model_validate_json(canonical(older)).follows(None)
    assert not AuditEntry.model_validate_json(canonical(older | {"consent": "made up"})).follows(None)
    assert auditing.listed(means_at(tmp_path), None).entries == ()
