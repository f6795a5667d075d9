"""Refuses what must not begin: an unrehearsed plan, outside of windows, names or addresses still in use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cmp.errors import Refused
from cmp.model.migration import MigrationPlan, Phase
from cmp.model.migration_journal import Rehearsal
from cmp.network.moving.windows import is_open, next_opening
from cmp.plays.runner import play
from cmp.services.migrating.assessing import PLAYBOOK as LOOK_AROUND
from cmp.services.migrating.assessing import assess
from cmp.services.migrating.naming import SHORT_TTL, names_check
from cmp.services.migrating.planning import Planned, private_of
from cmp.services.migrating.run import Run

MOST_TOLD = 5
"""Hosts that one refusal names."""


def refuse_unrehearsed(planned: Planned) -> None:
    """Refuse to touch real hosts by a plan that was never tried.

    Raises:
        Refused: there is no rehearsal of this very plan that passed.
    """
    rehearsal = planned.kept.kept(Rehearsal)
    if rehearsal is None or rehearsal.plan != planned.plan.hash or not rehearsal.passed:
        what = "failed" if rehearsal and rehearsal.plan == planned.plan.hash else "is missing"
        raise Refused(
            f"the rehearsal of plan {planned.plan.hash[:12]} {what}: nothing was changed",
            hint=f"run `tricenter net rehearse ENV {planned.plan.network}` on a machine with the host lab",
        )


def refuse_unready(planned: Planned, run: Run) -> None:
    """Look at every host afresh, and refuse to begin where one holds what the move could not give back.

    Raises:
        Refused: a host is not ready, or nobody could look at it.
        TryLater: Ansible could not be started.
    """
    network = planned.plan.network
    private, hosts = private_of(planned.environment, network), planned.environment.hosts[network].hosts
    matrix, _facts = assess(planned.environment.name, private, hosts, run.place, run.now())
    blocked = [f"{row.host}: {row.blocks[0]}" for row in matrix.rows if row.blocks]
    if blocked:
        more = f" and {len(blocked) - MOST_TOLD} more" if len(blocked) > MOST_TOLD else ""
        raise Refused(
            f"{len(blocked)} hosts of {network} are not ready, nothing was changed:"
            f" {'; '.join(blocked[:MOST_TOLD])}{more}",
            hint=f"`tricenter net assess ENV {network}` names all that has to be put right",
        )


def refuse_closed(plan: MigrationPlan, run: Run) -> None:
    """Refuse to touch real hosts outside of the change windows.

    Raises:
        Refused: no window is open, and nobody agreed to go on without one.
    """
    windows, now = plan.windows, run.now()
    if not run.any_time and not is_open(windows, now):
        opens = next_opening(windows, now).isoformat(timespec="minutes")
        raise Refused(
            f"no change window of {plan.network} is open; the next one opens {opens}",
            hint="wait until then (a move that was begun goes on with --resume), or agree with --any-time",
        )


def refuse_lasting(plan: MigrationPlan, run: Run) -> None:
    """Refuse to begin while resolvers differ, are silent in a family, or keep names for long.

    RFC 4192 section 2.2.1 asks for short times to live, RFC 7381 section 4.4 for names in both families.

    Raises:
        Refused: one of them does.
        TryLater: nobody could be asked.
    """
    if plan.names is None:
        return
    check = names_check(plan, run.place)
    if not check.ok:
        raise Refused(
            f"the names of {plan.network} are not ready to move: {check.said}",
            hint=f"lower their TTL to {SHORT_TTL} s, wait until the old one has run out, mend the resolvers",
        )


def refuse_in_use(plan: MigrationPlan, run: Run) -> None:
    """Refuse to take old addresses off while anybody talks to them (RFC 4192 section 2.7).

    Raises:
        Refused: a session stands on an old address, a service listens there alone, or a host is silent.
    """
    moves = [move for move in plan.moves if Phase.RETIRE in move.phases]
    hosts = [run.place.host(move, move.addresses[0].ipv4.ip) for move in moves]
    outcome = play(LOOK_AROUND, hosts, {"extranet_prefixes": []}, door=run.place.door)
    by_host = {move.host: move for move in moves}
    used = dict(outcome.trouble([move.host for move in moves]))
    for name, result in outcome.results.items():
        olds = {str(each.old) for each in by_host[name].addresses}
        if told := "; ".join(in_use(result["assessment"], olds)):
            used[name] = told
    if used:
        told = "; ".join(f"{host}: {why}" for host, why in sorted(used.items())[:5])
        raise Refused(
            f"the old addresses of {len(used)} hosts are not free: {told}",
            hint="wait until nobody uses them, then run it again",
        )


def in_use(facts: Mapping[str, Any], olds: Collection[str]) -> Iterator[str]:
    """Who still uses some addresses of a host: sessions, translated flows, and services nowhere else."""
    peers = {each["peer"] for each in facts["sessions"] if each["local"] in olds}
    if peers:
        yield f"sessions with {', '.join(sorted(peers)[:3])}"
    through = {each["peer"] for each in facts["flows"] if not set(olds).isdisjoint(each["addresses"])}
    if through:
        yield f"translated flows of {', '.join(sorted(through)[:3])}"
    places: dict[tuple[str, int], set[str]] = {}
    for each in facts["listeners"]:
        places.setdefault((each["protocol"], each["port"]), set()).add(each["address"])
    for (protocol, port), addresses in sorted(places.items()):
        if addresses <= set(olds):
            yield f"{protocol}/{port} listens on {', '.join(sorted(addresses))} alone"
