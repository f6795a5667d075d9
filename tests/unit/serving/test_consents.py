"""Consent is one document: what a command gave counts at a service, and what was taken back does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from support.service_parts import (
    LI,
    NOON,
    PLAN,
    WANG,
    ZHAO,
    Carrying,
    an_operation,
    driving,
    prepared,
    state_of,
)

from cmp.model.actors import ActorKind
from cmp.model.consent import Consent, Revoked
from cmp.model.operations import ConsentGiven, OperationRecord
from cmp.model.operations import OperationState as S
from cmp.operations import changes
from cmp.operations.memory import MemoryOperations
from cmp.ports.operations import Operations
from cmp.store.consents import MemoryConsents
from cmp.workflows.consent import Policy
from lab.processes import wait_until

SOON = 30.0


@pytest.fixture
def kept() -> Iterator[MemoryOperations]:
    memory = MemoryOperations()
    yield memory
    memory.stop()


def reaches(kept: Operations, state: S) -> OperationRecord:
    """The operation once it is in this state."""
    assert wait_until(lambda: state_of(kept) is state, SOON, pause=0.05), kept.found("op-1")
    found = kept.found("op-1")
    assert found is not None
    return found


def consents(kept: Operations, who: str) -> OperationRecord:
    given = ConsentGiven(by=who, at=NOON.isoformat(), agreed=True, plan=PLAN)
    return kept.change("op-1", lambda op: changes.consented(op, given, NOON), carry_on=True)


def a_document(by: str = WANG, about: str = PLAN) -> Consent:
    """What `tricenter consent give` keeps."""
    return Consent(
        id=f"consent-{by.rpartition('#')[2]}",
        environment="lab",
        about=about,
        by=by,
        kind=ActorKind.PERSON,
        at=NOON,
        until=NOON + timedelta(hours=1),
    ).sealed()


def test_consent_that_was_given_as_a_document_counts_as_if_given_here(kept: Operations) -> None:
    documents = MemoryConsents()
    policy = Policy(given=documents.of)
    carrier = Carrying()
    revision = prepared(kept, grade=6)
    work = driving(kept, carrier, policy)
    kept.start(work)
    kept.begin(an_operation(revision))
    reaches(kept, S.WAITING)

    for nothing in (a_document(LI), a_document(ZHAO), a_document("local#sun", about="a" * 64)):
        documents.keep(nothing)
        work.go_on_with_agreed()
        assert state_of(kept) is S.WAITING, "who is behind it, and who agreed to another Plan, does not count"
    documents.keep(a_document())
    work.go_on_with_agreed()

    reaches(kept, S.DONE)
    assert ("op-1", "apply") in carrier.done


def test_consent_that_was_taken_back_as_a_document_is_not_used(kept: Operations) -> None:
    taken = a_document().model_copy(update={"revoked": Revoked(by=WANG, at=NOON)}).sealed()
    documents = MemoryConsents()
    carrier = Carrying()
    revision = prepared(kept, grade=6)
    kept.start(driving(kept, carrier, Policy(given=documents.of)))
    kept.begin(an_operation(revision))
    reaches(kept, S.WAITING)
    documents.keep(taken)

    consents(kept, WANG)

    failed = reaches(kept, S.FAILED)
    assert failed.failure is not None
    assert "local#wang took the consent back" in failed.failure.message
    assert ("op-1", "apply") not in carrier.done


def test_an_environment_that_asks_for_consent_waits_for_it_whatever_the_grade(kept: Operations) -> None:
    revision = prepared(kept, grade=1)
    kept.start(driving(kept, Carrying(), Policy(demanded=lambda environment: environment == "lab")))
    kept.begin(an_operation(revision))

    waiting = reaches(kept, S.WAITING)

    assert waiting.needed is not None
    assert waiting.needed.approvals == 1
    consents(kept, WANG)
    reaches(kept, S.DONE)
