"""Proves what a Plan survives; imports nothing that plans until something has to be planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.proof import Proof
from cmp.model.references import EnvironmentRef
from cmp.model.suggestion import Addition
from cmp.ports.bundle import Ports
from cmp.scheduler.survival import proving
from cmp.sentences import Sentence
from cmp.services.planning.sources import refuse_stale, sources_of

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class ProofWish:
    """What is to be proved: of which Plan, what is lost, and how much is told of it.

    `file` is the Plan's file or name; None: the one at hand. `lose` is a kind and an id, an id, or `all`.
    With `details` every list is whole; with `additions` also what closes a shortfall is searched.
    """

    file: str | None = None
    lose: str = ALL
    details: bool = False
    additions: bool = True

    @property
    def is_whole(self) -> bool:
        """True where all that is known of each loss is told."""
        return self.details or self.lose != ALL


@dataclass(frozen=True, slots=True)
class Proved:
    """What losses do to an environment's Plan, and where that was searched for, what closes a shortfall."""

    environment: Environment
    proof: Proof

    @property
    def document(self) -> dict[str, Any]:
        """The proof."""
        return self.proof.document

    def added(self, addition: Addition) -> str:
        """An addition that closes a shortfall, as a sentence."""
        from cmp.scheduler.remedies.changes.estates import MoreHosts  # noqa: PLC0415 - few proofs need it

        return MoreHosts(addition.pool, addition.chip, addition.hosts).sentence


def prove(means: Means, ref: EnvironmentRef, wish: ProofWish = ProofWish()) -> Proved:
    """Prove what the loss of something does.

    Raises:
        Invalid: the environment is wrong, the Plan is of another one, or nothing of that name can be lost.
        Stale: the Plan was made of other files than the environment has now.
    """
    plan = plan_of(ref, means.ports, wish.file, means.now(), means.say)
    report = means.say if wish.additions else None
    proof = prove_plan(plan, wish.lose, details=wish.details, report=report)
    return Proved(plan.environment, proof)


def plan_of(
    ref: EnvironmentRef, ports: Ports, file: str | None, now: datetime, report: Callable[[Event], None]
) -> Plan:
    """The Plan of a file, where one is named, else the one at hand: kept, or made as facts are known now.

    Raises:
        Invalid: the environment is wrong, or the Plan is of another one.
        Stale: the Plan was made of other files than the environment has now.
    """
    if file is None:
        from cmp.services.planning.planning import Wish, plan_at_hand  # noqa: PLC0415 - a file needs no search

        return plan_at_hand(ref, ports, Wish(now=now), report)
    plan = ports.plans.named(file)
    sources = sources_of(ref, ports)
    if plan.environment.name != sources.environment.name:
        raise Invalid(
            Sentence(
                "the plan {file} was made from {source}, not from {ref}",
                file=file,
                source=plan.source,
                ref=ref,
            )
        )
    refuse_stale(plan, ports, sources)
    return plan


def prove_plan(
    plan: Plan, lose: str = ALL, *, details: bool = False, report: Callable[[Event], None] | None = None
) -> Proof:
    """Prove what a loss does to a Plan; one loss alone is told whole, all of them with `details`.

    With a `report` also what would close a shortfall is searched, and the report told how far that has come.

    Raises:
        Invalid: nothing of that name can be lost.
    """
    proof = proving.prove(plan, proving.asked(plan.environment, lose), details=details or lose != ALL)
    if report is None or all(each.survives for each in proof.failures):
        return proof
    from cmp.scheduler.remedies.shortfalls import with_closings  # noqa: PLC0415 - only these plan anew

    return with_closings(plan, proof, report=report)
