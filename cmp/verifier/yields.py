"""Checks who gives way after each failure: only who may, where something grows, in order, to its floor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cmp.model.plan import Placement, Yielding
from cmp.model.recovery import Role
from cmp.model.workload import Component, Yields
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Name, Reading, RowKey, key_of
from cmp.verifier.survival import Aftermath

Left = Mapping[RowKey, int]
"""What the Plan says is left of each row that gives way after one failure."""


def giving_way(yields: Sequence[Yielding], afters: Sequence[Aftermath]) -> tuple[Aftermath, ...]:
    """What runs after each failure once those give way that the Plan names, rightly or not."""
    claims = _claims(yields, afters)
    return tuple(
        replace(aftermath, replicas={**aftermath.replicas, **claims[str(aftermath.failure)]})
        for aftermath in afters
    )


def check_yields(
    reading: Reading, yields: Sequence[Yielding], afters: Sequence[Aftermath]
) -> Iterator[Finding]:
    """Every claim by itself, then the order of giving way on each pool; `afters` are before anyone yields."""
    yield from _rows(yields, afters)
    for failure, left in _claims(yields, afters).items():
        aftermath = next(each for each in afters if str(each.failure) == failure)
        for key in sorted(left):
            yield from _claim(reading, aftermath, key, left[key])
        for pool in sorted({key[3] for key in left}):
            yield from _order(reading, aftermath, pool, left)


def floor_of(reading: Reading, row: Placement) -> int:
    """Replicas that a row keeps when it gives way.

    Of a preemptible component nothing; the rows of an elastic side keep `min_replicas` together, in order of
    pool.
    """
    name: Name = (row.workload, row.component)
    _, component = reading.components[name]
    if not _may_yield(reading, component, row):
        return row.replicas_on_takeover
    if component.yields is Yields.PREEMPTIBLE:
        return 0
    missing = component.min_replicas
    for other in reading.sides[name, row.role]:
        if other.pool == row.pool:
            break
        missing -= min(missing, other.replicas_on_takeover)
    return min(missing, row.replicas_on_takeover)


def _may_yield(reading: Reading, component: Component, row: Placement) -> bool:
    """Copies and members never do; a preemptible one stops only as a primary that nobody needs."""
    if row.role in {Role.BACKUP, Role.MEMBER}:
        return False
    if component.yields is Yields.PREEMPTIBLE:
        return row.role is Role.PRIMARY and (row.workload, row.component) not in reading.relied_on
    return component.yields is Yields.ELASTIC


def _claims(yields: Sequence[Yielding], afters: Sequence[Aftermath]) -> dict[str, dict[RowKey, int]]:
    """By failure, what is said to be left of rows of which more would run; the first claim counts."""
    found: dict[str, dict[RowKey, int]] = {str(aftermath.failure): {} for aftermath in afters}
    runs = {str(aftermath.failure): aftermath.replicas for aftermath in afters}
    for claim in yields:
        key = _key(claim)
        if claim.replicas < runs.get(claim.failure, {}).get(key, 0):
            found[claim.failure].setdefault(key, claim.replicas)
    return found


def _rows(yields: Sequence[Yielding], afters: Sequence[Aftermath]) -> Iterator[Finding]:
    runs = {str(aftermath.failure): aftermath.replicas for aftermath in afters}
    seen: set[tuple[str, RowKey]] = set()
    for claim in yields:
        key, subject = _key(claim), _subject(_key(claim), claim.failure)
        there = runs.get(claim.failure, {}).get(key)
        if there is None:
            yield Finding("yield-row", subject, "gives way, but there is no such row or failure")
        elif (claim.failure, key) in seen:
            yield Finding("yield-row", subject, "is listed more than once")
        elif claim.replicas >= there:
            yield Finding(
                "yield-row",
                subject,
                Sentence(
                    "is left with {replicas} replicas; {there} run then", replicas=claim.replicas, there=there
                ),
            )
        seen.add((claim.failure, key))


def _claim(reading: Reading, aftermath: Aftermath, key: RowKey, left: int) -> Iterator[Finding]:
    row = next(row for row in reading.sides[key[:2], key[2]] if row.pool == key[3])
    _, component = reading.components[row.workload, row.component]
    subject = _subject(key, str(aftermath.failure))
    if not _may_yield(reading, component, row):
        who = " and that somebody needs" if key[:2] in reading.relied_on else ""
        yield Finding(
            "yield-forbidden",
            subject,
            Sentence(
                "gives way; it is a {role} that yields {yields}{who}",
                role=row.role,
                yields=component.yields,
                who=who,
            ),
        )
    elif left != floor_of(reading, row):
        yield Finding(
            "yield-floor",
            subject,
            Sentence("keeps {left} replicas; must keep {reading}", left=left, reading=floor_of(reading, row)),
        )
    grows = any(aftermath.replicas[key_of(other)] > other.replicas for other in reading.rows_on[row.pool])
    if not grows:
        yield Finding(
            "yield-needless", subject, Sentence("gives way; nothing takes over on {pool}", pool=row.pool)
        )


def _order(reading: Reading, aftermath: Aftermath, pool: str, left: Left) -> Iterator[Finding]:
    """Whoever comes before the last one that gives way has nothing left to give."""
    able = [row for row in reading.rows_on[pool] if _may_yield(reading, _component(reading, row), row)]
    able.sort(key=lambda row: _place(reading, row))
    last = max((place for place, row in enumerate(able) if key_of(row) in left), default=-1)
    for row in able[: last + 1]:
        stays, keeps = aftermath.replicas[key_of(row)], floor_of(reading, row)
        if key_of(row) not in left and stays > keeps:
            yield Finding(
                "yield-order",
                _subject(key_of(row), str(aftermath.failure)),
                Sentence(
                    "keeps {stays} of at least {keeps} replicas, though {able} gives way after it",
                    stays=stays,
                    keeps=keeps,
                    able=_name(able[last]),
                ),
            )


def _place(reading: Reading, row: Placement) -> tuple[bool, int, RowKey]:
    workload, component = reading.components[row.workload, row.component]
    return component.yields is Yields.ELASTIC, workload.recovery.grade, key_of(row)


def _component(reading: Reading, row: Placement) -> Component:
    return reading.components[row.workload, row.component][1]


def _key(claim: Yielding) -> RowKey:
    return claim.workload, claim.component, claim.role, claim.pool


def _name(row: Placement) -> str:
    return f"{row.workload}/{row.component} {row.role}"


def _subject(key: RowKey, failure: str) -> str:
    return f"{key[0]}/{key[1]} {key[2]} on {key[3]} after {failure}"
