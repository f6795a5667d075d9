"""Checks that nothing rests on figures that have expired where the grade, or the workload, forbids it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Link
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.model.workload import Component, Scaling, Workload
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading, subject_of

CODE = "fact-expired"


def check_freshness(reading: Reading, day: date | None) -> Iterator[Finding]:
    """Every performance that sized a row, and every link between a side and its home.

    Args:
        reading: the rows.
        day: on which facts have to hold; without one only those count as expired that the Plan says are.
    """
    for row in reading.rows:
        workload, component = reading.components[row.workload, row.component]
        if row.role is Role.BACKUP or not asks_for_fresh(reading.environment, workload):
            continue
        for chip, fact in _sizes(reading, component, row):
            if _is_over(fact, day):
                yield Finding(
                    CODE,
                    subject_of(row),
                    Sentence("rests on the performance of {chip}, {fact}", chip=chip, fact=_end(fact)),
                )
    yield from _links(reading, day)


def asks_for_fresh(environment: Environment, workload: Workload) -> bool:
    """True where the workload or its grade lets nothing rest on expired figures."""
    return workload.recovery.fresh_facts or environment.recovery.grade(workload.recovery.grade).fresh_facts


def is_unknown(link: Link, day: date | None) -> bool:
    """True where a link's round-trip time has expired."""
    return _is_over(link.rtt_ms, day)


def _sizes(reading: Reading, component: Component, row: Placement) -> Iterator[tuple[str, Fact]]:
    """The performances by which a row was sized."""
    counted = component.scaling is Scaling.FIXED or component.quorum is not None
    if counted and component.scaling is not Scaling.VERTICAL:
        return
    estate = reading.environment.estate
    for chip in {reading.pool_of(row).chip, component.sized_on or estate.reference_chip}:
        fact = component.performance.get(chip) or estate.chip[chip].performance
        if fact is not None:
            yield chip, fact


def _links(reading: Reading, day: date | None) -> Iterator[Finding]:
    for group in reading.groups:
        home = reading.home_of(group)
        members = [reading.environment.workload[name] for name in group]
        if home is None or not any(asks_for_fresh(reading.environment, each) for each in members):
            continue
        away = {reading.center_of(row) for _, _, rows in reading.members_of(group) for row in rows} - {home}
        for center in sorted(away):
            link = reading.environment.estate.link(home, center)
            for name in ("rtt_ms", "bandwidth_gbps") if link is not None else ():
                fact = getattr(link, name)
                if _is_over(fact, day):
                    between = f"between {home} and {center}"
                    yield Finding(
                        CODE,
                        " ".join(group),
                        Sentence(
                            "rests on {name} {between}, {fact}", name=name, between=between, fact=_end(fact)
                        ),
                    )


def _is_over(fact: Fact, day: date | None) -> bool:
    if fact.provenance is Provenance.UNKNOWN:
        return True
    return day is not None and fact.valid_until is not None and fact.valid_until < day


def _end(fact: Fact) -> str:
    return f"which expired on {fact.valid_until}" if fact.valid_until else "which is unknown"
