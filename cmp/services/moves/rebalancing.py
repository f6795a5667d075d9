"""Proposes moves and maintenance for what was applied, and seals the Plan that transfers lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cmp.errors import Stale
from cmp.model.cordon import DrainKind
from cmp.model.moves import MovePlan
from cmp.model.plan import Bound, Plan
from cmp.network.flows import security_groups
from cmp.ports.bundle import Ports
from cmp.scheduler.bounding.bound import gap, lower_bound
from cmp.scheduler.moves import maintenance
from cmp.scheduler.moves.clearing import cleared_first
from cmp.scheduler.moves.drains import UNSAID, Word
from cmp.scheduler.moves.observed import Reality, reality_of
from cmp.scheduler.moves.pool_drains import put_back
from cmp.scheduler.moves.rebalance import rebalance
from cmp.sentences import Sentence
from cmp.services.planning.cordons import cordons_of
from cmp.services.planning.planning import make_plan
from cmp.services.planning.refusing import refuse_unverified
from cmp.services.planning.sources import Sources, inputs_hash, refuse_stale
from stacks.programs.rows import server_names


@dataclass(frozen=True, slots=True)
class Start:
    """The Plan that moves start from; `notes` say where it comes from, `stale` if its inputs have changed."""

    plan: Plan
    sources: Sources
    notes: tuple[str, ...] = ()
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, and the Plan that its transfers lead to: sealed and verified."""

    moves: MovePlan
    target: Plan | None = None


def start_of(sources: Sources, ports: Ports) -> Start:
    """The Plan last applied, or where nothing was applied yet the one that would be made now.

    Raises:
        Invalid: the record of what was applied cannot be read.
    """
    ref, loaded = sources.ref, sources.loaded
    name = loaded.environment.name
    applied = ports.applied.last(name)
    if applied is None:
        note = f"nothing of {name} was applied yet: moves start from the Plan that would be made now"
        return Start(make_plan(ref, ports, loaded=loaded), sources, (note,))
    notes = () if applied.complete else (f"{name} was applied in part only",)
    try:
        refuse_stale(applied.plan, ports, sources)
    except Stale:
        note = f"{ref} has changed since it was applied: nothing moves between pools before a new Plan"
        return Start(_held(applied.plan, ports), sources, (*notes, note), stale=True)
    return Start(_held(applied.plan, ports), sources, notes)


def _held(plan: Plan, ports: Ports) -> Plan:
    """The applied Plan with what is drained by now: hosts, which no Plan empties."""
    environment = plan.environment
    cordons = cordons_of(environment, ports, plan)
    return plan.model_copy(update={"environment": environment.changed(cordons=cordons)})


def packed(plan: Plan) -> Reality:
    """What the Plan's own packing says of hosts, for clouds that cannot be asked."""
    return reality_of(plan, server_names)


def propose_rebalance(
    start: Start,
    reality: Reality | None = None,
    max_moves: int | None = None,
    *,
    across: bool = True,
) -> Proposal:
    """Propose moves that pay back, never more than `max_moves`.

    Args:
        start: the Plan that moves start from.
        reality: what the clouds list; None: what the Plan's packing says.
        max_moves: servers that may move; None: no limit.
        across: whether sides may go to other pools, too.

    Raises:
        Refused: the independent verifier rejects the Plan that transfers lead to.
    """
    changes = None if across and not start.stale else ()
    found = rebalance(start.plan, reality or packed(start.plan), max_moves, changes)
    held = tuple(each.sentence for each in start.plan.environment.cordons)
    return _sealed(replace(start, notes=(*start.notes, *held)), found.proposal, found.target)


def propose_maintenance(
    start: Start, asked: Sequence[str], reality: Reality | None = None, word: Word = UNSAID
) -> Proposal:
    """Propose how hosts, pools or centers are freed at one time with every promise kept.

    Args:
        start: the Plan that moves start from.
        asked: each `host:POOL/N`, `pool:POOL` or `center:CENTER`.
        reality: what the clouds list; None: what the Plan's packing says.
        word: who drains, when and why.

    Raises:
        Invalid: nothing of that name can be drained.
        Refused: a promise would break; the sentence says which.
        Stale: a pool or a center is to be drained and the inputs of the Plan have changed.
    """
    wanted = maintenance.drains_of(start.plan.environment, asked)
    whole = next((each for each in wanted if each.kind is not DrainKind.HOST), None)
    if start.stale and whole is not None:
        raise Stale(
            Sentence(
                "{ref} has changed since it was applied: a drain of {whole} would mix both",
                ref=start.sources.ref,
                whole=whole,
            ),
            hint=Sentence("run `tricenter plan {ref}` and apply it first", ref=start.sources.ref),
        )
    found = maintenance.maintain(start.plan, reality or packed(start.plan), wanted, word)
    return _sealed(start, found.proposal, found.target)


def propose_back(start: Start, drain: str, reality: Reality | None = None) -> Proposal:
    """Propose how a drained pool or center is used again: what left it returns as far as it still may.

    Raises:
        Invalid: it is not drained.
        Refused: the way back does not hold.
        Stale: the inputs of the Plan have changed.
    """
    wanted = maintenance.drain_of(start.plan.environment, drain)
    if start.stale:
        raise Stale(
            Sentence(
                "{ref} has changed since it was applied: putting {wanted} back would mix both",
                ref=start.sources.ref,
                wanted=wanted,
            ),
            hint=Sentence("run `tricenter plan {ref}` and apply it first", ref=start.sources.ref),
        )
    found = put_back(start.plan, reality or packed(start.plan), wanted)
    return _sealed(start, found.proposal, found.target)


def _bound(start: Plan, target: Plan) -> Bound | None:
    """The bound of the Plan before: the same workloads on no more pools; only the gap is another one.

    Where a drain ends there is more to place on: it is worked out anew.
    """
    if target.bound is None:
        return None
    known = {each.subject for each in target.environment.cordons}
    if any(each.subject not in known for each in start.environment.cordons):
        missing = {each.workload for each in target.unplaced}
        placed = {row.workload for row in target.placements} - missing
        total = target.objective.total
        return lower_bound(target.environment, at=target.origin.at, placed=placed, objective=total)
    return target.bound.model_copy(update={"gap": gap(target.objective.total, target.bound.value)})


def _sealed(start: Start, moves: MovePlan, target: Plan | None) -> Proposal:
    """The proposal with its notes, and its target as a Plan that can be applied."""
    notes = (*start.notes, *moves.notes)
    if target is None:
        return Proposal(moves.model_copy(update={"notes": notes}))
    target = cleared_first(start.plan, target, server_names)
    sources = start.sources.known_to(target)
    networks = sources.networks
    origin = start.plan.origin.model_copy(update={"previous": start.plan.hash})
    sealed = target.model_copy(
        update={
            "hash": "",
            "origin": origin,
            "inputs_hash": inputs_hash(sources, origin),
            "networks": networks,
            "security_groups": security_groups(target.environment, networks, target.placements),
            "objective_before": start.plan.objective,
            "bound": _bound(start.plan, target),
        }
    ).sealed()
    refuse_unverified(sealed)
    return Proposal(moves.model_copy(update={"notes": notes, "target": sealed.hash}), sealed)
