from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.address_stores import POSTGRES, a_postgres
from support.leased import Carrying, a_leased_plan
from support.needs import needs

from cmp.errors import Conflict, Refused
from cmp.store.stack_states import address_of
from stacks.engine.operations import preview, refresh, up
from stacks.engine.removing import destroy
from stacks.engine.results import StackResult
from stacks.engine.sharing import MOVED, bring_over, prepare, refuse_apart
from stacks.engine.workplace import PASSPHRASE_FILE, Workplace, file_of
from stacks.names import Project, StackName

pytestmark = [pytest.mark.engine, needs(POSTGRES, root=False)]

WORKLOADS = StackName(Project.WORKLOADS, "engine", "bj-a")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with a_postgres() as url:
        yield address_of(url, {})


@pytest.fixture
def shared(carrying: Carrying, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """The workplace of `carrying`, with its state in a database; what a test leaves there is destroyed."""
    carrying.place.variables()
    monkeypatch.setenv(PASSPHRASE_FILE, str(carrying.place.passphrase))
    place = replace(carrying.place, backend=address)
    prepare(place)
    yield place
    assert said_wrong(destroy(place, "engine")) == []


def elsewhere(place: Workplace, folder: Path) -> Workplace:
    """The same as a process on another machine has it."""
    return replace(place, state=folder / "another", run="another", number=place.number + 1)


def said_wrong(results: Sequence[StackResult]) -> list[str]:
    return [f"{result.name}: {result.error}" for result in results if result.error]


def changed(results: Sequence[StackResult]) -> int:
    return sum(result.changes.total for result in results)


def test_what_one_process_carried_out_another_goes_on_with(
    carrying: Carrying, shared: Workplace, tmp_path: Path
) -> None:
    plan, more, other = a_leased_plan(), a_leased_plan(replicas=3), elsewhere(shared, tmp_path)
    assert said_wrong(up(shared, plan, preview(shared, plan))) == []

    assert changed(preview(other, plan)) == 0
    assert said_wrong(up(other, more, preview(other, more))) == []

    assert len(carrying.listed("bj-a")) == 3
    assert changed(refresh(shared, "engine", dry=True)) == 0
    assert changed(preview(shared, more)) == 0
    assert not file_of(shared, WORKLOADS).exists()


def test_states_in_files_are_taken_over_whole_and_once(carrying: Carrying, shared: Workplace) -> None:
    plan = a_leased_plan()
    assert said_wrong(up(carrying.place, plan, preview(carrying.place, plan))) == []
    with pytest.raises(Refused, match="the states of 4 stacks of engine lie in files"):
        refuse_apart(shared, "engine")

    taken = bring_over(shared, "engine")

    assert len(taken) == 4
    refuse_apart(shared, "engine")
    assert changed(preview(shared, plan)) == 0
    moved = file_of(shared, WORKLOADS).with_name(file_of(shared, WORKLOADS).name + MOVED)
    moved.rename(file_of(shared, WORKLOADS))  # as a kill before the file got its new name leaves it
    assert bring_over(shared, "engine") == (WORKLOADS,)
    assert changed(preview(shared, plan)) == 0


def test_two_states_of_one_stack_are_never_mixed(carrying: Carrying, shared: Workplace) -> None:
    plan = a_leased_plan()
    assert said_wrong(up(carrying.place, plan, preview(carrying.place, plan))) == []
    elsewhere_made = a_leased_plan(centers=("bj-a",), replicas=1)
    assert said_wrong(up(shared, elsewhere_made, preview(shared, elsewhere_made))) == []

    with pytest.raises(Conflict, match="the shared state of .* lacks"):
        bring_over(shared, "engine")

    assert file_of(shared, WORKLOADS).exists()
    assert said_wrong(destroy(carrying.place.in_files, "engine")) == []
