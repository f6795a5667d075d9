"""Proves from a Plan alone which failures it survives, what moves then, and what falls short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.recovery import PROMISABLE, Failure, FailureKind, Role
from cmp.scheduler import links, quotas, survive
from cmp.scheduler.latency import Situation, breaches
from cmp.scheduler.losses import Loss, loss_of
from cmp.scheduler.packing import extend, packing_order
from cmp.scheduler.proof import FailureProof, Move, Proof
from cmp.scheduler.rows import Row
from cmp.scheduler.snapshot import promised_to
from cmp.scheduler.standing import Standing, standing_of
from cmp.scheduler.survive import Fate
from cmp.scheduler.whatif import prove_host, prove_link


def prove(plan: Plan, failures: Iterable[Failure]) -> Proof:
    """Follow a Plan through each failure by itself.

    Raises:
        Invalid: a failure names something that the Plan's estate does not have.
    """
    standing = standing_of(plan)
    return Proof(failures=tuple(_prove(standing, failure) for failure in failures))


def asked(environment: Environment, text: str) -> tuple[Failure, ...]:
    """The failures that `--lose` names: `all`, `center:bj-a`, or an id alone.

    Raises:
        Invalid: nothing has that name, or several kinds of things have.
    """
    if text == "all":
        return environment.failures
    if ":" in text:
        try:
            failure = Failure.parse(text)
        except ValueError:
            kinds = ", ".join(FailureKind)
            raise Invalid(f"`{text}` names no failure", hint=f"write kind:id, kind one of {kinds}") from None
        loss_of(environment.estate, failure)
        return (failure,)
    return (_named(environment, text),)


def _named(environment: Environment, name: str) -> Failure:
    """The one thing that has this name."""
    found = []
    for kind in FailureKind:
        try:
            loss_of(environment.estate, Failure(kind, name))
        except Invalid:
            continue
        found.append(Failure(kind, name))
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(str(failure) for failure in found)
        raise Invalid(f"`{name}` may be {choices}", hint="write which")
    known = ", ".join(str(failure) for failure in environment.failures)
    raise Invalid(f"nothing that can be lost is called `{name}`", hint=f"known: {known}")


@dataclass(frozen=True, slots=True, eq=False)
class Aftermath:
    """One failure with what it does to each group: its fate, and replicas by row's key."""

    standing: Standing
    loss: Loss
    promised: frozenset[str]
    fates: Mapping[str, Fate]
    counts: Mapping[tuple[str, str, str, str], int]


def _prove(standing: Standing, failure: Failure) -> FailureProof:
    loss = loss_of(standing.environment.estate, failure)
    if failure.kind is FailureKind.HOST:
        return prove_host(standing, failure)
    if failure.kind is FailureKind.LINK:
        return prove_link(standing, failure)
    after = _aftermath(standing, loss)
    shortfall = tuple(sentence for check in CHECKS for sentence in check(after))
    return FailureProof(
        lose=str(failure),
        promised=loss.promised,
        survives=not shortfall,
        moves=tuple(_moves(after)),
        shortfall=shortfall,
        not_promised=_not_promised(after),
    )


def _aftermath(standing: Standing, loss: Loss) -> Aftermath:
    promised = _bound(standing.environment, loss)
    fates, counts = {}, {}
    for name, rows in standing.rows.items():
        fates[name] = survive.fate_of(rows, loss, promised, standing.environment.estate)
        after = survive.counts(rows, loss, fates[name], promised)
        counts.update({row.key: count for row, count in zip(rows, after, strict=True)})
    return Aftermath(standing, loss, promised, fates, counts)


def _bound(environment: Environment, loss: Loss) -> frozenset[str]:
    """The workloads a loss was promised to; a what-if asks it of all that have a side to go to."""
    if loss.failure.kind in PROMISABLE:
        return promised_to(environment, loss)
    return frozenset(
        workload.id
        for workload in environment.workloads
        if any(
            side.role.takes_over and side.role is not Role.PRIMARY
            for side in environment.recovery.grade(workload.recovery.grade).sides
        )
    )


def _moves(after: Aftermath) -> Iterator[Move]:
    """What starts in the center that takes over, group by group."""
    for name, fate in sorted(after.fates.items()):
        if not fate.moved or fate.center is None:
            continue
        total: dict[tuple[str, str], int] = {}
        for row in after.standing.rows[name]:
            if row.workload.id in after.promised and row.role.takes_over and row.center == fate.center:
                key = row.workload.id, row.component.id
                total[key] = total.get(key, 0) + after.counts[row.key]
        for (workload, component), replicas in sorted(total.items()):
            yield Move(
                workload=workload, component=component, source=fate.home, to=fate.center, replicas=replicas
            )


def _not_promised(after: Aftermath) -> tuple[str, ...]:
    """Workloads that lose something running without a promise."""
    return tuple(
        sorted(
            {
                row.workload.id
                for rows in after.standing.rows.values()
                for row in rows
                if row.running and row.role.runs and row.workload.id not in after.promised
                if row.falls_with(after.loss)
            }
        )
    )


def _stranded(after: Aftermath) -> Iterator[str]:
    for name, fate in sorted(after.fates.items()):
        if fate.center is None:
            yield f"{name}: no center has a side of every component on pools that remain"


def _quorums(after: Aftermath) -> Iterator[str]:
    for rows in after.standing.rows.values():
        needed = survive.needed(rows)
        for key, left in survive.alive(rows, after.loss).items():
            if key[0] in after.promised and left < needed[key]:
                yield f"{'/'.join(key)}: {left} members are left, {needed[key]} are needed"


def _rooms(after: Aftermath) -> Iterator[str]:
    """Pools whose hosts cannot carry what has to run there now."""
    for pool, hosts in after.standing.hosts.items():
        if pool in after.loss.pools:
            continue
        rows, room = after.standing.on(pool), after.standing.rooms[pool]
        if hosts is None:
            yield f"{pool}: its hosts are oversold already in normal time"
            continue
        wanted = [after.counts[row.key] for row in rows]
        grow = [row for row, count in zip(rows, wanted, strict=True) if count > row.running]
        if grow and extend(rows, wanted, packing_order(rows, room), room, hosts) is None:
            names = ", ".join(sorted({f"{row.workload.id}/{row.component.id}" for row in grow}))
            yield f"{pool}: its hosts have no room for all of {names}"


def _links(after: Aftermath) -> Iterator[str]:
    estate = after.standing.environment.estate
    total: links.Streams = {}
    for name, rows in after.standing.rows.items():
        found = links.streams(rows, after.loss, after.fates[name], after.promised)
        for pair, kbps in found.items():
            total[pair] = total.get(pair, 0) + kbps
    for pair, kbps in sorted(total.items()):
        usable = links.usable_kbps(estate, pair)
        if kbps > usable:
            between = " and ".join(pair)
            yield f"link between {between}: {kbps / 1000:g} Mbit/s of changes, {usable / 1000:g} usable"


def _quotas(after: Aftermath) -> Iterator[str]:
    rows = [row for each in after.standing.rows.values() for row in each]
    claimed = quotas.claims(rows, [after.counts[row.key] for row in rows])
    policy = after.standing.environment.policy
    return quotas.exceeded(policy.quotas, claimed, after.standing.accelerators)


def _round_trips(after: Aftermath) -> Iterator[str]:
    estate = after.standing.environment.estate
    rows = rows_by_workload(after.standing)
    fates = {
        name: after.fates[group] for group in after.fates for name in after.standing.groups[group].members
    }
    situation = Situation(after.loss, after.promised, fates)
    for bound in after.standing.bounds:
        for breach in breaches(bound, rows, situation, estate):
            yield str(breach)


def rows_by_workload(standing: Standing) -> dict[str, Sequence[Row]]:
    """A Plan's rows by workload."""
    found: dict[str, list[Row]] = {}
    for rows in standing.rows.values():
        for row in rows:
            found.setdefault(row.workload.id, []).append(row)
    return dict(found)


CHECKS = (_stranded, _quorums, _rooms, _links, _quotas, _round_trips)
"""Everything that has to hold after a failure."""
