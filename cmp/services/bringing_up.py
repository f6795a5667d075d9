"""Brings an environment up and takes it down: the main job, from its files to what its clouds say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmp.errors import Refused
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.model.part import Part
from cmp.model.plan import Plan
from cmp.model.proof import Proof
from cmp.model.references import EnvironmentRef
from cmp.ports.loaded import Loaded
from cmp.services.carrying_out import applying
from cmp.services.carrying_out.access import LAB, left_out
from cmp.services.carrying_out.documents import (
    StackResults,
    TakenDown,
    not_carried_out,
    stacks_document,
)
from cmp.services.carrying_out.parts import part_of
from cmp.services.carrying_out.steps import Consent
from cmp.services.labs import labs
from cmp.services.moves import moving
from cmp.services.planning.keeping import KeptPlan, take_and_keep
from cmp.services.planning.planning import Wish
from cmp.services.planning.proofs import prove_plan
from cmp.services.verifying.differences import Difference
from cmp.services.verifying.documents import Counted, counted, verification_document
from cmp.services.verifying.drift import read_back
from cmp.services.verifying.inventory import Inventory
from stacks.engine.guard import Agreement, Unagreed
from stacks.engine.results import StackResult


@dataclass(frozen=True, slots=True)
class Deletions:
    """Deletions that nobody agreed to: the refusal that stands, and the stacks that it names."""

    refusal: Refused
    stacks: tuple[str, ...]


Agrees = Callable[[Deletions], frozenset[str]]
"""Asks somebody about deletions: the stacks agreed to; raises the refusal where nobody agrees."""
Sure = Callable[[str], None]
"""Asks somebody whether all of an environment of this name shall go; raises a refusal if not."""


@dataclass(frozen=True, slots=True)
class Applied(StackResults):
    """What carrying a Plan out did to each stack, and what the clouds list afterwards."""

    found: Inventory
    mismatches: tuple[Difference, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Stacks, policy findings and mismatches, as one document."""
        return stacks_document(self.results) | verification_document(self.mismatches)

    @property
    def counted(self) -> Counted:
        """How much of ours the clouds list."""
        return counted(self.found)


@dataclass(frozen=True, slots=True)
class BroughtUp:
    """A whole run: the Plan, its proof, and what was carried out; None where the Plan was incomplete."""

    kept: KeptPlan
    proof: Proof
    applied: Applied | None
    without: frozenset[CloudKind] = frozenset()

    @property
    def plan(self) -> Plan:
        """The Plan that was made or taken."""
        return self.kept.plan

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many rows of the Plan no stack carries out, by reason."""
        return not_carried_out(self.plan, self.without)

    @property
    def document(self) -> dict[str, Any]:
        """The Plan and what became of it; where nothing was carried out, the Plan alone, whole."""
        if self.applied is None:
            return self.plan.model_dump(mode="json")
        return {"plan": self.plan.model_dump(mode="json", exclude={"environment"})} | self.applied.document


@dataclass(frozen=True, slots=True)
class Charge:
    """What was agreed to: a Plan that leaves something out, so many deletions; `agrees` is asked for more.

    `only` names the clouds and workloads that are carried out; none is all.
    """

    agrees: Agrees
    partial: bool = False
    deletions: int = 0
    only: tuple[str, ...] = ()


def bring_up(means: Means, ref: EnvironmentRef, charge: Charge) -> BroughtUp:
    """Bring an environment up: its lab, a Plan, the proof, carrying out, verification.

    Raises:
        Invalid: the environment is wrong.
        Refused: what `apply` refuses.
        Interrupted: some stacks could not be completed.
        TryLater: the engine or a cloud is not to be had.
    """
    loaded = means.ports.environments.load(ref)
    _prepare(means, loaded.environment)
    kept = take_and_keep(ref, means.ports, Wish(now=means.now()), means.say, loaded)
    proof = prove_plan(kept.plan)
    if part_of(kept.plan, charge.only, means).of(kept.plan).unplaced and not charge.partial:
        return BroughtUp(kept, proof, None, left_out(means.workshop))
    return BroughtUp(kept, proof, _applied(means, kept.plan, charge), left_out(means.workshop))


def apply_and_verify(means: Means, name: str, charge: Charge) -> Applied:
    """Carry out a named Plan, asking for what nobody agreed to yet, then read it back from the clouds.

    Raises:
        Invalid: there is no such Plan, or somebody changed it.
        Stale: its inputs have changed.
        Refused: it is incomplete, the verifier or a policy rejects it, or somebody did not agree.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be completed; the others are.
        TryLater: a cloud could not be listed.
    """
    return _applied(means, means.ports.plans.named(name), charge)


def take_down(means: Means, ref: EnvironmentRef) -> TakenDown:
    """Delete everything of an environment from all clouds, and stop its lab where it has one.

    Raises:
        Invalid: the environment is wrong.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    loaded = means.ports.environments.load(ref)
    environment = loaded.environment
    if environment.bindings == LAB:
        labs.start(means, environment)
    taken = _destroyed(means, ref, loaded)
    if environment.bindings == LAB:
        labs.stop(means, environment)
    return taken


def destroy(means: Means, ref: EnvironmentRef, sure: Sure) -> TakenDown:
    """Delete everything of an environment from all clouds, and forget what was moved by hand of ours.

    Raises:
        Invalid: the environment is wrong.
        Refused: nobody is sure; nothing was changed.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    loaded = means.ports.environments.load(ref)
    sure(loaded.environment.name)
    return _destroyed(means, ref, loaded)


def _applied(means: Means, plan: Plan, charge: Charge) -> Applied:
    part = part_of(plan, charge.only, means)
    results = _agreed(means, plan, charge, part)
    return Applied(results, *read_back(means, plan, part))


def _destroyed(means: Means, ref: EnvironmentRef, loaded: Loaded) -> TakenDown:
    results = applying.destroy(means, loaded.environment)
    moving.take_all_back(means, ref, loaded)
    return TakenDown(results, loaded.environment.name)


def _prepare(means: Means, environment: Environment) -> None:
    """Bring up the lab that the environment is bound to, and the engine."""
    if environment.bindings == LAB:
        labs.start(means, environment)
    applying.workplace(environment, means.workshop, means.say)


def _agreed(means: Means, plan: Plan, charge: Charge, part: Part) -> tuple[StackResult, ...]:
    """Apply; each refusal for want of agreement is asked about once more, with what was agreed to before."""
    consent = Consent(charge.partial, Agreement(charge.deletions))
    while True:
        try:
            return applying.apply(means, plan, consent, part=part)
        except Unagreed as refusal:
            agreed = charge.agrees(Deletions(refusal, refusal.stacks))
            stacks = consent.deletions.stacks | agreed
            consent = replace(consent, deletions=Agreement(consent.deletions.deletions, stacks))
