"""Asks the resolvers of a moving network what its hosts' names lead to, each over each family by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from cmp.model.migration import HostMove, MigrationPlan
from cmp.model.migration_journal import Check
from cmp.network.measurement.naming import Answers, Question, Record, disagreements, lasting
from cmp.probes.names import answers
from cmp.services.migrating.place import Place

KINDS = ("A", "AAAA")
SHORT_TTL = 300
"""Seconds that an answer may be kept while addresses change (RFC 4192 section 2.2.1)."""


def named(plan: MigrationPlan) -> tuple[HostMove, ...]:
    """The hosts of a plan that have names."""
    return tuple(move for move in plan.moves if move.addresses) if plan.names else ()


def told_of(plan: MigrationPlan, place: Place, moves: Iterable[HostMove]) -> Answers:
    """What every resolver tells of these hosts, asked from the station, or from where the hosts are reached.

    Raises:
        TryLater: nobody could be asked.
    """
    return told_at(plan, place, [f"{move.host}.{plan.names.domain}" for move in moves] if plan.names else ())


def told_at(
    plan: MigrationPlan, place: Place, names: Iterable[str], kinds: Collection[str] = KINDS
) -> Answers:
    """What every resolver tells at these names, which are written whole.

    Raises:
        TryLater: nobody could be asked.
    """
    resolvers = plan.names.resolvers if plan.names else ()
    every = sorted({name.lower().rstrip(".") for name in names})
    questions = [
        Question(str(server), name, kind) for server in resolvers for name in every for kind in kinds
    ]
    return answers(questions, place.door if place.station is None else place.station)


def still_old(plan: MigrationPlan, told: Answers, hosts: Collection[str]) -> Iterator[str]:
    """Where a resolver still tells an old address of one of these hosts."""
    olds = {str(each.old) for move in plan.moves if move.host in hosts for each in move.addresses}
    yield from telling(told, olds)


def telling(told: Answers, addresses: Collection[str]) -> Iterator[str]:
    """Where a resolver tells one of these addresses."""
    for question, answer in sorted(told.items()):
        for value in answer.values:
            if value in addresses:
                yield f"{question.over} leads {question.name} to {value}"


def untold(told: Answers, records: Iterable[Record], domain: str) -> Iterator[str]:
    """Where a resolver does not tell one of these records, which are named within the zone."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for record in records:
        wanted.setdefault((whole_name(record.name, domain), record.kind), []).append(record.value)
    for question, answer in sorted(told.items()):
        for value in wanted.get((question.name, question.kind), ()):
            if value not in answer.values:
                yield f"{question.over} does not lead {question.name} to {value}"


def whole_name(name: str, domain: str) -> str:
    """A name of the zone, written whole."""
    return domain if name == "@" else f"{name}.{domain}"


def names_check(plan: MigrationPlan, place: Place, retired: Collection[str] = ()) -> Check:
    """Resolvers tell the same over each family and for a short time only, and no address that was retired.

    Raises:
        TryLater: nobody could be asked.
    """
    told = told_of(plan, place, named(plan))
    wrong = [*disagreements(told), *lasting(told, SHORT_TTL), *still_old(plan, told, retired)]
    resolvers = len({question.server for question in told})
    return Check.found("names", wrong, f"{len(told)} answers agree over {resolvers} resolvers")
