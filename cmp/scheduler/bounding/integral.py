"""Bounds the relaxation in whole numbers with CP-SAT: layouts, replicas and hosts that are on are integers.

CP-SAT reasons in integers, so the bound that it proves needs no tolerance; it is tighter than prices where
pools have few hosts, and takes longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from cmp.scheduler.bounding.arrays import NANO, Mode, Statement

MODES = tuple(Mode)
MICRO = NANO // 1_000_000
"""Billionths in a millionth of a point, the unit in which CP-SAT counts."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long CP-SAT may search: by a work count of its own, the same anywhere, or by the clock."""

    work: float | None = None
    seconds: float | None = None
    workers: int = 1


@dataclass(slots=True)
class _Sums:
    """Terms of each class, situation and resource, and of the objective, while columns are made."""

    load: dict[tuple[int, int, int], list[tuple[cp_model.IntVar, int]]] = field(default_factory=dict)
    awake: dict[tuple[int, int, int], list[tuple[cp_model.IntVar, int]]] = field(default_factory=dict)
    cost: list[tuple[cp_model.IntVar, int]] = field(default_factory=list)


def integral_bound(statement: Statement, limit: Limit) -> int:
    """What CP-SAT proves within a limit, in billionths of a point; 0 where it proves nothing."""
    model, sums = cp_model.CpModel(), _Sums()
    groups = statement.groups
    for group in range(len(groups.times)):
        for number in range(groups.times[group]):
            _add_group(statement, model, sums, (group, number))
    _add_classes(statement, model, sums)
    model.minimize(sum(cost * variable for variable, cost in sums.cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = limit.workers
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = 1
    if limit.workers > 1:
        solver.parameters.subsolvers.append("max_lp")
    if limit.work is not None:
        solver.parameters.max_deterministic_time = limit.work
    if limit.seconds is not None:
        solver.parameters.max_time_in_seconds = limit.seconds
    if solver.status_name(solver.solve(model)) in {"INFEASIBLE", "MODEL_INVALID"}:
        return 0
    return max(0, int(solver.best_objective_bound)) * MICRO


def _add_group(statement: Statement, model: cp_model.CpModel, sums: _Sums, name: tuple[int, int]) -> None:
    """One group: a layout, and where each of its sides stands."""
    groups, group = statement.groups, name[0]
    parts = groups.part_bundle[groups.part_start[group] : groups.part_start[group + 1]]
    users: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    layouts = []
    for layout in range(groups.layouts[group]):
        if any(groups.barred[part + layout] for part in parts):
            continue
        chosen = model.new_bool_var(f"layout {name} {layout}")
        layouts.append(chosen)
        for number, part in enumerate(parts):
            bundle = part + layout
            for place in range(groups.bundle_start[bundle], groups.bundle_start[bundle + 1]):
                users.setdefault((number, int(groups.side[place])), []).append(chosen)
    if not layouts:
        return
    model.add_exactly_one(layouts)
    for (number, side), choosers in users.items():
        there = choosers[0] if len(choosers) == 1 else model.new_bool_var(f"side {name} {number} {side}")
        if len(choosers) > 1:
            model.add(there == sum(choosers))
        _add_side(statement, model, sums, (side, there))


def _add_side(
    statement: Statement, model: cp_model.CpModel, sums: _Sums, what: tuple[int, cp_model.IntVar]
) -> None:
    """A side that is there or not: whole replicas on each class, in all as many as its work takes."""
    sides, offers = statement.sides, statement.offers
    side, there = what
    mode, offer = MODES[sides.mode[side]], sides.offer[side]
    members = mode is Mode.MEMBERS
    amount, least = int(sides.amount[side]), int(sides.least[side])
    columns = []
    for center in range(len(statement.standing)) if members else [int(sides.center[side])]:
        view = int(statement.standing[center] if members else sides.seen[side])
        inside = []
        for entry in range(offers.start[offer, center], offers.start[offer, center + 1]):
            worth = int(offers.worth[entry])
            most = least if members else max(-(-amount // worth), least)
            take = model.new_int_var(0, most, "")
            run = model.new_int_var(0, most, "") if mode is Mode.HALF else take
            columns.append((take, run, worth))
            inside.append(take)
            _use(statement, sums, (entry, view), (mode, int(sides.runs[side])), (take, run))
        if members and inside:
            model.add(sum(inside) <= least)
    if members:
        model.add(sum(take for take, _, _ in columns) == amount * there)
        return
    model.add(sum(worth * take for take, _, worth in columns) >= amount * there)
    model.add(sum(take for take, _, _ in columns) >= max(1, least) * there)
    if mode is Mode.HALF:
        model.add(2 * sum(run for _, run, _ in columns) >= sum(take for take, _, _ in columns))
        for take, run, _ in columns:
            model.add(run <= take)


def _use(
    statement: Statement,
    sums: _Sums,
    where: tuple[int, int],
    how: tuple[Mode, int],
    counts: tuple[cp_model.IntVar, cp_model.IntVar],
) -> None:
    """Add what replicas on an entry cost and load."""
    offers, views = statement.offers, statement.views
    (entry, view), (mode, runs), (take, run) = where, how, counts
    kind = int(offers.kind[entry])
    running = [] if mode is Mode.NONE else [run]
    taking = [] if mode is Mode.COPY else [take]
    sums.cost += [(variable, int(offers.run[entry]) // MICRO) for variable in running]
    wish = int(offers.wish[entry]) + int(runs > 0) * int(offers.elsewhere[entry])
    wish += int(runs > 1) * int(offers.away[entry])
    sums.cost += [(variable, wish // MICRO) for variable in taking if wish]
    for situation in range(views.run.shape[1]):
        for resource, amount in enumerate(offers.size[entry].tolist()):
            key = kind, situation, resource
            for variables, full, awake in (
                (running, views.run, views.run_on),
                (taking, views.take, views.take_on),
            ):
                for variable in variables if amount else []:
                    if full[view, situation]:
                        sums.load.setdefault(key, []).append((variable, amount))
                    if awake[view, situation]:
                        sums.awake.setdefault(key, []).append((variable, amount))


def _add_classes(statement: Statement, model: cp_model.CpModel, sums: _Sums) -> None:
    """Capacity of every class, and hosts that are on."""
    ground = statement.ground
    for kind, (hosts, idle) in enumerate(zip(ground.hosts.tolist(), ground.idle.tolist(), strict=True)):
        on = model.new_int_var(0, hosts, f"on {kind}")
        sums.cost.append((on, idle // MICRO))
        for key, terms in sums.load.items():
            if key[0] == kind:
                model.add(
                    sum(amount * variable for variable, amount in terms) <= int(ground.room[kind, key[2]])
                )
        for key, terms in sums.awake.items():
            if key[0] == kind and idle:
                each = int(ground.cap[kind, key[2]])
                model.add(sum(amount * variable for variable, amount in terms) <= each * on)
