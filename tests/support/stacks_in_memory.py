"""Carries Plans out on stacks that are dictionaries: the twin of the engine for tests of what drives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmp.errors import CmpError, TryLater
from cmp.model.apply_journal import StackMark
from cmp.model.events import Operation, ResourceChange
from cmp.model.plan import Plan
from cmp.services.carrying_out.stacks import Results
from stacks.engine.operations import stacks_of
from stacks.engine.results import Changes, StackResult
from stacks.names import GROUNDS, Project, StackName


@dataclass
class MemoryStacks:
    """Stacks of one resource each that a Plan creates; grounds in `leaving` hold an old one that goes."""

    plan: Plan
    made: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    """Stacks whose cloud does not answer."""
    before: Callable[[str], None] = lambda _what: None
    """Called before each stack is changed: a test kills there."""
    worked: list[str] = field(default_factory=list)
    """What was changed, in order."""

    def preview(self, refused: Mapping[str, CmpError]) -> tuple[StackResult, ...]:
        """One create for what is not made yet, one delete for what leaves."""
        return tuple(
            StackResult(name, error=refused[name.center]) if name.center in refused else self._preview(name)
            for name in stacks_of(self.plan)
        )

    def stage(self, projects: Sequence[Project], previews: Results, done: Results) -> Results:
        """Make what is missing where the grounds stand."""
        return {name: self._made(name, previews, done) for name in previews if name.project in projects}

    def clear(self, previews: Results, done: Results) -> Results:
        """Let go of what leaves the grounds that stand under workloads that do."""
        ready = [
            name
            for name, preview in previews.items()
            if name.project in GROUNDS
            and preview.leaving
            and done[name].succeeded
            and done[replace(name, project=Project.WORKLOADS)].succeeded
        ]
        return {name: self._cleared(name, done) for name in ready}

    def marks(self, done: Results) -> Mapping[StackName, StackMark]:
        """One mark a stack."""
        return {name: StackMark(program=f"program of {name}", state=f"state of {name}") for name in done}

    def standing(self) -> tuple[StackName, ...]:
        """The stacks that are made."""
        return tuple(sorted(StackName.named(each) for each in self.made))

    def remove(self, names: Sequence[StackName], done: Results) -> Results:
        """Let go of stacks, a ground only where its workloads did."""
        return {name: self._removed(name, done) for name in names}

    def _removed(self, name: StackName, done: Results) -> StackResult:
        over = done.get(replace(name, project=Project.WORKLOADS))
        if over and over.error:
            return StackResult(name, error=over.error)
        self.before(f"remove {name}")
        if str(name) in self.broken:
            return StackResult(name, error=TryLater(f"the cloud of {name} does not answer"))
        gone = str(name) in self.made
        if gone:
            self.made.discard(str(name))
            self.worked.append(f"remove {name}")
        return StackResult(name, Changes(delete=int(gone)))

    def _preview(self, name: StackName) -> StackResult:
        text, urn = str(name), f"urn:{name}"
        create, leaves = text not in self.made, text in self.leaving
        changes = Changes(create=int(create), delete=int(leaves), same=int(not create))
        stays = ResourceChange(Operation.CREATE if create else Operation.SAME, "net", text)
        goes = ResourceChange(Operation.DELETE, "net", f"old-{text}")
        return StackResult(
            name, changes, (stays, goes) if leaves else (stays,), leaving=(urn,) if leaves else ()
        )

    def _made(self, name: StackName, previews: Results, done: Results) -> StackResult:
        for ground in (done[each] for each in name.grounds if each in done):
            if ground.error:
                return StackResult(name, error=ground.error)
        if not previews[name].changes.total:
            return previews[name]
        self.before(f"make {name}")
        if str(name) in self.broken:
            return StackResult(name, error=TryLater(f"the cloud of {name} does not answer"))
        created = str(name) not in self.made
        if created:
            self.made.add(str(name))
            self.worked.append(f"make {name}")
        return StackResult(name, Changes(create=int(created), same=int(not created)))

    def _cleared(self, name: StackName, done: Results) -> StackResult:
        self.before(f"clear {name}")
        self.leaving.discard(str(name))
        self.worked.append(f"clear {name}")
        return replace(done[name], changes=done[name].changes + Changes(delete=1))
