"""Proves from a Plan alone which failures it survives, what moves then, and what falls short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cmp.errors import Invalid
from cmp.garbage import uncollected
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.proof import FailureProof, Proof
from cmp.model.recovery import Failure, FailureKind, Role
from cmp.scheduler.constraints import links, quotas
from cmp.scheduler.constraints.beside import by_name, other_forms, too_close
from cmp.scheduler.constraints.latency import Situation, breaches, together
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.formats import is_bound
from cmp.scheduler.problem.losses import loss_of
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.survival.aftermath import Aftermath, Scene, aftermath, scene_of
from cmp.scheduler.survival.lacking import (
    Absent,
    Lack,
    LinkFull,
    LosesTooMuch,
    NoRoom,
    Outvoted,
    Stranded,
    TooLate,
)
from cmp.scheduler.survival.reading import StandingRows
from cmp.scheduler.survival.report import MOST, told
from cmp.scheduler.survival.whatif import cut_off, lose_host, prove_host, prove_link
from cmp.sentences import Sentence


@uncollected()
def prove(plan: Plan, failures: Iterable[Failure], *, details: bool = False) -> Proof:
    """Follow a Plan through each failure by itself.

    Args:
        plan: what stands where.
        failures: what is lost, one after the other.
        details: give every list whole; else each is cut after `MOST` entries and only its count is whole.

    Raises:
        Invalid: a failure names something that the Plan's estate does not have.
    """
    scene = scene_of(plan)
    most = None if details else MOST
    return Proof(failures=tuple(_prove(scene, failure, most) for failure in failures))


def lacking(plan: Plan, failure: Failure) -> tuple[Lack, ...]:
    """Everything that falls short after a failure, as values; none where it is survived.

    Raises:
        Invalid: the failure names something that the Plan's estate does not have.
    """
    scene = scene_of(plan)
    loss = loss_of(scene.environment.estate, failure)
    if failure.kind is FailureKind.HOST:
        return lose_host(scene.standing, failure)[1]
    if failure.kind is FailureKind.LINK:
        return tuple(cut_off(scene.standing, failure))
    return _lacking(aftermath(scene, loss))


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
            raise Invalid(
                Sentence("`{text}` names no failure", text=text),
                hint=Sentence("write kind:id, kind one of {kinds}", kinds=kinds),
            ) from None
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
        raise Invalid(Sentence("`{name}` may be {choices}", name=name, choices=choices), hint="write which")
    known = ", ".join(str(failure) for failure in environment.failures)
    raise Invalid(
        Sentence("nothing that can be lost is called `{name}`", name=name),
        hint=Sentence("known: {known}", known=known),
    )


def _prove(scene: Scene, failure: Failure, most: int | None) -> FailureProof:
    loss = loss_of(scene.environment.estate, failure)
    if failure.kind is FailureKind.HOST:
        return prove_host(scene.standing, failure)
    if failure.kind is FailureKind.LINK:
        return prove_link(scene.standing, failure)
    after = aftermath(scene, loss)
    return told(after, _lacking(after), most)


def _lacking(after: Aftermath) -> tuple[Lack, ...]:
    return tuple(lack for check in CHECKS for lack in check(after))


def _absent(after: Aftermath) -> Iterator[Lack]:
    """Who was promised to survive and does not run even before the failure."""
    for name, why in sorted(after.scene.absent.items()):
        if name in after.promised:
            yield Absent(name, why)


def _stranded(after: Aftermath) -> Iterator[Lack]:
    for name, fate in sorted(after.fates.items()):
        if fate.center is None:
            yield Stranded(name)


def _quorums(after: Aftermath) -> Iterator[Lack]:
    estate = after.standing.environment.estate
    for rows in after.standing.rows.values():
        needed = failover.needed(rows)
        for key, left in failover.alive(rows, after.loss).items():
            hear = together(estate, left)
            if key[0] in after.promised and hear < needed[key]:
                yield Outvoted(key, hear, needed[key])


def _rooms(after: Aftermath) -> Iterator[Lack]:
    """Pools whose hosts cannot carry what has to run there now."""
    for pool, hosts in after.standing.hosts.items():
        if pool in after.loss.pools:
            continue
        if hosts is None:
            yield NoRoom(pool)
        elif pool in after.full:
            names = {f"{row.workload.id}/{row.component.id}" for row in after.full[pool]}
            yield NoRoom(pool, tuple(sorted(names)))


def _links(after: Aftermath) -> Iterator[Lack]:
    estate = after.standing.environment.estate
    for pair, kbps in sorted(after.streams.items()):
        usable = links.usable_kbps(estate, pair)
        if kbps > usable:
            yield LinkFull(pair, kbps, usable)


def _quotas(after: Aftermath) -> Iterator[Lack]:
    rows = list(after.rows())
    claimed = quotas.claims(rows, [after.counts[row] for row in rows])
    policy = after.standing.environment.policy
    return quotas.exceeded(policy.quotas, claimed, after.standing.accelerators)


def _round_trips(after: Aftermath) -> Iterator[Lack]:
    estate = after.standing.environment.estate
    rows = rows_by_workload(after.standing)
    fates = {
        name: after.fates[group] for group in after.fates for name in after.standing.groups[group].members
    }
    situation = Situation(after.loss, after.promised, fates)
    for bound in after.standing.bounds:
        yield from breaches(bound, rows, situation, estate)


def _beside(after: Aftermath) -> Iterator[Lack]:
    """Who runs beside whom it keeps apart from, or on another form of data than it was written in."""
    ties = after.scene.ties
    named = {name for tie in ties for name in (tie.one, tie.other)}
    tied = [row for row in after.rows() if (row.workload.id, row.component.id) in named] if ties else []
    runs: dict[Row, bool] = {row: after.counts[row] > 0 for row in tied}
    yield from too_close(ties, by_name(tied), runs.__getitem__, after=True)
    estate = after.standing.environment.estate
    for rows in after.standing.rows.values():
        bound = [row for row in rows if is_bound(row) and (row.role is Role.PRIMARY or after.counts[row])]
        for each in by_name(bound).values():
            yield from other_forms(estate, each)


def _objectives(after: Aftermath) -> Iterator[Lack]:
    """Who is back too late or has lost too much; a what-if promises no time."""
    for back in after.back if after.loss.promised else ():
        if back.late:
            yield TooLate(back)
        if back.loses_too_much:
            yield LosesTooMuch(back)


def rows_by_workload(standing: StandingRows) -> dict[str, Sequence[Row]]:
    """A Plan's rows by workload."""
    found: dict[str, list[Row]] = {}
    for rows in standing.rows.values():
        for row in rows:
            found.setdefault(row.workload.id, []).append(row)
    return dict(found)


CHECKS = (_stranded, _quorums, _rooms, _links, _quotas, _round_trips, _beside, _objectives, _absent)
"""Everything that has to hold after a failure; what stands is spoken of first."""
