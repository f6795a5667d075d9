"""Changes what was promised or wished between workloads: grades, who gives way, round trips, quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.model.environment import Environment
from cmp.model.policy import Quota
from cmp.model.wishes import Talk
from cmp.model.workload import Dependency, Yields
from cmp.scheduler.problem.groups import Bounded
from cmp.scheduler.remedies.changes.change import ChangeKind
from cmp.scheduler.remedies.changes.editing import changed, with_component, with_workload
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class LowerGrade:
    """A recovery grade lower by so many steps: less is survived."""

    workload: str
    grade: int
    steps: int
    kind: ClassVar[ChangeKind] = ChangeKind.GRADE

    @property
    def amount(self) -> int:
        """Steps."""
        return self.steps

    @property
    def subject(self) -> str:
        """The workload."""
        return self.workload

    def apply(self, environment: Environment) -> Environment:
        """Lower it."""
        workload = environment.workload[self.workload]
        recovery = changed(workload.recovery, grade=self.grade - self.steps)
        return with_workload(environment, workload, recovery=recovery)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        lower = self.grade - self.steps
        return Sentence(
            "lower the recovery grade of {workload} from {grade} to {lower} (it promises less)",
            workload=self.workload,
            grade=self.grade,
            lower=lower,
        )


@dataclass(frozen=True, slots=True)
class GiveWay:
    """Another workload's component that gives way in a failure."""

    workload: str
    component: str
    yields: Yields
    kind: ClassVar[ChangeKind] = ChangeKind.YIELD

    @property
    def amount(self) -> int:
        """1 where it shrinks, 2 where it stops."""
        return 2 if self.yields is Yields.PREEMPTIBLE else 1

    @property
    def subject(self) -> str:
        """The component."""
        return f"{self.workload}/{self.component}"

    def apply(self, environment: Environment) -> Environment:
        """Let it give way."""
        return with_component(
            environment, *environment.find(self.workload, self.component), yields=self.yields
        )

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        if self.yields is Yields.PREEMPTIBLE:
            template = "let {subject} stop in a failure (`yields: {yields}`)"
        else:
            template = "let {subject} shrink in a failure (`yields: {yields}`)"
        return Sentence(template, subject=self.subject, yields=self.yields)


@dataclass(frozen=True, slots=True)
class LoosenRtt:
    """A longer round trip that is accepted; `micros` is the new bound in thousandths of a ms."""

    bound: Bounded
    micros: int
    kind: ClassVar[ChangeKind] = ChangeKind.RTT

    @property
    def amount(self) -> int:
        """The new bound, in thousandths of a ms."""
        return self.micros

    @property
    def subject(self) -> str:
        """Who asks whom."""
        return f"{self._asking}->{self._asked}"

    @property
    def _asking(self) -> str:
        return "/".join(each for each in (self.bound.workload, self.bound.component) if each)

    @property
    def _asked(self) -> str:
        return "/".join(each for each in (self.bound.asked, self.bound.asked_component) if each)

    def apply(self, environment: Environment) -> Environment:
        """Loosen every bound of that kind between the two."""
        workload = environment.workload[self.bound.workload]
        longer = self.micros / 1000
        if not self.bound.component:
            asked = tuple(self._dependency(each, longer) for each in workload.depends_on)
            return with_workload(environment, workload, depends_on=asked)
        component = workload.component[self.bound.component]
        talks = tuple(self._talk(each, longer) for each in component.talks_to)
        return with_component(environment, workload, component, talks_to=talks)

    def _dependency(self, given: Dependency, longer: float) -> Dependency:
        here = given.workload == self.bound.asked and given.max_rtt_ms is not None
        return changed(given, max_rtt_ms=max(given.max_rtt_ms or 0, longer)) if here else given

    def _talk(self, given: Talk, longer: float) -> Talk:
        asked = given.workload or self.bound.workload
        here = (asked, given.component) == (self.bound.asked, self.bound.asked_component)
        bounded = here and given.max_rtt_ms is not None
        return changed(given, max_rtt_ms=max(given.max_rtt_ms or 0, longer)) if bounded else given

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence(
            "accept {micros} ms from {asking} to {asked} (`max_rtt_ms`)",
            micros=f"{self.micros / 1000:g}",
            asking=self._asking,
            asked=self._asked,
        )


@dataclass(frozen=True, slots=True)
class RaiseQuota:
    """A higher quota of an owner; `resource` is vcpus, memory_gib, disk_gib or an accelerator's id."""

    owner: str
    resource: str
    by: int
    kind: ClassVar[ChangeKind] = ChangeKind.QUOTA

    @property
    def amount(self) -> int:
        """By how much."""
        return self.by

    @property
    def subject(self) -> str:
        """Owner and resource."""
        return f"{self.owner}/{self.resource}"

    def apply(self, environment: Environment) -> Environment:
        """Raise it in every quota of the owner that limits the resource."""
        policy = environment.policy
        quotas = tuple(self._raised(each) if each.owner == self.owner else each for each in policy.quotas)
        return changed(environment, policy=changed(policy, quotas=quotas))

    def _raised(self, quota: Quota) -> Quota:
        if self.resource in quota.accelerators:
            most = quota.accelerators[self.resource] + self.by
            return changed(quota, accelerators={**quota.accelerators, self.resource: most})
        limit = getattr(quota, self.resource, None)
        return quota if limit is None else changed(quota, **{self.resource: limit + self.by})

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence(
            "raise the {resource} quota of {owner} by {by}",
            resource=self.resource,
            owner=self.owner,
            by=self.by,
        )
