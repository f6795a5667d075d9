"""Takes off again who would be back too late after some failure, once all stands somewhere."""

from __future__ import annotations

from collections.abc import Collection

from cmp.scheduler.board.loops import remove_group
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.refusals import Refusal
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.dependencies import Dependencies, dependencies_of
from cmp.scheduler.recovery.lateness import too_late
from cmp.scheduler.recovery.recoverable import Recoverable
from cmp.scheduler.recovery.timetable import Timetable


def take_off_late(placing: Placing) -> dict[int, Refusal]:
    """Groups that were taken off, with the workload that would be back too late.

    Layouts that cannot keep an RTO by themselves were left out before; what remains are waits for other
    groups, and chips and clouds that are slower than the best. Mostly nobody is at risk, and then nothing is
    worked out.
    """
    environment = placing.snapshot.environment
    risky = Recoverable(environment).at_risk()
    taken: dict[int, Refusal] = {}
    if not risky:
        return taken
    dependencies = dependencies_of(environment)
    watched = dependencies.needed_for(risky)
    while late := _late(placing, dependencies, watched, risky):
        for group, sentence in late.items():
            remove_group(placing.handle, group)
            taken[group] = Refusal("objective", sentence)
    return taken


def _late(
    placing: Placing, dependencies: Dependencies, watched: Collection[str], risky: Collection[str]
) -> dict[int, str]:
    """The groups in which somebody is late after some failure, and who."""
    snapshot = placing.snapshot
    numbers = {placing.group_number[snapshot.group_of[name]] for name in watched}
    rows = {number: placing.rows_of(number) for number in sorted(numbers) if placing.is_placed(number)}
    timetable = Timetable(snapshot.environment, dependencies, {}, placing.patience)
    found: dict[int, str] = {}
    for place, loss in enumerate(snapshot.losses):
        promised = snapshot.promised[place]
        groups = {str(number): (each, placing.fate(number, place)) for number, each in rows.items()}
        counts = {
            row: count
            for each, fate in groups.values()
            for row, count in zip(each, failover.counts(each, loss, fate, promised), strict=True)
        }
        for back in timetable.after(loss, promised, groups, counts):
            if back.late and back.turn.workload in risky:
                number = placing.group_number[snapshot.group_of[back.turn.workload]]
                found.setdefault(number, f"{too_late(back)} after {loss.failure}")
    return found
