"""An environment is taken down step by step; whatever kills it, at any write, the next run goes on."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.at_hand import Heard, means_at
from support.stacks_in_memory import MemoryStacks

from cmp.errors import CmpError, Conflict, Interrupted, Refused
from cmp.means import Means
from cmp.model.apply_journal import ApplyState
from cmp.model.destroy_journal import DestroyJournal, DestroyStep
from cmp.model.journal import Progress
from cmp.model.plan import Plan
from cmp.services.carrying_out.removing import Remover, do_step, next_step, opened
from cmp.services.changes.changing import changing
from cmp.store.memory_ports import memory_ports
from stacks.engine.operations import stacks_of
from stacks.engine.results import StackResult
from stacks.names import GROUNDS

STEPS = tuple(DestroyStep)
KEPT = 1 + 2 * len(STEPS)
"""How often a whole run keeps its journal: once it is opened, before and after each step."""
GROUND, LOAD = "foundation/lab.bj-a", "workloads/lab.bj-a"


class Killed(BaseException):
    """What kill -9 looks like from inside a test."""


@dataclass
class Site:
    """An environment that was applied whole: what is kept of it, and its stacks."""

    means: Means
    stacks: MemoryStacks
    heard: Heard

    @property
    def journal(self) -> DestroyJournal | None:
        return self.means.ports.applied.removal("lab")

    def destroy(self) -> Remover:
        """Run to the end, as the command does."""
        with changing(self.means, self.means.actor, "lab", "destroy") as change:
            remover = Remover("lab", self.means, change, lambda: self.stacks)
            journal = opened(remover)
            while (number := next_step(journal)) is not None:
                journal = do_step(journal, number, remover)
        return remover

    def refuse_unfinished(self) -> None:
        """Everything is gone, and nothing is on record as applied."""
        assert not self.stacks.made
        assert self.means.ports.applied.last("lab") is None
        assert self.journal is not None
        assert self.journal.state is ApplyState.DONE


def a_site(plan: Plan, folder: Path, *, in_memory: bool) -> Site:
    heard = Heard()
    means = means_at(folder, heard=heard, left_out=frozenset({"kubernetes"}))
    if in_memory:
        means = replace(means, ports=memory_ports(means.now))
    means.ports.applied.record(plan, complete=True)
    return Site(means, MemoryStacks(plan, made={str(name) for name in stacks_of(plan)}), heard)


@pytest.fixture
def site(plan: Plan, tmp_path: Path) -> Site:
    return a_site(plan, tmp_path, in_memory=True)


def test_workloads_go_before_their_grounds_and_each_step_is_written(site: Site) -> None:
    every = set(site.stacks.made)

    remover = site.destroy()

    site.refuse_unfinished()
    assert site.journal is not None
    assert {each.progress for each in site.journal.entries} == {Progress.DONE}
    assert {str(each.name) for each in remover.results} == every
    order = site.stacks.worked
    assert order.index(f"remove {LOAD}") < order.index(f"remove {GROUND}")
    outcomes = {step: {each.stack for each in site.journal.of(step).stacks} for step in STEPS}
    assert outcomes[DestroyStep.WORKLOADS] | outcomes[DestroyStep.GROUNDS] == every


@pytest.mark.parametrize(
    ("at", "written"), [*((at, True) for at in range(KEPT)), *((at, False) for at in range(KEPT))]
)
def test_a_run_that_is_killed_at_any_write_is_gone_on_with(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, written: bool
) -> None:
    """A real process, a real SIGKILL before or after the `at`-th write, real files."""
    site = a_site(plan, tmp_path, in_memory=False)
    if (child := os.fork()) == 0:
        try:
            killing(site, monkeypatch, at, written=written)
            site.destroy()
        finally:
            os._exit(1)  # what only the parent has to clean up stays
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    left = site.journal
    if left is not None:  # the clouds are where the child left them
        for step in (DestroyStep.WORKLOADS, DestroyStep.GROUNDS):
            if left.of(step).progress is not Progress.WAITING and left.of(step).stacks:
                site.stacks.made -= {each.stack for each in left.of(step).stacks}
        assert left.has_begun or site.stacks.made
    applied = site.means.ports.applied.last("lab")
    assert applied is None or not applied.complete or left is None or not left.has_begun

    site.destroy()

    site.refuse_unfinished()
    assert len(site.stacks.worked) == len(set(site.stacks.worked))


def killing(site: Site, monkeypatch: pytest.MonkeyPatch, at: int, *, written: bool) -> None:
    real, left = site.means.ports.applied.keep_removal, [at]

    def keep(_self: object, journal: DestroyJournal) -> None:
        if left[0] == 0 and not written:
            os.kill(os.getpid(), signal.SIGKILL)
        real(journal)
        left[0] -= 1
        if left[0] == -1:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(type(site.means.ports.applied), "keep_removal", keep)


@pytest.mark.parametrize("what", [f"remove {LOAD}", f"remove {GROUND}"])
def test_a_run_that_is_killed_in_the_midst_of_a_step_is_gone_on_with(site: Site, what: str) -> None:
    def kill(doing: str) -> None:
        if doing == what:
            raise Killed

    site.stacks.before = kill
    with pytest.raises(Killed):
        site.destroy()
    applied = site.means.ports.applied.last("lab")
    assert applied is not None
    assert not applied.complete, "who looks meanwhile is told that it is not whole any more"
    site.stacks.before = lambda _doing: None

    site.destroy()

    site.refuse_unfinished()
    assert any(each.kind == "going-on-with-journal" for each in site.heard.events)


def test_single_steps_may_run_in_different_processes_and_twice(site: Site) -> None:
    with changing(site.means, site.means.actor, "lab", "destroy") as change:

        def fresh() -> Remover:
            return Remover("lab", site.means, change, lambda: site.stacks)

        journal = opened(fresh())
        while (number := next_step(journal)) is not None:
            do_step(journal, number, fresh())
            journal = do_step(journal, number, fresh())

    site.refuse_unfinished()


def test_what_failed_leaves_its_ground_and_is_tried_again(site: Site) -> None:
    site.stacks.broken = {LOAD}
    with pytest.raises(Interrupted, match=f"missing {LOAD}: .* does not answer"):
        site.destroy()
    assert site.stacks.made == {LOAD, GROUND}
    assert site.means.ports.applied.last("lab") is not None
    site.stacks.broken = set()

    site.destroy()

    site.refuse_unfinished()


def test_what_somebody_brought_up_again_meanwhile_is_taken_down_too(site: Site) -> None:
    site.stacks.broken = {GROUND}
    with pytest.raises(Interrupted):
        site.destroy()
    site.stacks.broken = set()
    site.stacks.made |= {LOAD, GROUND}

    site.destroy()

    site.refuse_unfinished()


def test_a_refusal_that_another_process_met_stays_a_refusal(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal: CmpError = Refused("bj-a is left out and still has stacks")
    real = MemoryStacks.remove

    def remove(self: MemoryStacks, names: object, done: object) -> object:
        found = dict(real(self, [each for each in names if each.center != "bj-a"], done))  # type: ignore[attr-defined, arg-type]
        return found | {each: StackResult(each, error=refusal) for each in names if each.center == "bj-a"}  # type: ignore[attr-defined]

    monkeypatch.setattr(MemoryStacks, "remove", remove)
    with changing(site.means, site.means.actor, "lab", "destroy") as change:

        def fresh() -> Remover:
            return Remover("lab", site.means, change, lambda: site.stacks)

        journal = opened(fresh())
        for number in range(len(STEPS) - 1):
            journal = do_step(journal, number, fresh())
        with pytest.raises(Refused, match="left out"):
            do_step(journal, len(STEPS) - 1, fresh())

    assert site.stacks.made == {GROUND, LOAD}


def test_who_lost_the_lease_deletes_nothing(site: Site) -> None:
    with changing(site.means, site.means.actor, "lab", "destroy") as change:
        remover = Remover("lab", site.means, change, lambda: site.stacks)
        journal = opened(remover)
    with changing(site.means, site.means.actor, "lab", "apply"):
        every = set(site.stacks.made)

        with pytest.raises(Conflict, match="lent to somebody else"):
            do_step(journal, STEPS.index(DestroyStep.WORKLOADS), remover)

    assert site.stacks.made == every
    assert any(name.project in GROUNDS for name in site.stacks.standing())
