"""Settles what stands after a loss: who gives way, who stops, what is made whole, what is promised still."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cmp.errors import Refused
from cmp.model.environment import Environment
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Failure, Role
from cmp.scheduler import engine
from cmp.scheduler.engine import Held, Prepared
from cmp.scheduler.horizon.losing import TAKING, Left, Side, fits_around, left_after, replaceable
from cmp.scheduler.horizon.packed_after import standing_before
from cmp.scheduler.horizon.promising import Asked, Kinds, graded, kinds_of, stranded
from cmp.scheduler.horizon.shedding import Candidate, candidates, conceded
from cmp.scheduler.problem.groups import Group, groups_of
from cmp.scheduler.problem.losses import Loss, loss_of
from cmp.scheduler.problem.rows import with_running
from cmp.scheduler.snapshot import promised_to

ORDER = (*TAKING, Role.BACKUP)
"""In which order a group's sides are made whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The Plan before, what is lost together, and the environment with that drained."""

    before: Plan
    failures: tuple[Failure, ...]
    loss: Loss
    environment: Environment

    @property
    def at(self) -> datetime | None:
        """The moment that the Plan holds for."""
        return self.before.origin.at

    @property
    def promised(self) -> frozenset[str]:
        """The workloads whose grade promises to survive each of the failures by itself."""
        estate = self.environment.estate
        each = [promised_to(self.environment, loss_of(estate, failure)) for failure in self.failures]
        return frozenset.intersection(*each)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was decided so far.

    `down` are workloads that are not taken over for want of room, `given` components that give way, `spent`
    kinds of loss that workloads survive no more, `anew` the rows of sides that were made whole.
    """

    down: frozenset[str] = frozenset()
    given: tuple[Candidate, ...] = ()
    spent: Mapping[str, Kinds] = field(default_factory=dict)
    anew: Mapping[Side, tuple[Placement, ...]] = field(default_factory=dict)

    def without(self, workloads: Collection[str]) -> Terms:
        """The same without what was made whole of some workloads."""
        return replace(
            self, anew={side: rows for side, rows in self.anew.items() if side[0] not in workloads}
        )

    def spending(self, environment: Environment, workloads: Collection[str]) -> Terms:
        """The same where some workloads are promised nothing more."""
        return replace(
            self, spent={**self.spent, **{name: kinds_of(environment, name) for name in workloads}}
        )


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What terms lead to: the environment that it is judged in, and what is left in it."""

    environment: Environment
    left: Left

    @property
    def groups(self) -> Mapping[str, Group]:
        """Its groups by name."""
        return {group.name: group for group in groups_of(self.environment)}


def standing(scene: Scene, terms: Terms) -> Standing:
    """What stands once some give way, some are not taken over, and some sides were made whole."""
    environment = conceded(scene.environment, terms.given)
    rows = _shrunk(environment, scene.before.placements, terms.given)
    return Standing(environment, left_after(environment, rows, scene.loss, terms.down).healed(terms.anew))


def _shrunk(
    environment: Environment, placements: Iterable[Placement], given: Collection[Candidate]
) -> tuple[Placement, ...]:
    """Rows of who gives way, each side down to what it keeps, rows of smaller pools first."""
    keeps = {each.name: each.keeps for each in given}
    sides: dict[Side, list[Placement]] = {}
    for row in placements:
        if keeps.get((row.workload, row.component)) != 0:
            sides.setdefault((row.workload, row.component, row.role), []).append(row)
    found: list[Placement] = []
    for (workload, component, role), rows in sides.items():
        left = keeps.get((workload, component))
        if left is None or role is Role.BACKUP:
            found += rows
            continue
        part = environment.workload[workload].component[component]
        found += with_running(part, role, _less(rows, left))
    return tuple(found)


def _less(rows: Iterable[Placement], left: int) -> list[Placement]:
    found = []
    for row in sorted(rows, key=lambda row: row.pool):
        takes = min(left, row.replicas_on_takeover)
        left -= takes
        if takes:
            found.append(row.model_copy(update={"replicas_on_takeover": takes}))
    return found


def begun(scene: Scene, there: Standing, environment: Environment) -> Prepared:
    """An empty board, and what is to stand on it."""
    left = there.left
    plan = standing_before(scene.before, scene.failures, left)
    return engine.standing_as(environment, scene.at, plan, left.gone, left.fewer)


def held(scene: Scene, there: Standing, asked: Mapping[str, Asked], anew: Collection[Side] = ()) -> Held:
    """Everything that is left on a board, in order, with these sides and promises.

    Who is promised nothing comes first: that stands there whatever else is promised. Who only stands anew and
    is promised nothing comes last.
    """
    start = begun(scene, there, graded(there.environment, asked))
    new = {workload for workload, _, _ in anew}

    def tier(name: str) -> int:
        members = there.groups[name].members
        if any(asked[each].kinds for each in members if each in asked):
            return 1
        return 2 if new & set(members) else 0

    return engine.held(start, sorted(in_order(scene, there), key=tier))


def in_order(scene: Scene, there: Standing) -> tuple[str, ...]:
    """Groups: what stays, then what was promised to be taken over, then the rest; high grades first."""

    def place(group: Group) -> tuple[bool, bool, int, str]:
        moved = bool(there.left.moved & set(group.members))
        grade = max(workload.recovery.grade for workload in group.workloads)
        return moved, moved and not scene.promised & set(group.members), -grade, group.name

    return tuple(group.name for group in sorted(there.groups.values(), key=place))


def bare(there: Standing) -> dict[str, Asked]:
    """The sides that each workload has, and no promise."""
    return {name: Asked(_roles(there, name), frozenset()) for name in _left(there)}


def whole(there: Standing, terms: Terms) -> dict[str, Asked]:
    """The sides that each workload has, and all that it can still be promised."""
    spent = spent_of(there, terms)
    return {
        name: Asked(_roles(there, name), kinds_of(there.environment, name) - spent[name])
        for name in _left(there)
    }


def _left(there: Standing) -> tuple[str, ...]:
    """The workloads of groups of which anything is left: of the others nothing is asked."""
    standing = {workload for workload, _, _ in there.left.rows}
    groups = (group for group in there.groups.values() if standing & set(group.members))
    return tuple(name for group in groups for name in group.members)


def spent_of(there: Standing, terms: Terms) -> Mapping[str, Kinds]:
    """The kinds of loss that each workload survives no more, for want of sides or by the terms."""
    found = {
        workload.id: terms.spent.get(workload.id, frozenset()) for workload in there.environment.workloads
    }
    for name, kind in stranded(there.environment, there.left.placements, there.left.stopped):
        found[name] |= {kind}
    return found


def _roles(there: Standing, workload: str) -> frozenset[Role]:
    return frozenset(role for name, _, role in there.left.rows if name == workload)


def fitting(scene: Scene) -> Terms:
    """Terms under which all finds room in normal time.

    Raises:
        Refused: something that is promised, or was never hit, finds none.
    """
    terms = Terms()
    order = list(candidates(scene.environment, scene.at))
    while True:
        there = standing(scene, terms)
        refused = held(scene, there, bare(there)).refused
        if not refused:
            return terms
        moved = [name for name in refused if there.left.moved & set(there.groups[name].members)]
        optional = [name for name in moved if not scene.promised & set(there.groups[name].members)]
        if optional:
            terms = replace(terms, down=terms.down | set(there.groups[optional[-1]].members))
        elif order:
            terms = replace(terms, given=(*terms.given, order.pop(0)))
        elif moved and len(scene.failures) > 1:
            terms = replace(terms, down=terms.down | set(there.groups[moved[-1]].members))
        else:
            lost = ", ".join(map(str, scene.failures))
            raise Refused(
                f"after {lost} there is no room for {refused[0]} on the hosts that are left",
                hint="add hosts, or drain less",
            )


def completed(scene: Scene, terms: Terms) -> Terms:
    """The same with every broken side made whole that finds room beside all that stands."""
    there = standing(scene, terms)
    wanted = _wanted(there, terms)
    if not wanted:
        return terms
    asked = bare(there)
    for sides in wanted.values():
        for workload, _, role in sides:
            known = asked.get(workload, Asked(frozenset(), frozenset()))
            asked[workload] = replace(known, roles=known.roles | {role})
    start = begun(scene, there, graded(there.environment, asked))
    engine.held(start, in_order(scene, there))
    anew = engine.completed(start, wanted)
    stopped = there.left.healed(anew).stopped
    return replace(terms, anew={side: rows for side, rows in anew.items() if side[0] not in stopped})


def _wanted(there: Standing, terms: Terms) -> dict[str, list[Side]]:
    """The broken sides of each group that might be made whole where its grade puts them, primaries first."""
    environment, left = there.environment, there.left
    centers = {
        environment.estate.center_of(pool).id
        for pool in environment.estate.pools
        if pool.id not in environment.closed
    }
    found: dict[str, list[Side]] = {}
    group_of = {name: group.name for group in there.groups.values() for name in group.members}
    for side in sorted(replaceable(left, environment), key=lambda side: (ORDER.index(side[2]), side)):
        workload, _, role = side
        home = _home(left, there.groups[group_of[workload]])
        near = home is None or any(
            fits_around(environment, environment.workload[workload], role, home, center) for center in centers
        )
        if near and workload not in terms.down:
            found.setdefault(group_of[workload], []).append(side)
    return found


def _home(left: Left, group: Group) -> str | None:
    """Where a group's primaries are."""
    rows = (
        rows for (name, _, role), rows in left.rows.items() if role is Role.PRIMARY and name in group.members
    )
    return next((row.center for each in rows for row in each), None)


def promising(scene: Scene, terms: Terms) -> tuple[Terms, Standing, Held]:
    """Terms under which all that is still promised holds, what stands under them, and the board."""
    while True:
        there = standing(scene, terms)
        found = held(scene, there, whole(there, terms), terms.anew)
        if not found.refused:
            return terms, there, found
        members = there.groups[found.refused[-1]].members
        if any(side[0] in members for side in terms.anew):
            terms = terms.without(members)
        elif _has_promises(there, terms, members):
            terms = terms.spending(there.environment, members)
        else:
            terms = _conceding(scene, there, terms, found.refused[-1])


def _has_promises(there: Standing, terms: Terms, members: Collection[str]) -> bool:
    spent = spent_of(there, terms)
    return any(kinds_of(there.environment, name) - spent[name] for name in members)


def _conceding(scene: Scene, there: Standing, terms: Terms, refused: str) -> Terms:
    """Somebody else is promised less so that a group may stand: the lowest grade first.

    Raises:
        Refused: nobody is promised anything any more.
    """
    for name in reversed(in_order(scene, there)):
        members = there.groups[name].members
        if any(side[0] in members for side in terms.anew):
            return terms.without(members)
        if name != refused and _has_promises(there, terms, members):
            return terms.spending(there.environment, members)
    raise Refused(
        f"after {', '.join(map(str, scene.failures))} {refused} cannot stay as it stands",
        hint="`tricenter prove --lose` says what the loss does",
    )
