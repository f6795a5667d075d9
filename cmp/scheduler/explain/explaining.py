"""Explains for every pool why a side stands there, could stand there, or could not, in a given Plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.model.explanation import ConstraintView, Explanation, FactView, PoolView, SideSummary, Standpoint
from cmp.model.plan import Placement
from cmp.model.recovery import Role, Side
from cmp.model.workload import Component, Workload
from cmp.scheduler.constraints.profiles import judge
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from cmp.scheduler.explain.causing import caused, cheapest
from cmp.scheduler.explain.conditions import dynamic
from cmp.scheduler.explain.folding import causes
from cmp.scheduler.explain.scoring import Prices, score
from cmp.scheduler.explain.setting import Setting
from cmp.scheduler.explain.sources import facts, scored
from cmp.scheduler.explain.state import rebuilt
from cmp.scheduler.explain.wording import Sides, sentence
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.snapshot import snapshot_of
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained: a workload, and where given one component and one pool of it."""

    workload: str
    component: str | None = None
    pool: str | None = None


def explain(
    environment: Environment,
    placements: Iterable[Placement],
    question: Question,
    at: datetime | None = None,
) -> Explanation:
    """Judge every pool for every side of what is asked about; the rest stands as the placements say.

    Raises:
        Invalid: there is no such workload, component or pool.
    """
    workload, components = _named(environment, question)
    rows = tuple(placements)
    state = rebuilt(snapshot_of(environment, at), rows)
    prices = Prices.of(state, rows)
    seats = [seat for name, seat in state.snapshot.seats.items() if question.pool in {None, name}]
    views: list[PoolView] = []
    summary: list[SideSummary] = []
    standing: list[Row] = []
    for component in components:
        for side in _sides(workload, component, environment):
            setting = Setting.of(workload, component, side, state)
            standing += setting.rows
            found = [_view(setting, seat, prices) for seat in seats]
            views += found
            summary.append(_summary(setting, found))
    return Explanation(
        workload=workload.id,
        pools=tuple(views),
        sides=tuple(summary),
        summary=tuple(told(workload.id, each) for each in summary),
        causes=caused(standing, prices),
    )


def _named(environment: Environment, question: Question) -> tuple[Workload, Sequence[Component]]:
    workload = environment.workload.get(question.workload)
    if workload is None:
        raise Invalid(
            Sentence("there is no workload `{workload}`", workload=question.workload),
            hint=Sentence("known: {names}", names=", ".join(sorted(environment.workload))),
        )
    if question.pool is not None and question.pool not in environment.estate.pool:
        raise Invalid(
            Sentence("there is no pool `{pool}`", pool=question.pool),
            hint=Sentence("known: {names}", names=", ".join(sorted(environment.estate.pool))),
        )
    if question.component is None:
        return workload, workload.components
    component = workload.component.get(question.component)
    if component is None:
        raise Invalid(
            Sentence("{id} has no component `{component}`", id=workload.id, component=question.component),
            hint=Sentence("known: {names}", names=", ".join(sorted(workload.component))),
        )
    return workload, (component,)


def _sides(workload: Workload, component: Component, environment: Environment) -> Iterator[Side | None]:
    """The sides a component has by its grade; None stands for the members of a quorum."""
    if component.quorum is not None:
        yield None
        return
    for side in environment.recovery.grade(workload.recovery.grade).sides:
        if side.role is not Role.BACKUP or component.data.gib:
            yield side


def _view(setting: Setting, seat: Seat, prices: Prices) -> PoolView:
    """One pool; of several ways the one that breaks the fewest constraints speaks."""
    state = prices.state
    estate = state.snapshot.environment.estate
    ways = setting.component.ways[:1] if setting.role is Role.BACKUP else setting.component.ways
    judged = []
    for rank, way in enumerate(ways):
        ask = Ask.of(setting.workload, setting.component, way, setting.role, estate)
        verdicts = (*judge(ask, seat), *dynamic(setting, ask, seat, state))
        judged.append((sum(not verdict.ok for verdict in verdicts), rank, way.id, verdicts))
    broken, rank, variant, verdicts = min(judged, key=lambda each: each[:2])
    follows = causes(verdicts)
    here = any(row.pool == seat.pool.id for row in setting.rows)
    ask = Ask.of(setting.workload, setting.component, ways[rank], setting.role, estate)
    return PoolView(
        workload=setting.workload.id,
        component=setting.component.id,
        role=setting.role,
        pool=seat.pool.id,
        variant=variant or None,
        verdict=Standpoint.CHOSEN if here else Standpoint.REFUSED if broken else Standpoint.FITS,
        constraints=tuple(
            _constraint(
                verdict,
                follows.get(verdict.name, ""),
                facts(verdict.name, setting.home, ask, seat, state),
            )
            for verdict in verdicts
        ),
        score={} if broken else score(setting, ask, seat, prices),
        score_facts=() if broken else scored(seat, state),
    )


def _constraint(verdict: Verdict, follows: str, behind: tuple[FactView, ...]) -> ConstraintView:
    return ConstraintView(
        name=verdict.name,
        required=verdict.required,
        observed=verdict.observed,
        margin=verdict.margin,
        ok=verdict.ok,
        reason=verdict.reason,
        message=verdict.sentence,
        follows=follows,
        facts=behind,
    )


def _summary(setting: Setting, views: Sequence[PoolView]) -> SideSummary:
    refused = (view for view in views if view.verdict is Standpoint.REFUSED)
    reasons = Counter(next(each.reason for each in view.constraints if not each.ok) for view in refused)
    return SideSummary(
        component=setting.component.id,
        role=setting.role,
        stands=tuple(view.pool for view in views if view.verdict is Standpoint.CHOSEN),
        fitting=sum(view.verdict is not Standpoint.REFUSED for view in views),
        pools=len(views),
        histogram=dict(sorted(reasons.items())),
        cheapest=cheapest(views),
    )


def told(workload: str, side: SideSummary) -> Sentence:
    """A side in short, as a sentence."""
    name = f"{workload}/{side.component}"
    return sentence(Sides(name, side.role, side.stands, side.fitting, side.pools), side.histogram)
