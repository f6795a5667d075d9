"""Rehearses a plan in a copy of the network: fires the way back once per host type, then moves every wave."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from cmp.errors import CmpError
from cmp.model.happenings import Event
from cmp.model.migration import HostMove, MigrationPlan, Phase
from cmp.model.migration_journal import Check, Direction, Fired, MigrationJournal, Rehearsal, Stage
from cmp.network.measurement.reachability import Matrix
from cmp.network.moving.planning import MOVING
from cmp.plays.runner import Host
from cmp.services.migrating import verifying
from cmp.services.migrating.carrying import LOOK, SWITCH, Carrier, carry, hosts_of, transaction_of
from cmp.services.migrating.migrating import begun, carrier_of
from cmp.services.migrating.run import Run
from cmp.services.migrating.steps import published
from cmp.services.migrating.watching import Watcher, figures
from cmp.services.migrating.zones import PublishedZone

SECONDS = 8.0
"""How long a host waits whose way back is tried: the change itself takes a second or two."""
LATEST = 30.0
"""How long it is given to come back; more than any deadline plus what a revert takes."""


def rehearse(plan: MigrationPlan, run: Run) -> Rehearsal:
    """Try a plan where it hurts nobody; what goes wrong is a reason in the answer, not an error."""
    kept: list[MigrationJournal] = [
        begun(plan, f"{plan.network[:20]}-rehearsal", run.now(), run.place.kind, MOVING)
    ]
    carrier = carrier_of(plan, run, kept.append)
    reasons: list[str] = []
    fired: tuple[Fired, ...] = ()
    checks: tuple[Check, ...] = ()
    try:
        fired = fire_each_type(plan, carrier)
        reasons += [f"{each.host} did not go back exactly: {each.said}" for each in fired if not each.exact]
        before = verifying.asked(plan, run.place)
        carry(kept[-1], carrier)
        published(kept[-1], PublishedZone(plan, run.place, run.say), before, kept.append)
        checks = _checks(plan, run, before)
        steps = kept[-1].steps
        reasons += [f"{check.name}: {check.said}" for check in (*steps, *checks) if not check.ok]
    except CmpError as error:
        reasons.append(str(error))
    return Rehearsal(
        environment=plan.environment,
        network=plan.network,
        plan=plan.hash,
        ended=run.now().isoformat(timespec="seconds"),
        passed=not reasons,
        fired=fired,
        journal=kept[-1],
        checks=checks,
        reasons=tuple(reasons),
    )


def _checks(plan: MigrationPlan, run: Run, before: Matrix) -> tuple[Check, ...]:
    """What verification finds in the copy, and whether anything leaks while its edges are cut off."""
    if not run.place.sources:
        return ()
    run.say(Event("verifying-copy", plan.network))
    found = verifying.verify(plan, run.place, before, None).checks
    return (*found, verifying.find_leaks(plan, run.place)) if run.place.cut else found


def measured(rehearsal: Rehearsal, watcher: Watcher | None) -> Rehearsal:
    """The rehearsal with what was measured while it ran."""
    if watcher is None or watcher.report is None:
        return rehearsal
    loss, seen = figures(watcher.report)
    journal = rehearsal.journal.model_copy(update={"loss_ms": loss, "measured": seen})
    return rehearsal.model_copy(update={"journal": journal})


def weighed(rehearsal: Rehearsal, check: Check | None) -> Rehearsal:
    """The rehearsal with one check more that was made outside of its copy; None adds nothing."""
    if check is None:
        return rehearsal
    reasons = rehearsal.reasons if check.ok else (*rehearsal.reasons, f"{check.name}: {check.said}")
    checks = (*rehearsal.checks, check)
    return rehearsal.model_copy(update={"checks": checks, "reasons": reasons, "passed": not reasons})


def fire_each_type(plan: MigrationPlan, carrier: Carrier) -> tuple[Fired, ...]:
    """Switch one host of each type without confirming it, and see that it goes back by itself, exactly.

    Raises:
        TryLater: Ansible could not be started.
    """
    stage = Stage(phase=Phase.BESIDE, wave=plan.waves[0].name, direction=Direction.FORWARD)
    return fire(_one_of_each(plan.moves), stage, carrier)


def fire(chosen: Sequence[HostMove], stage: Stage, carrier: Carrier) -> tuple[Fired, ...]:
    """Switch some hosts through one stage without confirming it, and see that each goes back by itself.

    Raises:
        TryLater: Ansible could not be started.
    """
    if not chosen:
        return ()
    plan = carrier.plan
    tokens = {move.host: carrier.token() for move in chosen}
    hosts = hosts_of(tokens, stage, carrier)
    carrier.say(Event("firing-way-back", plan.network, {"hosts": tuple(tokens)}))
    outcome = carrier.play(
        SWITCH,
        hosts,
        {
            "extranet_tokens": tokens,
            "extranet_name": f"{plan.network} rehearsed way back",
            "extranet_seconds": SECONDS,
            "extranet_transactions": {move.host: transaction_of(move, stage) for move in chosen},
        },
    )
    trouble = outcome.trouble(list(tokens))
    told = _until_back([host for host in hosts if host.name not in trouble], tokens, carrier)
    return tuple(_fired(move, trouble.get(move.host, ""), told.get(move.host, {})) for move in chosen)


def _until_back(
    hosts: Sequence[Host], tokens: dict[str, str], carrier: Carrier
) -> dict[str, dict[str, object]]:
    """Ask until every host says that it is back, or the time is up."""
    end = time.monotonic() + LATEST
    told: dict[str, dict[str, object]] = {}
    while hosts and time.monotonic() < end:
        outcome = carrier.play(LOOK, hosts, {"extranet_tokens": tokens})
        told.update({host: dict(result) for host, result in outcome.results.items()})
        if all(told.get(host.name, {}).get("state") == "reverted" for host in hosts):
            break
    return told


def _one_of_each(moves: Iterable[HostMove]) -> list[HostMove]:
    """The first host of each type that plays change: kind, what brings its network up, one line or two."""
    found: dict[tuple[str, str, bool, str], HostMove] = {}
    for move in moves:
        if move.phases:
            found.setdefault((move.kind, move.manager, move.new_interface is None, move.strategy), move)
    return list(found.values())


def _fired(move: HostMove, trouble: str, told: dict[str, object]) -> Fired:
    late = told.get("after_deadline")
    differences = told.get("differences") or []
    return Fired(
        host=move.host,
        kind=move.kind,
        manager=move.manager,
        exact=told.get("state") == "reverted" and bool(told.get("exact")) and not trouble,
        seconds_after_deadline=float(late) if isinstance(late, int | float) else -1.0,
        said=trouble or "; ".join(map(str, differences)) if isinstance(differences, list) else str(told),
    )
