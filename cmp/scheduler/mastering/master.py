"""Looks for a cheaper placement of all groups at once: state, solve, pack, seat; kept only if it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cmp.scheduler.board.chance import chance_of
from cmp.scheduler.board.choosing import Manner
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import exchange, place_group, total_of
from cmp.scheduler.mastering.freeing import hold_all_but, some
from cmp.scheduler.mastering.learning import learned
from cmp.scheduler.mastering.modelling import Master, master_of
from cmp.scheduler.mastering.neighbourhoods import WORK, chances, neighbour
from cmp.scheduler.mastering.packing import Hosts
from cmp.scheduler.mastering.seating import Chosen, Rows, hosts_now, packed_pools, seat_group
from cmp.scheduler.mastering.solving import Answer, Budget
from cmp.scheduler.mastering.stating import Asking, Share, Side, Stage, Way, asking_of, fixed_rows, stage_of
from cmp.scheduler.placement.annealing import Effort
from cmp.scheduler.placement.placing import Placing, emptied
from cmp.scheduler.placement.telling import objective_of


class Border(NamedTuple):
    """Hosts of an estate, replicas on it, and ways to lay its sides, up to which all is chosen at once."""

    hosts: int
    replicas: int
    columns: int


BORDER = Border(150, 3_000, 10_000)
"""Where it usually lies (docs/adr/master.md has what was measured)."""
ALWAYS, NEVER = Border(*(1 << 40,) * 3), Border(-1, -1, -1)
"""Everything, or nothing, is chosen as a whole: for measuring both beside each other."""
SPLIT_COLUMNS = 2_000
"""Up to so many ways also those are chosen from that split a side over two pools."""
ATTEMPTS_AT_FIRST, WORK_AT_FIRST = 250, 1.0
"""Attempts that count as much as choosing all at once, and the solver's deterministic time for it."""
ATTEMPTS_A_STEP, STEP_WORK = 50, 0.15
"""The same of a step in which most groups are held."""
STEPS = 40
"""So many steps at most: what is left of attempts goes to neighbourhoods that know every host."""
ATTEMPTS_OF_ALL = ATTEMPTS_AT_FIRST + STEPS * ATTEMPTS_A_STEP
"""Attempts that all of that takes."""
ATTEMPTS_A_NEIGHBOUR = 50
"""Attempts that count as much as putting a few groups back exactly."""

ROUNDS = 4
"""How often those that were refused are placed first."""


class Search(NamedTuple):
    """How long to search, from which seed, and how a group is placed that may not stand as chosen.

    `max_moves` are the servers that may move from where they stood in a Plan before; None: no limit, and
    every pool is packed anew. Nothing is chosen as a whole beyond the `border`.
    """

    effort: Effort
    seed: int
    manner: Manner
    max_moves: int | None = None
    border: Border = BORDER


def is_worth_choosing(placing: Placing, border: Border = BORDER) -> bool:
    """True where an estate has few hosts, and some that cost something while they are on."""
    ground = placing.board.ground
    return int(ground.host_start[-1]) <= border.hosts and bool(ground.on_cost.any())


def is_small(placing: Placing, border: Border = BORDER) -> bool:
    """True where everything that stands may be chosen at once."""
    if int(placing.board.ground.host_start[-1]) > border.hosts:
        return False
    groups = range(len(placing.snapshot.groups))
    rows = (number for group in groups for number in placing.numbers(group))
    return sum(int(placing.board.rows.take[number]) for number in rows) <= border.replicas


def mastered(placing: Placing, movable: Sequence[int], search: Search) -> Placing | None:
    """The same or a cheaper placing with the same groups on it; nothing is changed on the board given.

    Chosen as a whole once, then in steps with few groups free, each from the cheapest answer that found a
    place: more effort only adds steps. None where there is too much to choose from, or nothing.
    """
    groups = [group for group in movable if placing.is_placed(group)]
    if not groups or not is_small(placing, search.border):
        return None
    stage = stage_of(placing, groups)
    asked = _asked(stage, groups, search.border.columns)
    if asked is None:
        return None
    if search.effort.attempts < ATTEMPTS_AT_FIRST:
        return placing
    return _stepped(master_of(stage, asked, search.max_moves), placing, search)


def _stepped(master: Master, placing: Placing, search: Search) -> Placing:
    best, budget = placing, Budget(WORK_AT_FIRST, search.seed, _looking(search.effort, objective_of(placing)))
    answer = master.program.solved(budget)
    if answer is None:
        return placing
    packs, found = _packs(master, answer, search), _seated(master, answer, search)
    if found is not None and _is_cheaper(found[0], best, search.manner):
        best = found[0]
    if answer.is_best and packs:
        return best
    values, chance = found[1] if found else answer.values, chance_of(search.seed)
    for number in range(steps_of(search.effort.attempts)):
        if search.effort.stop():
            break
        hold_all_but(master, some(master, values, chance), values)
        looking = _looking(search.effort, objective_of(best))
        answer = master.program.solved(Budget(STEP_WORK, search.seed + number, looking))
        if answer is None or not _packs(master, answer, search):
            continue
        found = _seated(master, answer._replace(earlier=()), search)
        if found is not None and _is_cheaper(found[0], best, search.manner):
            best, values = found
    return best


def steps_of(attempts: int) -> int:
    """Steps after the whole was chosen once."""
    return min(STEPS, (attempts - ATTEMPTS_AT_FIRST) // ATTEMPTS_A_STEP)


def _packs(master: Master, answer: Answer, search: Search) -> bool:
    """True where every pool packs; where not, the program knows more. What keeps its hosts is not asked."""
    return search.max_moves is not None or not learned(master, answer.values)


def _seated(master: Master, answer: Answer, search: Search) -> tuple[Placing, Sequence[int]] | None:
    """The answer on a board, with its values; the cheapest of it and earlier ones where some is refused."""
    best: tuple[Placing, Sequence[int]] | None = None
    for values in (answer.values, *answer.earlier):
        found, refused = _written(master, values, search)
        if found is not None and (best is None or _is_cheaper(found, best[0], search.manner)):
            best = found, values
        if not refused:
            break
    return best


def _wanted(master: Master, values: Sequence[int]) -> dict[int, int]:
    """The hosts of each pool that are to be on."""
    return {pool: sum(values[flag] for flag in flags) for pool, flags in master.on.items()}


def refined(placing: Placing, movable: Sequence[int], search: Search) -> Placing:
    """Take a few groups off and put them back as well as can be, again and again, on the board given."""
    groups = [group for group in movable if placing.is_placed(group)]
    effort, offers = search.effort, chances(placing, groups, search.seed)
    for done in range(effort.attempts // ATTEMPTS_A_NEIGHBOUR if len(groups) > 1 else 0):
        if effort.stop():
            break
        budget = Budget(WORK, search.seed, effort.stop)
        neighbour(placing, next(offers), budget, search.manner.ceiling)
        effort.told((done + 1) * ATTEMPTS_A_NEIGHBOUR, objective_of(placing))
    return placing


def _looking(effort: Effort, kept: float) -> Callable[[], bool]:
    """Asks whether to stop, and tells meanwhile what would come out: what is proposed is not seated yet."""

    def stop() -> bool:
        effort.told(effort.attempts, kept)
        return effort.stop()

    return stop


def _asked(stage: Stage, groups: Sequence[int], all_columns: int) -> list[Asking] | None:
    """What there is to choose; None where it is too much."""
    for pools, most in ((2, SPLIT_COLUMNS), (1, all_columns)):
        asked: list[Asking | None] = []
        columns = 0
        for group in groups:
            asked.append(found := asking_of(stage, group, pools))
            columns += sum(len(choice.ways) for choice in found.choices) if found else 0
            if columns > most:
                break
        else:
            return None if None in asked else [each for each in asked if each]
    return None


def _written(master: Master, values: Sequence[int], search: Search) -> tuple[Placing | None, bool]:
    """A board on which what was chosen stands, and if any was refused; None where not all finds a place."""
    placing = master.stage.placing
    groups = range(len(placing.snapshot.groups))
    chosen: dict[int, list[tuple[Side, Share]]] = {group: [] for group in groups if placing.is_placed(group)}
    for flag, (group, side, way) in master.way.items():
        if values[flag]:
            chosen[group] += [(side, share) for share in way]
    if search.max_moves is not None:
        return _moved(master.stage, chosen, search)
    chosen |= {group: fixed_rows(master.stage, group) for group, rows in chosen.items() if not rows}
    hosts = packed_pools(master.stage, chosen, _wanted(master, values))
    return _whole(master.stage, chosen, hosts, search)


def _moved(stage: Stage, chosen: Chosen, search: Search) -> tuple[Placing | None, bool]:
    """The same where only groups that leave their pools lose their hosts; all others keep theirs."""
    present: dict[int, Rows] = {}
    hosts: dict[tuple[int, int], Hosts] = {}
    for group in chosen:
        rows = fixed_rows(stage, group)
        moves = sum(stage.moves(side, way) for side, way in _ways(chosen[group]))
        if not chosen[group] or not moves:
            present[group] = rows
            hosts |= {(group, place): each for place, each in enumerate(hosts_now(stage, group))}
    moved = {group: rows for group, rows in chosen.items() if group not in present}
    return _whole(stage, {**present, **moved}, hosts, search)


def _ways(rows: Sequence[tuple[Side, Share]]) -> Iterator[tuple[Side, Way]]:
    """Rows by side."""
    for side in dict.fromkeys(side for side, _ in rows):
        yield side, tuple(share for each, share in rows if each == side)


def _whole(
    stage: Stage, chosen: Chosen, hosts: Mapping[tuple[int, int], Hosts], search: Search
) -> tuple[Placing | None, bool]:
    """A board on which all stands, and if any was refused: who is goes first next time, anywhere."""
    first: list[int] = []
    special = stage.placing.asked.special
    order = sorted(chosen, key=lambda group: group not in special)
    for _ in range(ROUNDS):
        board = emptied(stage.placing)
        if not all(_find(board, group, search.manner) for group in first):
            break
        rest = (group for group in order if group not in first)
        refused = [group for group in rest if not seat_group(board, group, chosen[group], hosts)]
        if refused and search.max_moves is not None:
            break
        missing = [group for group in refused if not _find(board, group, search.manner)]
        if not missing:
            return board, bool(first or refused)
        first += missing
    return None, True


def _find(placing: Placing, group: int, manner: Manner) -> bool:
    """Place a group anywhere, in exchange with another that then finds another place if need be."""
    special = placing.asked.special
    if group in special:
        return False
    if place_group(placing.handle, group, manner) == FINE:
        return True
    groups = range(len(placing.snapshot.groups))
    others = [other for other in groups if placing.is_placed(other) and other not in special]
    return bool(exchange(placing.handle, group, np.array(others, dtype=np.int64), manner))


def _is_cheaper(found: Placing, before: Placing, manner: Manner) -> bool:
    """True where the objective is lower, by what the board itself counts."""
    return bool(total_of(found.handle, manner.ceiling) < total_of(before.handle, manner.ceiling))
