"""The commands that give reasons: explain why a component runs where it does, prove what is survived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import EnvironmentNamed
from cli.session import Session, leave, session_of, tell_cordons
from cmp.errors import Refused

if TYPE_CHECKING:
    from cmp.model.explanation import ConstraintView, Explanation, PoolView
    from cmp.model.proof import FailureProof, Proof
    from cmp.model.suggestion import Search, Suggestion
    from cmp.services.planning.proofs import Proved

ALL = "all"
REFUSES = "refused"
NAMED = 5
"""So many names stand in one line; JSON has all of them."""

Part = tuple[str, tuple[str, ...], Sequence[tuple[object, ...]]]
"""A table of a failure's batch: the word for its title, its columns, its rows."""


def explain(
    context: typer.Context,
    env: EnvironmentNamed,
    workload: Annotated[str, typer.Argument(help="The workload's id.")],
    component: Annotated[str | None, typer.Option("--component", help="Only this component.")] = None,
    pool: Annotated[str | None, typer.Option("--pool", help="Only this pool.")] = None,
    changes: Annotated[
        bool, typer.Option("--changes/--no-changes", help="Search what would make it fit.")
    ] = True,
    every: Annotated[bool, typer.Option("--all", help="A line for each pool that refuses.")] = False,
    details: Annotated[
        bool, typer.Option("--details", help="Also what only follows from another refusal.")
    ] = False,
) -> None:
    """Tell for every pool each constraint, and what would help where something is refused."""
    from cmp.services.planning import describing  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    question = describing.Question(workload, component, pool)
    found = session.ask(describing.explain, env, question, changes=changes)
    if pool is not None:
        tell_constraints(session, found.explanation.pools)
    else:
        tell_views(session, found.explanation.pools, folded=not (every or details), details=details)
    tell_costs(session, found.explanation)
    for sentence in found.sentences:
        session.line(session.spoken(sentence))
    tell_changes(session, found.explanation.changes, found.explanation.search)
    session.answer(found)


def tell_constraints(session: Session, views: Sequence[PoolView]) -> None:
    """Show each constraint of pools with its values, and their scores part by part."""
    columns = ("component", "role", "pool", "verdict", "constraint", "required", "observed", "check")
    rows = [
        (
            *_standpoint(session, v),
            session.term("constraint", c.name),
            session.spoken(c.required),
            session.spoken(c.observed),
            session.check(c.ok),
        )
        for v in views
        for c in v.constraints
    ]
    session.table(columns, rows)
    parts = [
        (v.component, session.term("role", v.role), v.pool, session.term("part", name), f"{value:+g}")
        for v in views
        for name, value in v.score.items()
    ]
    if parts:
        session.table(("component", "role", "pool", "part", "score"), parts)


def tell_views(session: Session, views: Sequence[PoolView], *, folded: bool, details: bool = False) -> None:
    """Show pool by pool what was refused and why; `folded`, pools that refuse for one reason in one line.

    What only follows from another refusal is shown with `details`.
    """
    open_to = [view for view in views if not folded or view.verdict != REFUSES]
    rows: list[tuple[str, ...]] = [
        (
            *_standpoint(session, v),
            f"{v.score['total']:+g}" if v.score else "",
            "; ".join(_spoken(session, c) for c in v.constraints if not c.ok and (details or not c.follows)),
        )
        for v in open_to
    ]
    rows += _folded(views, session) if folded else []
    session.table(("component", "role", "pool", "verdict", "score", "refused_by"), rows)
    told = (
        c.message
        for v in views
        for c in v.constraints
        if c.name == "hosts" and not c.ok and (details or not c.follows)
    )
    for sentence in dict.fromkeys(told):
        session.line(session.spoken(sentence))


def _folded(views: Sequence[PoolView], session: Session) -> list[tuple[str, ...]]:
    """A line for each reason of each side: how many pools refuse for it, and what the nearest of them has."""
    groups: dict[tuple[str, str, str], list[tuple[str, ConstraintView]]] = {}
    for view in views:
        if view.verdict == REFUSES:
            cause = next(c for c in view.constraints if not c.ok and not c.follows)
            groups.setdefault((view.component, view.role, cause.reason), []).append((view.pool, cause))
    rows: list[tuple[str, ...]] = []
    for (component, role, _), refused in sorted(
        groups.items(), key=lambda each: (each[0][:2], -len(each[1]))
    ):
        pool, nearest = max(refused, key=lambda each: -1e9 if each[1].margin is None else each[1].margin)
        alike = len({(cause.required, cause.observed) for _, cause in refused}) == 1
        said = _spoken(session, nearest) + ("" if alike else session.word("nearest_has", pool=pool))
        names = pool if len(refused) == 1 else session.word("pools_refuse", count=len(refused))
        verdict = session.term("verdict", REFUSES)
        rows.append((component, session.term("role", role), names, verdict, "", said))
    return rows


def tell_costs(session: Session, found: Explanation) -> None:
    """Show which parts of the objective a workload causes, and what the cheapest other places cost."""
    if any(found.causes.values()):
        parts = ", ".join(
            f"{session.term('part', name)} {value:g}"
            for name, value in found.causes.items()
            if value and name != "total"
        )
        total = f"{found.causes['total']:g}"
        session.line(session.word("it_causes", workload=found.workload, total=total, parts=parts))
    for side in found.sides:
        other = side.cheapest
        if side.stands and other is not None:
            name = f"{found.workload}/{side.component} {session.term('role', side.role)}"
            parts = ", ".join(
                f"{session.term('part', part)} {value:+g}"
                for part, value in other.costs.items()
                if value and part != "total"
            )
            costs = f"{other.costs['total']:+g}"
            session.line(session.word("cheapest_other", side=name, pool=other.pool, costs=costs, parts=parts))


def tell_changes(session: Session, changes: Sequence[Suggestion], search: Search | None) -> None:
    """Show what would help, the least effort first, or that nothing that was tried does."""
    if search is None:
        return
    if changes:
        session.line(session.word("would_help", tried=search.tried))
        rows = [
            (
                number,
                session.word(f"kind_{change.kind}") if "+" not in change.kind else change.kind,
                session.spoken(change.change),
                change.target,
            )
            for number, change in enumerate(changes, start=1)
        ]
        session.table(("number", "kind", "change", "target"), rows)
    elif not search.tried:
        session.line(session.word("nothing_to_change"))
    else:
        session.line(session.word("none_helps" if search.complete else "none_found", tried=search.tried))


def _standpoint(session: Session, view: PoolView) -> tuple[str, str, str, str]:
    """Which side it is about, and what the pool is to it."""
    return (
        view.component,
        session.term("role", view.role),
        view.pool,
        session.term("verdict", view.verdict),
    )


def _spoken(session: Session, constraint: ConstraintView) -> str:
    name, wanted = session.term("constraint", constraint.name), session.spoken(constraint.required)
    if not constraint.observed:
        return session.word("wanted_has_none", name=name, required=wanted)
    return session.word(
        "wanted_has", name=name, required=wanted, observed=session.spoken(constraint.observed)
    )


def prove(
    context: typer.Context,
    env: EnvironmentNamed,
    plan: Annotated[str | None, typer.Option("--plan", help="Prove this Plan instead of a new one.")] = None,
    lose: Annotated[
        str,
        typer.Option(
            "--lose", help="center:X, location:X, cloud:X, host:, link:, chip:, vendor:, an id, or all."
        ),
    ] = ALL,
    details: Annotated[
        bool, typer.Option("--details", help="Every list whole, and the order of takeovers, for all losses.")
    ] = False,
    additions: Annotated[
        bool, typer.Option("--additions/--no-additions", help="Search what closes a shortfall.")
    ] = True,
) -> None:
    """Prove what the loss of something does; exit code 3 where a promise breaks."""
    from cmp.services.planning import proofs  # noqa: PLC0415

    session = session_of(context)
    wish = proofs.ProofWish(plan, lose, details, additions)
    found = session.ask(proofs.prove, env, wish)
    tell_cordons(session, found.environment)
    tell_proof(session, found.proof)
    if additions:
        tell_closings(session, found)
    for failure in found.proof.failures if wish.is_whole else ():
        tell_batch(session, failure)
    session.answer(found)
    if found.proof.broken:
        leave(Refused)


def tell_proof(session: Session, proof: Proof) -> None:
    """Show for each failure what moves, what gives way, when the last one is back, and what falls short."""
    rows = [
        (
            failure.lose,
            session.word(_verdict(failure)),
            failure.counts.workloads_moved,
            failure.counts.yields,
            spoken_time(session, failure.takeover_seconds),
            failure.counts.unprotected,
            "; ".join(map(session.spoken, failure.shortfall)),
        )
        for failure in proof.failures
    ]
    columns = ("failure", "survives", "moves", "gives_way", "all_back", "unprotected", "shortfall")
    session.table(columns, rows, title=session.word("survival"))
    if proof.broken:
        session.line(session.word("not_survived", count=len(proof.broken)))
    elif proof.kept:
        session.line(session.word("survived", count=len(proof.kept)))
    else:
        session.line(session.word("nothing_promised"))
    for failure in proof.failures:
        if failure.asks_nothing and failure.not_promised:
            lost = _some(failure.not_promised, failure.counts.not_promised)
            session.line(session.word("lost_without_promise", lose=failure.lose, lost=lost))


def _verdict(failure: FailureProof) -> str:
    """The word for how a failure ends; losing what nobody promised to keep is no survival."""
    if not failure.survives:
        return "no"
    return "not_promised" if failure.asks_nothing and failure.counts.not_promised else "yes"


def _some(names: Sequence[str], count: int) -> str:
    """The first names, and how many more there are."""
    more = f" +{count - NAMED}" if count > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def tell_closings(session: Session, found: Proved) -> None:
    """Show for each failure that is not survived what would close its shortfall."""
    for failure in found.proof.failures:
        closing = failure.closing
        if closing is None:
            if not failure.stands:
                session.line(session.word("not_closed", lose=failure.lose))
            continue
        needs = bool(closing.additions or closing.changes)
        key = "closed" if not closing.replanned else "closed_anew" if needs else "closed_by_plan"
        session.line(session.word(key, lose=failure.lose, tried=closing.tried))
        for addition in closing.additions:
            session.line(f"  {session.spoken(found.added(addition))}")
        for change in closing.changes:
            session.line(f"  {session.spoken(change.change)}")
        if closing.beyond:
            session.line(session.word("beyond", count=len(closing.beyond)))
        for sentence in closing.beyond:
            session.line(f"  {session.spoken(sentence)}")


def tell_batch(session: Session, failure: FailureProof) -> None:
    """Show one failure's order of takeovers, then who gives way, links, and what has to be rebuilt."""
    for title, columns, rows in (
        _order(session, failure),
        _yields(session, failure),
        _links(failure),
        _rebuilds(session, failure),
    ):
        if rows:
            session.table(columns, rows, title=session.word(title, lose=failure.lose))
    for note in failure.notes:
        session.line(session.spoken(note))


def _order(session: Session, failure: FailureProof) -> Part:
    columns = ("rank", "workload", "center", "back_after", "rto", "lost_changes", "check", "waits_for")
    rows = [
        (
            each.rank,
            each.workload,
            each.center,
            spoken_time(session, each.seconds),
            spoken_time(session, each.rto_seconds),
            spoken_time(session, each.recovery_point_seconds),
            session.check(each.ok),
            ", ".join(each.waits_for),
        )
        for each in failure.order
    ]
    return "order_of_takeover", columns, rows


def _yields(session: Session, failure: FailureProof) -> Part:
    columns = ("workload", "component", "role", "pool", "replicas", "left")
    rows = [
        (
            each.workload,
            each.component,
            session.term("role", each.role),
            each.pool,
            each.before,
            each.replicas,
        )
        for each in failure.yields
    ]
    return "who_gives_way", columns, rows


def _links(failure: FailureProof) -> Part:
    rows = [(" – ".join(each.between), f"{each.mbps:g}", f"{each.usable_mbps:g}") for each in failure.links]
    return "replication", ("link", "mbps", "usable"), rows


def _rebuilds(session: Session, failure: FailureProof) -> Part:
    columns = ("workload", "component", "role", "pool", "replicas", "other_pools")
    rows = [
        (
            each.workload,
            each.component,
            session.term("role", each.role),
            each.pool,
            each.replicas,
            ", ".join(each.pools),
        )
        for each in failure.rebuild
    ]
    return "to_rebuild", columns, rows


def spoken_time(session: Session, seconds: int | None) -> str:
    """Seconds as people read them, in their language; a dash where none are known."""
    if seconds is None:
        return "–"
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "lasting_hours"), (minutes, "lasting_minutes"), (left, "lasting_seconds"))
    return " ".join(session.word(unit, number=number) for number, unit in parts if number) or "0"
