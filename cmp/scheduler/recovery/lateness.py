"""Says in words that a workload is back too late, or with too much lost."""

from __future__ import annotations

from cmp.scheduler.recovery.timetable import Back
from cmp.sentences import Sentence

MINUTE = 60


def too_late(back: Back) -> str:
    """Say that a workload is back later than its RTO, and what takes the time."""
    longest = sorted(back.steps, key=lambda step: (-step.seconds, step.name))[:3]
    took = ", ".join(f"{step.name} {minutes(step.seconds)}" for step in longest)
    waits = f"waits for {', '.join(back.turn.waits_for)}" if back.turn.waits_for else ""
    because = "; ".join(each for each in (waits, took) if each)
    objective = minutes(back.rto or 0)
    return (
        f"{back.turn.workload}: back in {back.center} after {minutes(back.turn.seconds)}, RTO {objective}"
        + (f" ({because})" if because else "")
    )


def too_much_lost(back: Back) -> str:
    """Say that more is lost than the RPO allows."""
    objective = f"RPO {minutes(back.rpo or 0)}"
    if back.point is None:
        return Sentence(
            "{workload}: no link carries its changes to {center}, {objective}",
            workload=back.turn.workload,
            center=back.center,
            objective=objective,
        )
    return Sentence(
        "{workload}: its copy in {center} lacks the last {point}, {objective}",
        workload=back.turn.workload,
        center=back.center,
        point=minutes(back.point),
        objective=objective,
    )


def minutes(seconds: int) -> str:
    """Seconds as people say them: below two minutes as they are, else in minutes, rounded up to tenths."""
    if seconds < 2 * MINUTE:
        return f"{seconds} s"
    return Sentence("{value} min", value=f"{-(-seconds * 10 // MINUTE) / 10:g}")
