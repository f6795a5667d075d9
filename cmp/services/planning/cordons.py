"""Knows what is drained: pools and centers by the Plan last applied, hosts by their drains' journals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cmp.errors import Stale
from cmp.model.cordon import Cordon, DrainKind
from cmp.model.environment import Environment
from cmp.model.journal import Journal, JournalState
from cmp.model.moves import Purpose
from cmp.model.plan import Plan
from cmp.ports.bundle import Ports
from cmp.sentences import Sentence

SOMEBODY = "an operator"


def cordons_of(environment: Environment, ports: Ports, applied: Plan | None) -> tuple[Cordon, ...]:
    """What is drained of an environment, in order of name; nothing of what is not there any more.

    Args:
        environment: as it is declared now.
        ports: what keeps journals.
        applied: the Plan last applied; None: none was.

    Raises:
        Invalid: a journal of the environment cannot be read.
    """
    held = applied.environment.cordons if applied else ()
    whole = [each for each in held if each.kind is not DrainKind.HOST]
    hosts = {each.subject: each for each in _hosts(environment, ports)}
    there = (each for each in (*whole, *hosts.values()) if _is_there(environment, each))
    return tuple(sorted(there, key=lambda each: each.subject))


def refuse_filling(plan: Plan, ports: Ports) -> None:
    """Refuse a Plan that knows nothing of a drain, unless it is the one that ends it.

    Raises:
        Stale: what is drained would fill again; the sentence says what, who drained it and when.
    """
    last = ports.applied.last(plan.environment.name)
    applied = last.plan if last else None
    known = {each.subject for each in plan.environment.cordons}
    missed = [each for each in cordons_of(plan.environment, ports, applied) if each.subject not in known]
    if not missed or (applied is not None and plan.origin.previous == applied.hash):
        return
    raise Stale(
        Sentence(
            "the plan {hash} is stale: {sentence}, and it knows nothing of that",
            hash=plan.hash[:12],
            sentence=missed[0].sentence,
        ),
        hint=Sentence(
            "run `tricenter plan {source}` again, or end the drain with `tricenter "
            "maintain {source} --drain {subject} --back`",
            source=plan.source,
            subject=missed[0].subject,
        ),
    )


def _hosts(environment: Environment, ports: Ports) -> Iterator[Cordon]:
    """The hosts that journals say are drained, or about to be."""
    for journal in ports.journals.all_of(environment.name):
        kind, _, name = journal.subject.partition(":")
        drains = journal.purpose is Purpose.MAINTAIN and kind == DrainKind.HOST
        if drains and journal.state is not JournalState.TAKEN_BACK:
            yield _cordon(journal, *name.split("/"))


def _cordon(journal: Journal, pool: str, host: str) -> Cordon:
    return Cordon(
        kind=DrainKind.HOST,
        id=pool,
        host=int(host),
        since=datetime.fromisoformat(journal.began),
        who=journal.who or SOMEBODY,
        why=journal.why,
    )


def _is_there(environment: Environment, cordon: Cordon) -> bool:
    estate = environment.estate
    known = estate.center if cordon.kind is DrainKind.CENTER else estate.pool
    return cordon.id in known and (not cordon.host or cordon.host <= estate.pool[cordon.id].hosts)
