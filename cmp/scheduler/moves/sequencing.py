"""Orders moves so that each step is feasible, breaks cycles through a third place, simulates the way back.

A replica counts where it is and where it goes until it has arrived (transient double occupancy). What has to
hold between two steps is asked of `Ground.keeps`; while a step lasts only room is asked for, since a failure
then ends the move and leaves the replica where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cmp.errors import Refused
from cmp.scheduler.problem.sizes import Vector

MAX_STATES = 5_000
"""States that the exact search looks at before it gives up: a few seconds."""

FEW = 6
"""Of so few items that block each other the fewest steps are searched for at once; of more, at last."""

TOLD = 5
"""Moves that a refusal names."""

Place = tuple[str, int]
"""A pool and the number of a host in it, from 1."""

Positions = Mapping[str, Place]
"""Where each item stands that is to move."""


class Item(NamedTuple):
    """One replica that is to go from a host to a host; `row` names what it is a replica of."""

    name: str
    row: str
    at: Place
    to: Place


class Hop(NamedTuple):
    """One item goes from a host to another; hops of one `bundle` start together and end together."""

    item: str
    row: str
    source: Place
    to: Place
    bundle: int = 0


Task = tuple[Item, ...]
"""Items that move at once: all start at their places before any leaves; usually one."""


@dataclass(frozen=True, slots=True, eq=False)
class StepGround:
    """What steps are judged by.

    `free` is the room of every host that may take something, before the first step; `size` what a replica
    of a row takes on a pool; `crowd` how many of a row stand on a host, and `limit` how many may (none: any).
    `keeps` says what breaks once items stand so, or None; `rests` are the hosts that break cycles.
    """

    free: Mapping[Place, Vector]
    size: Mapping[tuple[str, str], Vector]
    crowd: Mapping[tuple[str, Place], int]
    limit: Mapping[tuple[str, str], int]
    rests: tuple[Place, ...] = ()
    keeps: Callable[[Positions], str | None] = lambda _: None


class _Standing:
    """Room and crowds while steps are tried; changed in place, and undone."""

    def __init__(self, ground: StepGround, tasks: Iterable[Task]) -> None:
        self.ground = ground
        self.free = {place: list(room) for place, room in ground.free.items()}
        self.crowd = dict(ground.crowd)
        self.at = {item.name: item.at for task in tasks for item in task}

    def takes(self, items: Sequence[tuple[Item, Place]]) -> bool:
        """True when all of them find room at once, each counted where it is as well."""
        entered: list[tuple[Item, Place]] = []
        for item, place in items:
            if not self._room(item, place):
                break
            self._count(item, place, 1)
            entered.append((item, place))
        for item, place in entered:
            self._count(item, place, -1)
        return len(entered) == len(items)

    def go(self, items: Sequence[tuple[Item, Place]]) -> None:
        """Let them arrive, and leave where they were."""
        for item, place in items:
            self._count(item, place, 1)
            self._count(item, self.at[item.name], -1)
            self.at[item.name] = place

    def _room(self, item: Item, place: Place) -> bool:
        room = self.free.get(place)
        size = self.ground.size.get((item.row, place[0]))
        if room is None or size is None:
            return False
        limit = self.ground.limit.get((item.row, place[0]))
        if limit is not None and self.crowd.get((item.row, place), 0) >= limit:
            return False
        return all(amount <= there for amount, there in zip(size, room, strict=True))

    def _count(self, item: Item, place: Place, sign: int) -> None:
        self.crowd[item.row, place] = self.crowd.get((item.row, place), 0) + sign
        room = self.free.get(place)
        if room is not None:
            for number, amount in enumerate(self.ground.size[item.row, place[0]]):
                room[number] -= sign * amount


def sequence(tasks: Sequence[Task], ground: StepGround) -> tuple[Hop, ...]:
    """An order in which every item reaches its place, each step feasible, with detours where it needs them.

    Items that are to stay may be given as well: they step aside where that helps.

    Raises:
        Refused: no order exists, or none was found; the sentence names what waits for what.
    """
    moving = [task for task in tasks if any(item.at != item.to for item in task)]
    hops, stuck = _greedy(moving, ground, detours=False)
    if not stuck:
        return hops
    few = len(tasks) <= FEW
    if few and (found := _exact(tasks, ground)) is not None:
        return found
    hops, waiting = _greedy(moving, ground, detours=True)
    if not waiting:
        return hops
    if not few and (found := _exact(moving, ground)) is not None:
        return found
    raise Refused(
        _blocked(moving, stuck, hops, ground), hint="free a host of the pool, or move fewer at once"
    )


def inverse(hops: Sequence[Hop]) -> tuple[Hop, ...]:
    """The same steps backwards."""
    last = max((hop.bundle for hop in hops), default=0)
    return tuple(Hop(hop.item, hop.row, hop.to, hop.source, last - hop.bundle) for hop in reversed(hops))


def simulate(hops: Sequence[Hop], ground: StepGround, start: Positions) -> str | None:
    """Walk through steps from where items stand; says which step breaks what, or None.

    `ground` describes the hosts with items at `start`.
    """
    standing = _Standing(ground, ())
    standing.at = dict(start)
    for bundle in bundles(hops):
        items = [(Item(hop.item, hop.row, hop.source, hop.to), hop.to) for hop in bundle]
        for item, place in items:
            if standing.at.get(item.name) != item.at:
                return f"{item.name} does not stand on host {_host(item.at)}"
            if not standing.takes([(item, place)]):
                return f"{item.name} finds no room on host {_host(place)}"
        if not standing.takes(items):
            return f"{', '.join(item.name for item, _ in items)} find no room together"
        standing.go(items)
        broken = ground.keeps(standing.at)
        if broken is not None:
            return f"once {items[0][0].name} stands on host {_host(items[0][1])}, {broken}"
    return None


def moved_ground(ground: StepGround, hops: Sequence[Hop]) -> StepGround:
    """The same hosts after all steps: where the way back begins."""
    standing = _Standing(ground, ())
    standing.at = {hop.item: hop.source for hop in reversed(hops)}
    for hop in hops:
        standing.go([(Item(hop.item, hop.row, hop.source, hop.to), hop.to)])
    free = {place: tuple(room) for place, room in standing.free.items()}
    return StepGround(free, ground.size, standing.crowd, ground.limit, ground.rests, ground.keeps)


def bundles(hops: Sequence[Hop]) -> Iterator[tuple[Hop, ...]]:
    """Hops that go together, in order."""
    together: list[Hop] = []
    for hop in hops:
        if together and hop.bundle != together[-1].bundle:
            yield tuple(together)
            together = []
        together.append(hop)
    if together:
        yield tuple(together)


def _greedy(
    tasks: Sequence[Task], ground: StepGround, *, detours: bool
) -> tuple[tuple[Hop, ...], tuple[Task, ...]]:
    """Do what can be done; where nothing can, let one item rest elsewhere so that another gets through."""
    standing, pending, hops = _Standing(ground, tasks), list(tasks), list[Hop]()
    rested: set[str] = set()
    while pending:
        ready = next((task for task in pending if _may(standing, _goals(task))), None)
        if ready is not None:
            hops += _done(standing, _goals(ready), len(hops))
            pending.remove(ready)
            continue
        detour = next(_detours(standing, pending, rested), None) if detours else None
        if detour is None:
            return tuple(hops), tuple(pending)
        hops += _done(standing, [detour], len(hops))
        rested.add(detour[0].name)
    return tuple(hops), ()


def _goals(task: Task) -> list[tuple[Item, Place]]:
    return [(item, item.to) for item in task]


def _may(standing: _Standing, items: Sequence[tuple[Item, Place]]) -> bool:
    """True when they find room and nothing that was promised breaks once they stand there."""
    if not standing.takes(items):
        return False
    then = {**standing.at, **{item.name: place for item, place in items}}
    return standing.ground.keeps(then) is None


def _done(standing: _Standing, items: Sequence[tuple[Item, Place]], bundle: int) -> list[Hop]:
    hops = [
        Hop(item.name, item.row, standing.at[item.name], place, bundle)
        for item, place in items
        if standing.at[item.name] != place
    ]
    standing.go(items)
    return hops


def _detours(standing: _Standing, pending: Sequence[Task], rested: set[str]) -> Iterator[tuple[Item, Place]]:
    """Single items that could rest on a third host and thereby let something through that waits."""
    single = [task[0] for task in pending if len(task) == 1 and task[0].name not in rested]
    for item in single:
        home = standing.at[item.name]
        for place in standing.ground.rests:
            if place in {home, item.to} or not _may(standing, [(item, place)]):
                continue
            standing.go([(item, place)])
            helps = any(_may(standing, _goals(task)) for task in pending if task[0] is not item)
            standing.go([(item, home)])
            if helps:
                yield item, place


def _exact(tasks: Sequence[Task], ground: StepGround) -> tuple[Hop, ...] | None:
    """The fewest steps, by breadth-first search over where everything stands; None where none was found."""
    items = [item for task in tasks for item in task]
    start = tuple(item.at for item in items)
    goal = tuple(item.to for item in items)
    came: dict[tuple[Place, ...], tuple[tuple[Place, ...], list[Hop]] | None] = {start: None}
    queue = deque([start])
    while queue and len(came) < MAX_STATES:
        now = queue.popleft()
        if now == goal:
            return _path(came, now)
        standing = _at(tasks, ground, now)
        for moved in _choices(tasks, standing, ground.rests):
            then = tuple(moved.get(item.name, standing.at[item.name]) for item in items)
            if then not in came and ground.keeps({**standing.at, **moved}) is None:
                hops = [
                    Hop(item.name, item.row, standing.at[item.name], moved[item.name])
                    for item in items
                    if item.name in moved and moved[item.name] != standing.at[item.name]
                ]
                came[then] = now, hops
                queue.append(then)
    return None


def _choices(
    tasks: Sequence[Task], standing: _Standing, rests: Sequence[Place]
) -> Iterator[dict[str, Place]]:
    """Every step that finds room: tasks to their goals, single items to places of rest."""
    for task in tasks:
        goals = [(item, place) for item, place in _goals(task) if standing.at[item.name] != place]
        if goals and standing.takes(goals):
            yield {item.name: place for item, place in goals}
        if len(task) == 1:
            (item,) = task
            elsewhere = (place for place in rests if place not in {standing.at[item.name], item.to})
            yield from ({item.name: place} for place in elsewhere if standing.takes([(item, place)]))


def _at(tasks: Sequence[Task], ground: StepGround, where: Sequence[Place]) -> _Standing:
    standing = _Standing(ground, tasks)
    for item, place in zip((item for task in tasks for item in task), where, strict=True):
        if standing.at[item.name] != place:
            standing.go([(item, place)])
    return standing


def _path(
    came: Mapping[tuple[Place, ...], tuple[tuple[Place, ...], list[Hop]] | None], now: tuple[Place, ...]
) -> tuple[Hop, ...]:
    steps: list[list[Hop]] = []
    while (before := came[now]) is not None:
        now, hops = before
        steps.append(hops)
    return tuple(hop._replace(bundle=number) for number, hops in enumerate(reversed(steps)) for hop in hops)


def _blocked(tasks: Sequence[Task], stuck: Sequence[Task], hops: Sequence[Hop], ground: StepGround) -> str:
    """Who waits for whom, and why the first of them does: the refusal of a cycle, or of a broken promise."""
    standing = _Standing(ground, tasks)
    standing.go([(Item(hop.item, hop.row, hop.source, hop.to), hop.to) for hop in hops])
    told = [_told(item) for task in stuck for item in task]
    more = f" and {len(told) - TOLD} more" if len(told) > TOLD else ""
    goals = _goals(stuck[0])
    if not standing.takes(goals):
        rest = "no third host has room" if ground.rests else "there is no third host"
        why = f"wait for each other and {rest}" if len(told) > 1 else f"finds no room and {rest}"
    else:
        then = {**standing.at, **{item.name: place for item, place in goals}}
        why = f"would break a promise: {ground.keeps(then)}"
    return f"no order of moves is feasible: {'; '.join(told[:TOLD])}{more} {why}"


def _told(item: Item) -> str:
    """One move in words; the pool '' is none."""
    if not item.to[0]:
        return f"{item.name} ends on host {_host(item.at)}"
    if not item.at[0]:
        return f"{item.name} starts on host {_host(item.to)}"
    return f"{item.name} from host {_host(item.at)} to {_host(item.to)}"


def _host(place: Place) -> str:
    return f"{place[0]}/{place[1]}"
