"""A Plan is carried out step by step; whatever kills it, the next run goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.at_hand import Heard, means_at
from support.stacks_in_memory import MemoryStacks

from cmp.errors import CmpError, Conflict, Interrupted, Refused, Stale
from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.apply_journal import ApplyJournal, ApplyState, ApplyStep
from cmp.model.journal import Progress
from cmp.model.plan import Plan
from cmp.model.policy import RuleLevel
from cmp.services.carrying_out.steps import Carrier, Consent, do_step, next_step, opened
from cmp.services.changes import consenting
from cmp.services.changes.changing import changing
from cmp.store.memory_ports import memory_ports
from stacks.engine.guard import Agreement
from stacks.engine.results import StackResult, Violation

GROUND = "foundation/lab.bj-a"
STEPS = tuple(ApplyStep)
KEPT = 1 + 2 * len(STEPS)
"""How often a whole run keeps its journal: once it is opened, before and after each step."""
AGREED = Consent(deletions=Agreement(1))


class Killed(BaseException):
    """What kill -9 looks like from inside a test."""


@dataclass
class Site:
    """An environment of one Plan: what is kept of it, and its stacks."""

    means: Means
    stacks: MemoryStacks
    heard: Heard
    kept: list[ApplyJournal] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return self.stacks.plan

    @property
    def journal(self) -> ApplyJournal | None:
        return self.means.ports.applied.journal("lab")

    @property
    def is_complete(self) -> bool:
        found = self.means.ports.applied.last("lab")
        return found is not None and found.complete

    def apply(self, consent: Consent = AGREED) -> Carrier:
        """Run to the end, as the command does."""
        with changing(self.means, self.means.actor, "lab", "apply") as change:
            carrier = Carrier(self.plan, self.means, change, lambda: self.stacks, consent)
            journal = opened(carrier)
            while (number := next_step(journal)) is not None:
                journal = do_step(journal, number, carrier)
        return carrier


@pytest.fixture
def site(plan: Plan, tmp_path: Path) -> Site:
    heard = Heard()
    means = means_at(tmp_path, heard=heard, left_out=frozenset({"kubernetes"}))
    means = replace(means, ports=memory_ports(means.now))
    return Site(means, MemoryStacks(plan, leaving={GROUND}), heard)


def killing(site: Site, monkeypatch: pytest.MonkeyPatch, at: int, *, written: bool) -> None:
    """Let the next run be killed at its `at`-th write of the journal, before or after it is written."""
    real, left = site.means.ports.applied.keep_journal, [at]

    def keep(_self: object, journal: ApplyJournal) -> None:
        if left[0] == 0 and not written:
            raise Killed
        real(journal)
        left[0] -= 1
        if left[0] == -1:
            raise Killed

    monkeypatch.setattr(type(site.means.ports.applied), "keep_journal", keep)


def test_each_step_is_written_before_it_begins_and_after_it_is_done(site: Site) -> None:
    carrier = site.apply()

    journal = site.journal
    assert journal is not None
    assert journal.state is ApplyState.DONE
    assert [each.step for each in journal.entries] == list(STEPS)
    assert {each.progress for each in journal.entries} == {Progress.DONE}
    assert site.is_complete
    assert not site.stacks.leaving
    assert {str(each.name) for each in carrier.results} == site.stacks.made
    assert {each.stack for each in journal.of(ApplyStep.CLEAR).stacks} == {GROUND}
    order = [what for what in site.stacks.worked if "foundation" in what or "workloads" in what]
    assert order.index(f"make {GROUND}") < order.index("make workloads/lab.bj-a")
    assert order[-1] == f"clear {GROUND}"


def test_stacks_that_one_run_saw_whole_are_marked_and_those_that_a_policy_spoke_of_are_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryStacks.preview
    note = Violation("level", RuleLevel.ADVISORY, "web", "it is waived")

    def preview(self: MemoryStacks, refused: Mapping[str, CmpError]) -> tuple[StackResult, ...]:
        found = real(self, refused)
        return tuple(replace(each, violations=(note,) if str(each.name) == GROUND else ()) for each in found)

    monkeypatch.setattr(MemoryStacks, "preview", preview)

    site.apply()

    assert site.journal is not None
    marks = {each.stack: each.mark for each in site.journal.of(ApplyStep.COMPLETE).stacks}
    assert set(marks) == site.stacks.made - {GROUND}
    assert all(marks.values())


@pytest.mark.parametrize(
    ("at", "written"),
    [*((at, True) for at in range(KEPT)), *((at, False) for at in range(2, KEPT, 2))],
)
def test_a_run_that_is_killed_between_any_two_steps_is_gone_on_with(
    site: Site, monkeypatch: pytest.MonkeyPatch, at: int, written: bool
) -> None:
    with monkeypatch.context() as patched:
        killing(site, patched, at, written=written)
        with pytest.raises(Killed):
            site.apply()
    before = list(site.stacks.worked)

    site.apply()

    assert site.is_complete
    assert not site.stacks.leaving
    assert site.journal is not None
    assert site.journal.state is ApplyState.DONE
    assert len(site.stacks.worked) == len(set(site.stacks.worked)), "what was done is not done again"
    assert set(before) <= set(site.stacks.worked)


@pytest.mark.parametrize("what", [f"make {GROUND}", "make workloads/lab.bj-b", f"clear {GROUND}"])
def test_a_run_that_is_killed_in_the_midst_of_a_step_is_gone_on_with(site: Site, what: str) -> None:
    def kill(doing: str) -> None:
        if doing == what:
            raise Killed

    site.stacks.before = kill
    with pytest.raises(Killed):
        site.apply()
    assert site.journal is not None
    assert site.journal.has_begun
    site.stacks.before = lambda _doing: None

    site.apply()

    assert site.is_complete
    assert any(each.kind == "going-on-with-journal" for each in site.heard.events)


def test_single_steps_may_run_in_different_processes(site: Site) -> None:
    with changing(site.means, site.means.actor, "lab", "apply") as change:

        def fresh() -> Carrier:
            return Carrier(site.plan, site.means, change, lambda: site.stacks, AGREED)

        journal = opened(fresh())
        while (number := next_step(journal)) is not None:
            do_step(journal, number, fresh())
            journal = site.journal or journal

    assert site.is_complete
    assert not site.stacks.leaving


def test_a_step_may_be_done_twice(site: Site) -> None:
    with changing(site.means, site.means.actor, "lab", "apply") as change:
        carrier = Carrier(site.plan, site.means, change, lambda: site.stacks, AGREED)
        journal = opened(carrier)
        while (number := next_step(journal)) is not None:
            do_step(journal, number, carrier)
            carrier = replace(carrier, seen=type(carrier.seen)())
            journal = do_step(journal, number, carrier)

    assert site.is_complete
    assert len(site.stacks.worked) == len(set(site.stacks.worked))


def test_what_failed_in_one_center_leaves_the_others_complete_and_is_tried_again(site: Site) -> None:
    site.stacks.broken = {"foundation/lab.bj-b"}
    with pytest.raises(Interrupted, match="missing foundation/lab.bj-b: .* does not answer"):
        site.apply()
    assert "workloads/lab.bj-a" in site.stacks.made
    assert "workloads/lab.bj-b" not in site.stacks.made
    assert site.journal is not None
    assert site.journal.of(ApplyStep.COMPLETE).progress is Progress.FAILED
    assert not site.is_complete
    site.stacks.broken = set()

    site.apply()

    assert site.is_complete
    assert "workloads/lab.bj-b" in site.stacks.made


def test_nothing_is_changed_or_recorded_that_nobody_agreed_to(site: Site) -> None:
    with pytest.raises(Refused, match="would delete 1 of 1"):
        site.apply(Consent())

    assert not site.stacks.worked
    assert site.means.ports.applied.last("lab") is None
    site.apply()
    assert site.is_complete


def test_what_somebody_undid_meanwhile_is_done_again(site: Site) -> None:
    site.stacks.broken = {"workloads/lab.gy-c"}
    with suppress(Interrupted):
        site.apply()
    site.stacks.broken = set()
    site.stacks.made.discard(GROUND)

    site.apply()

    assert GROUND in site.stacks.made
    assert site.is_complete


def test_an_inputs_change_after_a_kill_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        killing(site, patched, 8, written=True)
        with pytest.raises(Killed):
            site.apply()
    site.stacks.plan = site.plan.model_copy(update={"inputs_hash": "0" * 64})

    with pytest.raises(Stale):
        site.apply()


def test_a_plan_begins_its_own_journal_where_another_was_under_way(site: Site) -> None:
    site.stacks.broken = {GROUND}
    with suppress(Interrupted):
        site.apply()
    other = site.journal
    assert other is not None
    site.means.ports.applied.keep_journal(other.model_copy(update={"plan": "0" * 64}))
    site.stacks.broken = set()

    site.apply()

    assert site.journal is not None
    assert site.journal.plan == site.plan.hash
    assert not any(each.kind == "going-on-with-journal" for each in site.heard.events)


def test_who_lost_the_lease_does_no_further_step(site: Site) -> None:
    with changing(site.means, site.means.actor, "lab", "apply") as change:
        carrier = Carrier(site.plan, site.means, change, lambda: site.stacks, AGREED)
        journal = opened(carrier)
    site.apply()
    worked = list(site.stacks.worked)

    with pytest.raises(Conflict, match="lent to somebody else"):
        do_step(journal, STEPS.index(ApplyStep.GROUNDS), carrier)

    assert site.stacks.worked == worked


def test_a_process_that_is_killed_leaves_files_from_which_the_next_one_goes_on(
    plan: Plan, tmp_path: Path
) -> None:
    heard = Heard()
    means = means_at(tmp_path, heard=heard, left_out=frozenset({"kubernetes"}))
    site = Site(means, MemoryStacks(plan, leaving={GROUND}), heard)

    def kill(doing: str) -> None:
        if doing == "make workloads/lab.bj-a":
            os.kill(os.getpid(), signal.SIGKILL)

    site.stacks.before = kill
    if (child := os.fork()) == 0:
        try:
            site.apply()
        finally:
            os._exit(1)  # what only the parent has to clean up stays
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    left = site.journal
    assert left is not None
    assert left.of(ApplyStep.GROUNDS).progress is Progress.DONE
    assert left.of(ApplyStep.WORKLOADS).progress is Progress.BEGUN
    site.stacks.before = lambda _doing: None

    site.apply()

    assert site.is_complete
    assert {"went-on-after", "going-on-with-journal"} <= {each.kind for each in heard.events}


def test_a_plan_that_nobody_else_agreed_to_is_not_carried_out(site: Site) -> None:
    consenting.demand(site.means, "lab", on=True)
    with pytest.raises(Refused, match=f"{site.plan.hash} was agreed to by nobody"):
        site.apply()
    assert not site.stacks.worked
    wang = replace(site.means, actor=Actor("wang@example"))
    given = consenting.give(wang, "lab", site.plan.hash, site.means.now() + timedelta(hours=1))

    site.apply()

    assert site.is_complete
    assert site.means.ports.audit.entries()[-1].consent == given.entries[0].id
