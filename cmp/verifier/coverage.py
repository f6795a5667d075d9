"""Checks that every component stands with all sides of its grade or is listed as unplaced, and never both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cmp.model.plan import Placement, Unplaced
from cmp.model.recovery import Role
from cmp.model.workload import Component, Workload
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Name, Reading, subject_of


def check_coverage(reading: Reading, unplaced: Sequence[Unplaced]) -> Iterator[Finding]:
    """Nothing is dropped silently: a component has all its sides, or a reason for every pool."""
    listed: dict[Name, list[Unplaced]] = defaultdict(list)
    for entry in unplaced:
        listed[entry.workload, entry.component].append(entry)
    for name, (workload, component) in reading.components.items():
        rows = reading.rows_of.get(name, ())
        if rows and name in listed:
            yield Finding(
                "placed-and-unplaced", "/".join(name), f"has {len(rows)} rows and is listed as unplaced"
            )
        elif rows:
            yield from _sides(reading, workload, component, rows)
        elif name not in listed:
            yield Finding("missing", "/".join(name), "is neither placed nor listed as unplaced")
    for name, entries in listed.items():
        yield from _explained(reading, name, entries)


def _sides(
    reading: Reading, workload: Workload, component: Component, rows: Sequence[Placement]
) -> Iterator[Finding]:
    asked = {side.role for side in reading.sides_asked(workload, component)} or {Role.MEMBER}
    present = {row.role for row in rows}
    spent = {role for name, role in reading.spent if name == (workload.id, component.id)}
    for role in sorted(asked - present - spent):
        yield Finding(
            "side-missing",
            f"{workload.id}/{component.id}",
            f"has no {role} side, which grade {workload.recovery.grade} asks for",
        )
    for row in rows:
        if row.role not in asked:
            yield Finding(
                "side-unexpected",
                subject_of(row),
                f"grade {workload.recovery.grade} asks only for {_told(asked)}",
            )


def _explained(reading: Reading, name: Name, entries: Sequence[Unplaced]) -> Iterator[Finding]:
    subject = "/".join(name)
    if name not in reading.components:
        yield Finding("unplaced-unknown", subject, "is listed as unplaced but is not there")
        return
    pools = set(reading.environment.estate.pool)
    named = {reason.pool for entry in entries for reason in entry.reasons}
    for pool in sorted(named - pools):
        yield Finding("unplaced-unknown", subject, f"gives a reason for {pool}, which is no pool")
    if pools - named:
        yield Finding("unplaced-unexplained", subject, f"gives no reason for {_told(pools - named)}")
    if any(not entry.summary for entry in entries):
        yield Finding("unplaced-unexplained", subject, "has an empty summary")


def _told(names: set[Role] | set[str]) -> str:
    return ", ".join(sorted(names))
