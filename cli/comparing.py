"""The command that compares two Plans, and the lines with which `plan` says what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import PlanNamed
from cli.describe import spoken_time
from cli.session import Session, leave, session_of
from cmp.errors import Differs

if TYPE_CHECKING:
    from cmp.model.plan_difference import (
        Figure,
        RowChanges,
        RowMoved,
        RowResized,
        RowThere,
        Said,
        Survival,
        TakenOver,
    )
    from cmp.services.planning.comparing import Compared
    from cmp.services.planning.since import SinceApplied

NAMED = 3
"""So many rows of a kind are named by `plan`; `diff` and JSON name all."""
TAKEOVERS = 20
"""So many takeovers are shown, those first whose objective is missed in one of the Plans."""
SIDES = ("before", "after")

AfterNamed = Annotated[str, typer.Argument(metavar="PLAN", help="The Plan to compare it with.")]


def diff(
    context: typer.Context,
    before: PlanNamed,
    after: AfterNamed,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 where they differ.")] = False,
) -> None:
    """Compare two Plans: rows, objective, promises, drains; changes nothing."""
    from cmp.services.planning import comparing  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = comparing.compare(session.means, before, after)
    _tell_names(session, found)
    if found.differs:
        _tell_rows(session, found.rows)
        _tell_objective(session, found)
        _tell_promises(session, found)
        _tell_entering(session, found)
    else:
        session.line(session.word("diff_same"))
    session.answer(found)
    if check and found.differs:
        leave(Differs)


def tell_since(session: Session, since: SinceApplied) -> None:
    """Say in a few lines what a Plan changes against what is applied."""
    rows, part = since.rows, "" if since.complete else session.word("in_part")
    known = {"hash": since.applied[:12], "part": part}
    if not rows.any:
        session.line(session.word("since_same", **known))
        return
    kinds: dict[str, Sequence[RowThere | RowMoved | RowResized]] = {
        "new": rows.new,
        "moved": rows.moved,
        "gone": rows.gone,
        "resized": rows.resized,
    }
    session.line(session.word("since", **known, **{kind: len(each) for kind, each in kinds.items()}))
    for kind, each in kinds.items():
        told = [f"{row.side} {_where(session, row)}" for row in each[:NAMED]]
        more = len(each) - NAMED
        told += [session.word("and_more", count=more)] if more > 0 else []
        if told:
            session.line(f"  {session.word(f'row_{kind}')}: {', '.join(told)}")


def _where(session: Session, row: RowThere | RowMoved | RowResized) -> str:
    """Where a row stands, and what differs of it in short."""
    source = getattr(row, "source", None)
    place = f"{source} → {getattr(row, 'to', '')}" if source else getattr(row, "pool", "")
    place = place or session.word("whole_side")
    figures = getattr(row, "figures", ())
    return f"{place} ({_spoken(session, figures)})" if figures and not source else place


def _tell_names(session: Session, found: Compared) -> None:
    one, other = found.before, found.after
    names = {"one": one.environment.name, "other": other.environment.name}
    session.line(session.word("diff_plans", before=one.hash[:12], after=other.hash[:12], **names))
    if not found.same_environment:
        session.line(session.word("diff_environments"))


def _tell_rows(session: Session, rows: RowChanges) -> None:
    if not rows.any:
        session.line(session.word("diff_rows_same"))
        return
    columns = ("changed", "workload", "component", "role", "from", "to", "replicas", "figures")
    session.table(columns, tuple(_rows(session, rows)), title=session.word("diff_rows"))


def _rows(session: Session, rows: RowChanges) -> Iterator[tuple[object, ...]]:
    word = {kind: session.word(f"row_{kind}") for kind in ("new", "moved", "gone", "resized")}
    for row in rows.new:
        yield word["new"], row.workload, row.component, row.role.value, "", row.pool, row.replicas, ""
    for leg in rows.moved:
        names = leg.workload, leg.component, leg.role.value
        yield word["moved"], *names, leg.source, leg.to, leg.replicas, _spoken(session, leg.figures)
    for row in rows.gone:
        yield word["gone"], row.workload, row.component, row.role.value, row.pool, "", row.replicas, ""
    for each in rows.resized:
        names = each.workload, each.component, each.role.value
        place = each.pool or session.word("whole_side")
        yield word["resized"], *names, place, place, "", _spoken(session, each.figures)


def _spoken(session: Session, figures: Iterable[Figure]) -> str:
    told = (each for figure in figures for each in _told(figure.name, figure.before, figure.after))
    return ", ".join(f"{session.word(f'figure_{name}')} {then} → {now}" for name, then, now in told)


def _told(name: str, before: Said, after: Said) -> Iterator[tuple[str, str, str]]:
    """A figure with both of its values; of a size only what differs."""
    if isinstance(before, str | int | None) or isinstance(after, str | int | None):
        yield name, "–" if before is None else str(before), "–" if after is None else str(after)
        return
    for part in type(before).model_fields:
        then, now = getattr(before, part), getattr(after, part)
        if then != now:
            yield part, _amount(part, then), _amount(part, now)


def _amount(name: str, value: int | Mapping[str, int]) -> str:
    """So much of a resource: vCPUs in whole ones, cards by kind."""
    if isinstance(value, int):
        return f"{value / 1000:g}" if name.endswith("_milli") else str(value)
    return "+".join(f"{count} {kind}" for kind, count in value.items()) or "0"


def _tell_objective(session: Session, found: Compared) -> None:
    rows = [
        (
            part.name,
            "–" if part.before is None else f"{part.before:,.1f}",
            "–" if part.after is None else f"{part.after:,.1f}",
            f"{part.difference:+,.1f}",
        )
        for part in found.objective
    ]
    session.table(("part", *SIDES, "difference"), rows, title=session.word("diff_objective"))


def _tell_promises(session: Session, found: Compared) -> None:
    if not found.promises and not found.takeovers:
        session.line(session.word("diff_promises_same"))
        return
    if found.promises:
        rows = [(p.lose, _end(session, p.before), _end(session, p.after)) for p in found.promises]
        session.table(("failure", *SIDES), rows, title=session.word("diff_promises"))
    if found.takeovers:
        first = sorted(found.takeovers, key=lambda each: not each.breaks)[:TAKEOVERS]
        back = [(t.lose, t.workload, _back(session, t.before), _back(session, t.after)) for t in first]
        session.table(("failure", "workload", *SIDES), back, title=session.word("diff_takeovers"))
        if len(found.takeovers) > TAKEOVERS:
            session.line(session.word("diff_more_takeovers", count=len(found.takeovers) - TAKEOVERS))


def _end(session: Session, survival: Survival | None) -> str:
    """How a failure ends: whether it is survived, who was promised that, when all are back, what is short."""
    if survival is None:
        return session.word("no_such_loss")
    kind = "survives_yes" if survival.survives else "survives_no"
    if survival.survives and not survival.promised:
        kind = "not_promised"
    counts = session.word("promised_of", promised=survival.promised, lost=survival.not_promised)
    told = [session.word(kind), counts, spoken_time(session, survival.takeover_seconds), *survival.shortfall]
    return "; ".join(told)


def _back(session: Session, taken: TakenOver | None) -> str:
    """When and where a workload is back, and whether that is in time."""
    if taken is None:
        return session.word("not_taken_over")
    return f"{spoken_time(session, taken.seconds)}, {taken.center} {session.check(taken.ok)}"


def _tell_entering(session: Session, found: Compared) -> None:
    named = {"drains": found.drains, "moves_first": found.moves_first, "unplaced": found.unplaced}
    for name, entering in named.items():
        for side, told in ((SIDES[0], entering.before), (SIDES[1], entering.after)):
            if told:
                session.line(session.word(f"diff_{name}_{side}", what="; ".join(told)))
    session.line(session.word("diff_parts", parts=", ".join(found.parts)))
