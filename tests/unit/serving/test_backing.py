"""A copy of a service's records is whole and of one moment, and what it held in flight waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.at_hand import Heard
from support.service_parts import (
    Carrying,
    a_revision,
    an_operation,
    driving,
    prepared,
    resume,
    state_of,
)

from cmp.errors import Conflict, Invalid, Refused
from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.operations import OperationState
from cmp.operations.database import ServiceDatabase
from cmp.operations.durable import DurableOperations
from cmp.services.changes.changing import changing
from cmp.serving.backing import back_up, restore
from cmp.serving.standing import DATABASE, only_here
from cmp.wiring import means_of
from lab.processes import wait_until

SOON = 120


def url_in(state: Path) -> str:
    return f"sqlite:///{state}/{DATABASE}"


def means_in(state: Path) -> Means:
    return means_of(state, None, Heard(), url_in(state))


@contextmanager
def records(state: Path) -> Iterator[DurableOperations]:
    state.mkdir(mode=0o700, exist_ok=True)
    database = ServiceDatabase(url_in(state))
    kept = DurableOperations(database, "here")
    kept.prepare()
    try:
        yield kept
    finally:
        kept.stop()
        database.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state whose service ended with an operation in its queue, and an audit of two entries."""
    state = tmp_path / "state"
    with records(state) as kept:
        kept.begin(an_operation(prepared(kept)))
    with changing(means_in(state), Actor("deploy@pipeline"), "lab", "apply"):
        pass
    return state


def test_what_was_in_flight_is_held_until_somebody_resumes_it(state: Path, tmp_path: Path) -> None:
    copied = back_up(means_in(state), str(tmp_path / "copy"))
    fresh = tmp_path / "fresh"

    found = restore(means_in(fresh), str(tmp_path / "copy"))

    assert (copied.operations, copied.entries, found.held) == (1, 2, ("op-1",))
    carrier = Carrying()
    with records(fresh) as kept:
        kept.start(driving(kept, carrier))
        held = kept.found("op-1")
        assert held is not None
        assert held.state is OperationState.HELD
        assert held.failure is not None
        assert "in flight" in held.failure.message
        kept.begin(an_operation(kept.push(a_revision("other"), ""), "op-2", kind="validate"))
        assert wait_until(lambda: state_of(kept, "op-2") is OperationState.DONE, SOON, pause=0.05)
        assert ("op-1", "foresee") not in carrier.done

        resume(kept)

        assert wait_until(lambda: state_of(kept) is OperationState.DONE, SOON, pause=0.05)


def test_a_copy_of_a_service_that_runs_is_whole(state: Path, tmp_path: Path) -> None:
    with records(state) as kept, only_here(state):
        kept.begin(an_operation(kept.push(a_revision("other"), ""), "op-2", kind="validate"))

        assert back_up(means_in(state), str(tmp_path / "copy")).operations == 2

        with pytest.raises(Conflict, match="another process serves"):
            restore(means_in(state), str(tmp_path / "copy"), replace=True)


def test_what_is_there_is_replaced_only_where_somebody_says_so(state: Path, tmp_path: Path) -> None:
    back_up(means_in(state), str(tmp_path / "copy"))
    (state / f"{DATABASE}-wal").write_bytes(b"left over")

    with pytest.raises(Refused, match="there already"):
        restore(means_in(state), str(tmp_path / "copy"))
    restore(means_in(state), str(tmp_path / "copy"), replace=True)

    assert back_up(means_in(state), str(tmp_path / "again")).operations == 1


def test_a_copy_that_was_cut_or_changed_is_no_copy(state: Path, tmp_path: Path) -> None:
    back_up(means_in(state), str(tmp_path / "copy"))
    content = (tmp_path / "copy").read_bytes()
    torn, foreign = tmp_path / "torn", tmp_path / "foreign"
    torn.write_bytes(content[: len(content) // 2])
    foreign.write_text("no database")

    for file in (torn, foreign, tmp_path / "missing"):
        with pytest.raises(Invalid):
            restore(means_in(tmp_path / "fresh"), str(file))
    assert not (tmp_path / "fresh" / DATABASE).exists()


def test_an_audit_that_somebody_changed_is_not_backed_up(state: Path, tmp_path: Path) -> None:
    with records(state) as kept, kept.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM state_audit WHERE number = 1")

    with pytest.raises(Invalid, match="entry 2 of the audit"):
        back_up(means_in(state), str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


def test_there_is_nothing_to_copy_where_no_service_ran(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no service ran"):
        back_up(means_of(tmp_path / "state", None, Heard()), str(tmp_path / "copy"))
