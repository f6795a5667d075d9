"""Changes what a component asks for: images, hard wishes, what replicas share, how many, how much data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.model.environment import Environment
from cmp.model.estate import Isa, Ownership
from cmp.model.workload import Spread
from cmp.scheduler.explain.wording import WITH_ARTICLE
from cmp.scheduler.remedies.changes.change import ChangeKind
from cmp.scheduler.remedies.changes.editing import changed, with_component
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class BuildImage:
    """An image of a component for one more instruction set."""

    workload: str
    component: str
    isa: Isa
    kind: ClassVar[ChangeKind] = ChangeKind.IMAGE

    @property
    def amount(self) -> int:
        """One image."""
        return 1

    @property
    def subject(self) -> str:
        """Component and instruction set."""
        return f"{self.workload}/{self.component}/{self.isa}"

    def apply(self, environment: Environment) -> Environment:
        """Name an image; what it is called does not matter to placement."""
        workload, component = environment.find(self.workload, self.component)
        known = component.images[min(component.images)]
        images = {**component.images, self.isa: known}
        return with_component(environment, workload, component, images=images)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        isa = Sentence.called(f"isa.{self.isa}", WITH_ARTICLE[self.isa])
        return Sentence(
            "build {isa} image of {subject}", isa=isa, subject=f"{self.workload}/{self.component}"
        )


@dataclass(frozen=True, slots=True)
class AllowAlso:
    """One more value that a hard wish accepts: `wish` is `centers`, `clouds`, `pools` or `ownership`."""

    workload: str
    component: str
    wish: str
    value: str
    kind: ClassVar[ChangeKind] = ChangeKind.REQUIRE

    @property
    def amount(self) -> int:
        """One more."""
        return 1

    @property
    def subject(self) -> str:
        """Component and value."""
        return f"{self.workload}/{self.component}/{self.value}"

    def apply(self, environment: Environment) -> Environment:
        """Widen the wish."""
        workload, component = environment.find(self.workload, self.component)
        value = Ownership(self.value) if self.wish == "ownership" else self.value
        accepted = (*getattr(component.require, self.wish), value)
        require = changed(component.require, **{self.wish: accepted})
        return with_component(environment, workload, component, require=require)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        name = f"{self.workload}/{self.component}"
        return Sentence(
            "let `require.{wish}` of {name} accept {value} too", wish=self.wish, name=name, value=self.value
        )


@dataclass(frozen=True, slots=True)
class RelaxSpread:
    """Replicas that may share more: from `pool` to `host`, from `host` to `none`."""

    workload: str
    component: str
    spread: Spread
    kind: ClassVar[ChangeKind] = ChangeKind.SPREAD

    @property
    def amount(self) -> int:
        """Steps away from the strictest."""
        return len(STEPS) - 1 - STEPS.index(self.spread)

    @property
    def subject(self) -> str:
        """The component."""
        return f"{self.workload}/{self.component}"

    def apply(self, environment: Environment) -> Environment:
        """Relax it."""
        return with_component(
            environment, *environment.find(self.workload, self.component), spread=self.spread
        )

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence("relax {subject} to `spread: {spread}`", subject=self.subject, spread=self.spread)


STEPS = (Spread.NONE, Spread.HOST, Spread.POOL, Spread.CENTER)
"""From the laxest to the strictest."""


@dataclass(frozen=True, slots=True)
class FewerReplicas:
    """So many replicas less of a component."""

    workload: str
    component: str
    replicas: int
    kind: ClassVar[ChangeKind] = ChangeKind.REPLICAS

    @property
    def amount(self) -> int:
        """Replicas less."""
        return self.replicas

    @property
    def subject(self) -> str:
        """The component."""
        return f"{self.workload}/{self.component}"

    def apply(self, environment: Environment) -> Environment:
        """Take them off, and off the floor where that is above."""
        workload, component = environment.find(self.workload, self.component)
        left = component.replicas - self.replicas
        floor = min(component.min_replicas, left)
        return with_component(environment, workload, component, replicas=left, min_replicas=floor)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        few, many = "run {replicas} fewer replica of {subject}", "run {replicas} fewer replicas of {subject}"
        return Sentence(few if self.replicas == 1 else many, replicas=self.replicas, subject=self.subject)


@dataclass(frozen=True, slots=True)
class SmallerRate:
    """So many Mbit/s less of changes to replicate."""

    workload: str
    component: str
    mbps: int
    kind: ClassVar[ChangeKind] = ChangeKind.RATE

    @property
    def amount(self) -> int:
        """Mbit/s less."""
        return self.mbps

    @property
    def subject(self) -> str:
        """The component."""
        return f"{self.workload}/{self.component}"

    def apply(self, environment: Environment) -> Environment:
        """Lower the rate."""
        workload, component = environment.find(self.workload, self.component)
        rate = max(0.0, round(component.data.change_mbps_peak - self.mbps, 6))
        data = changed(component.data, change_mbps_peak=rate)
        return with_component(environment, workload, component, data=data)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence(
            "replicate {mbps} Mbit/s less of changes of {subject} at its peak",
            mbps=self.mbps,
            subject=self.subject,
        )
