"""Brings an environment up and takes it down: the main job, from its files to what its clouds say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.proof import Proof
from cmp.services.carrying_out import applying
from cmp.services.carrying_out.access import LAB
from cmp.services.carrying_out.applying import Consent, Watch
from cmp.services.carrying_out.documents import not_carried_out, stacks_document
from cmp.services.labs import labs
from cmp.services.moves import moving
from cmp.services.planning.keeping import KeptPlan, take_and_keep
from cmp.services.planning.planning import Wish
from cmp.services.planning.proofs import prove_plan
from cmp.services.verifying.comparing import Difference
from cmp.services.verifying.documents import verification_document
from cmp.services.verifying.drift import read_back
from cmp.services.verifying.inventory import Inventory
from cmp.settings import Layout
from stacks.engine.guard import Agreement, Unagreed
from stacks.engine.results import StackResult

Agrees = Callable[[Unagreed], frozenset[str]]
"""Asks somebody about deletions: the stacks agreed to; raises the refusal again where nobody agrees."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What carrying a Plan out did to each stack, and what the clouds list afterwards."""

    results: tuple[StackResult, ...]
    found: Inventory
    mismatches: tuple[Difference, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Stacks, policy findings and mismatches, as one document."""
        return stacks_document(self.results) | verification_document(self.mismatches)


@dataclass(frozen=True, slots=True)
class BroughtUp:
    """A whole run: the Plan, its proof, and what was carried out; None where the Plan was incomplete."""

    kept: KeptPlan
    proof: Proof
    applied: Applied | None

    @property
    def plan(self) -> Plan:
        """The Plan that was made or taken."""
        return self.kept.plan

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many rows of the Plan no stack carries out, by reason."""
        return not_carried_out(self.plan)

    @property
    def document(self) -> dict[str, Any]:
        """The Plan and what became of it; where nothing was carried out, the Plan alone, whole."""
        if self.applied is None:
            return self.plan.model_dump(mode="json")
        return {"plan": self.plan.model_dump(mode="json", exclude={"environment"})} | self.applied.document


@dataclass(frozen=True, slots=True)
class Charge:
    """On whose word something is changed: the state, who watches, the moment, and what was agreed to.

    `agrees` is asked for what was not.
    """

    layout: Layout
    watch: Watch
    now: datetime
    consent: Consent
    agrees: Agrees


def bring_up(folder: Path, charge: Charge) -> BroughtUp:
    """Bring an environment up: its lab, a Plan, the proof, carrying out, verification.

    Raises:
        Invalid: the environment is wrong.
        Refused: what `apply` refuses.
        Interrupted: some stacks could not be completed.
        TryLater: the engine or a cloud is not to be had.
    """
    loaded = load(folder)
    _prepare(loaded.environment, charge)
    kept = take_and_keep(folder, charge.layout, Wish(now=charge.now), charge.watch.line, loaded)
    proof = prove_plan(kept.plan)
    if kept.plan.unplaced and not charge.consent.partial:
        return BroughtUp(kept, proof, None)
    return BroughtUp(kept, proof, apply_and_verify(kept.plan, charge))


def apply_and_verify(plan: Plan, charge: Charge) -> Applied:
    """Carry a Plan out on all clouds, asking for what nobody agreed to yet, then read it back from them.

    Raises:
        Stale: its inputs have changed.
        Refused: it is incomplete, the verifier or a policy rejects it, or somebody did not agree.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be completed; the others are.
        TryLater: a cloud could not be listed.
    """
    results = _agreed(plan, charge)
    found, mismatches = read_back(plan, charge.layout)
    return Applied(results, found, mismatches)


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What was deleted of an environment, stack by stack."""

    name: str
    results: tuple[StackResult, ...]


def take_down(folder: Path, charge: Charge) -> TakenDown:
    """Delete everything of an environment from all clouds, and stop its lab where it has one.

    Raises:
        Invalid: the environment is wrong.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    environment = load(folder).environment
    if environment.bindings == LAB:
        labs.start(environment, charge.layout, charge.watch.line)
    results = destroy(folder, environment, charge)
    if environment.bindings == LAB:
        labs.stop(environment, charge.layout, charge.watch.line)
    return TakenDown(environment.name, results)


def destroy(folder: Path, environment: Environment, charge: Charge) -> tuple[StackResult, ...]:
    """Delete everything of an environment from all clouds, and forget what was moved by hand of ours.

    Raises:
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    results = applying.destroy(environment, charge.layout, charge.watch, charge.now)
    moving.take_all_back(moving.Occasion(folder, charge.layout, charge.now, charge.watch.line))
    return results


def _prepare(environment: Environment, charge: Charge) -> None:
    """Bring up the lab that the environment is bound to, and the engine."""
    if environment.bindings == LAB:
        labs.start(environment, charge.layout, charge.watch.line)
    applying.workplace(environment, charge.layout, charge.watch.line)


def _agreed(plan: Plan, charge: Charge) -> tuple[StackResult, ...]:
    """Apply; each refusal for want of agreement is asked about once more, with what was agreed to before."""
    consent = charge.consent
    while True:
        try:
            return applying.apply(plan, charge.layout, charge.watch, charge.now, consent)
        except Unagreed as refusal:
            stacks = consent.deletions.stacks | charge.agrees(refusal)
            consent = replace(consent, deletions=Agreement(consent.deletions.deletions, stacks))
