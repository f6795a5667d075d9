"""Makes Plans: reads the environment, allocates addresses, schedules, and seals the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from cmp.errors import Invalid, Stale
from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.model.when import instant, local
from cmp.ports.bundle import Ports
from cmp.ports.loaded import Loaded
from cmp.scheduler.engine import Limits
from cmp.sentences import Sentence
from cmp.services.planning.assembling import assemble
from cmp.services.planning.cordons import cordons_of
from cmp.services.planning.sources import Sources, inputs_hash, sources_of
from cmp.settings import ENGINE_VERSION


def _never() -> bool:
    return False


def _silent(_event: Event) -> None:
    """Report to nobody."""


def _untold(_attempts: int, _objective: float) -> None:
    """Tell nobody how far the search has come."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a Plan is wanted: for which moment, from which seed, starting from which Plan or from nothing.

    `effort` are attempts to improve what was placed (None: the usual); `stop` is asked while searching, and
    ends it with the best so far; `interrupted` says whether that was by somebody who wants nothing further.
    `seconds` says that `stop` is a clock that runs so long, for whoever has the Plan made elsewhere.
    `told` hears after how many attempts the objective is what.
    `max_moves` servers may move from where they stand, to save something, beside those that have to.
    `now` tells which facts have expired where no moment is asked for; without either the facts count as they
    did in the Plan that it starts from.
    """

    at: datetime | None = None
    seed: int = 0
    previous: str | None = None
    fresh: bool = False
    effort: int | None = None
    stop: Callable[[], bool] = _never
    interrupted: Callable[[], bool] = _never
    now: datetime | None = None
    told: Callable[[int, float], None] = _untold
    max_moves: int = 0
    seconds: float | None = None

    @property
    def moment(self) -> datetime | None:
        """The moment as a Plan writes it down, whatever offset it was asked for in."""
        return instant(self.at) if self.at else None

    @property
    def day(self) -> date | None:
        """The day on which facts have to hold, in Asia/Shanghai."""
        moment = self.at or self.now
        return local(moment).date() if moment else None


def make_plan(ref: EnvironmentRef, ports: Ports, wish: Wish = Wish(), loaded: Loaded | None = None) -> Plan:
    """Place everything an environment declares, or list what cannot be placed in the Plan.

    Starts from the Plan last applied unless the wish says otherwise; where nothing that it depends on has
    changed since, the answer is that very Plan. `loaded` is the environment, where it was read already.

    Raises:
        Invalid: the environment is wrong.
        Stale: the Plan to start from is of another environment.
        NothingFits: its address plan has no room left.
    """
    return _made(*_begun(ref, ports, wish, loaded), wish)


def plan_at_hand(
    ref: EnvironmentRef,
    ports: Ports,
    wish: Wish = Wish(),
    report: Callable[[Event], None] = _silent,
    loaded: Loaded | None = None,
) -> Plan:
    """The Plan that was kept when the environment was last planned, where planning would use the same inputs.

    Otherwise the one that `make_plan` makes. `report` is told where the kept one is taken, and where it
    cannot be read or was changed.

    Raises:
        Invalid: the environment is wrong.
        NothingFits: its address plan has no room left.
    """
    sources, previous = _begun(ref, ports, wish, loaded)
    if previous and _is_current(previous, sources, wish):
        return _found_at(previous, sources)
    name = sources.environment.name
    try:
        kept = ports.plans.latest(name)
    except Invalid as error:
        report(Event("planning-anew", values={"why": str(error)}))
        kept = None
    if kept is None or not _is_at_hand(kept, sources, previous, wish):
        return _made(sources, previous, wish)
    report(Event("taking-kept-plan", kept.hash[:12], {"path": ports.plans.name_of(name)}))
    return _found_at(kept, sources)


def _begun(
    ref: EnvironmentRef, ports: Ports, wish: Wish, loaded: Loaded | None
) -> tuple[Sources, Plan | None]:
    """What a Plan is made from, as it is known on the day of the wish, and the Plan that it starts from."""
    sources = sources_of(ref, ports, loaded)
    environment = sources.loaded.environment
    last = ports.applied.last(environment.name)
    applied = last.plan if last else None
    previous = _previous(environment, applied, wish, ports)
    sources = sources.under(cordons_of(environment, ports, applied))
    return sources.on(wish.day) if wish.day or not previous else sources.as_aged(previous), previous


def _made(sources: Sources, previous: Plan | None, wish: Wish) -> Plan:
    if previous and _is_current(previous, sources, wish):
        return _found_at(previous, sources)
    limits = Limits(wish.effort, wish.stop, wish.told, wish.max_moves)
    return assemble(sources, wish.moment, wish.seed, previous, limits)


def _previous(environment: Environment, applied: Plan | None, wish: Wish, ports: Ports) -> Plan | None:
    if wish.fresh:
        return None
    if wish.previous is not None:
        return _of(environment, ports.plans.named(wish.previous), wish.previous)
    return applied


def _of(environment: Environment, plan: Plan, name: str) -> Plan:
    """The Plan, unless it is of another environment: what stands there says nothing of this one."""
    if plan.environment.name != environment.name:
        raise Stale(
            Sentence(
                "the plan {name} is of {name2}, not of {name3}",
                name=name,
                name2=plan.environment.name,
                name3=environment.name,
            ),
            hint="start from a plan of this environment, or --fresh from nothing",
        )
    return plan


def started_from(plan: Plan, ports: Ports, wish: Wish = Wish()) -> Plan | None:
    """The Plan that a Plan just made started from: the one wished or last applied, which may be itself."""
    last = ports.applied.last(plan.environment.name)
    previous = _previous(plan.environment, last.plan if last else None, wish, ports)
    known = {plan.hash, plan.origin.previous}
    return previous if previous is not None and previous.hash in known else None


def _is_current(plan: Plan, sources: Sources, wish: Wish) -> bool:
    same_wish = (plan.origin.at, plan.origin.seed, plan.origin.engine) == (
        wish.moment,
        wish.seed,
        ENGINE_VERSION,
    )
    same_wish = same_wish and wish.effort in {None, plan.origin.effort} and not wish.max_moves
    return same_wish and inputs_hash(sources, plan.origin) == plan.inputs_hash


def _is_at_hand(plan: Plan, sources: Sources, previous: Plan | None, wish: Wish) -> bool:
    """True where a kept Plan started from where planning would start, and is current.

    Its name alone does not say which environment it is of: others may bear the same; what it was made from
    does. One whose search was stopped may leave out what planning places.
    """
    start = previous.hash if previous else None
    same_start = plan.origin.previous == start
    return same_start and not plan.origin.stopped and _is_current(plan, sources, wish)


def _found_at(plan: Plan, sources: Sources) -> Plan:
    """The same Plan, which says where its environment lies now: the folder may have been moved since."""
    return plan if plan.source == sources.source else plan.model_copy(update={"source": sources.source})
