"""Finds rules that nobody needs: those no packet used, and those no packet can reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cmp.network.addresses.space import inside
from cmp.network.filters.terms import ALL_PORTS, Endpoint, Packet, Policy, Term

ENOUGH_SECONDS: Final = 31 * 24 * 3600
"""A month and more: rules for month-end work have been used once by then; yearly work may not have been."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A term proposed for removal, why, and whether it was watched long enough to say so."""

    term: Term
    why: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A term whose packets an earlier one takes; `contradicts` where that one says something else."""

    term: Term
    by: Term
    contradicts: bool


def unused(policy: Policy, counted_seconds: float | None, flows: Iterable[Packet] = ()) -> Iterator[Unused]:
    """Terms that matched nothing in the seconds since counters began, and of which no logged flow made use.

    Terms without a counter are judged by the flows alone, where there are any. None: nobody knows for how
    long it was counted.
    """
    seen = Counter(policy.deciding(flow) for flow in flows)
    for index, term in enumerate(policy.terms):
        counted = term.packets is not None
        if term.packets or seen[index] or not (counted or seen):
            continue
        sure = counted and counted_seconds is not None and counted_seconds >= ENOUGH_SECONDS
        yield Unused(term, _since(counted_seconds) if counted else "no logged flow used it", sure)


def _since(seconds: float | None) -> str:
    if seconds is None:
        return "no packet since counters began, nobody knows when that was"
    days = seconds / 86400
    return f"no packet in {days:.1f} days" + ("" if seconds >= ENOUGH_SECONDS else ", too short to be sure")


def shadowed(policy: Policy) -> Iterator[Shadowed]:
    """Terms that one earlier term covers; those that only several together cover are not found."""
    for index, term in enumerate(policy.terms):
        for earlier in policy.terms[:index]:
            if covers(earlier, term):
                yield Shadowed(term, earlier, earlier.verdict.passes != term.verdict.passes)
                break


def covers(one: Term, other: Term) -> bool:
    """True when every packet of the other is one of its, at any rate."""
    if one.per_second is not None or one.protocol not in {None, other.protocol}:
        return False
    ports = other.ports or ALL_PORTS
    return (
        _holds(one.source, other.source)
        and _holds(one.target, other.target)
        and (not one.ports or all(any(mine.covers(each) for mine in one.ports) for each in ports))
        and (not one.messages or (bool(other.messages) and _all_messages(one, other)))
    )


def _all_messages(one: Term, other: Term) -> bool:
    return all(any(mine.covers(each) for mine in one.messages) for each in other.messages)


def _holds(one: Endpoint, other: Endpoint) -> bool:
    return all(any(inside(each, mine) for mine in one.prefixes) for each in other.prefixes)
