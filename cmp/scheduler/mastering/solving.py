"""Writes programs in whole numbers for CP-SAT, and has them solved so that the same comes out anywhere.

One worker, a seed and a count of work of the solver's own (deterministic time) replay; only whoever stops it
ends it elsewhere. The solver works in a thread of its own, so that Ctrl-C is heard meanwhile. CP-SAT is
reached by its protocol: the module that writes models nicely imports pandas, half a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Thread
from typing import Any, NamedTuple, cast

Terms = Sequence[tuple[int, int]]
"""Variables with their factors."""

LOOK = 0.05
"""Seconds between two looks at whether to stop."""
FOREVER = 1 << 62
KEPT = 5
"""Of the solutions found, so many last ones are kept: whoever uses the best may find that it will not do."""


class Budget(NamedTuple):
    """How long a program is solved: the solver's own count of work, and who may end it sooner.

    `told` hears the value of each solution as it is found, in the unit of the objective.
    """

    work: float
    seed: int = 0
    stop: Callable[[], bool] = lambda: False
    told: Callable[[float], None] = lambda _value: None


class Answer(NamedTuple):
    """The best values found, whether nothing is better, and what none can be below.

    `earlier` are the values of the last solutions before it, the better ones first.
    """

    values: tuple[int, ...]
    value: float
    is_best: bool
    bound: float
    earlier: tuple[tuple[int, ...], ...] = ()


class Program:
    """Variables in whole numbers, linear conditions, and what is to be small."""

    def __init__(self) -> None:
        """Begin with nothing."""
        from ortools.sat import cp_model_pb2  # noqa: PLC0415 - a tenth of a second that most commands need not

        self._model: Any = cp_model_pb2.CpModelProto()
        self._cost: dict[int, int] = {}

    def number(self, least: int, most: int, cost: int = 0) -> int:
        """A new variable between two bounds."""
        self._model.variables.add(domain=(least, most))
        found = len(self._model.variables) - 1
        if cost:
            self._cost[found] = cost
        return found

    def flag(self, cost: int = 0) -> int:
        """A new variable that is 0 or 1."""
        return self.number(0, 1, cost)

    def bounded(self, variable: int, least: int, most: int) -> None:
        """Let a variable be between two bounds, instead of what was said before."""
        domain = self._model.variables[variable].domain
        domain[0], domain[1] = least, most

    def priced(self, variable: int, cost: int) -> None:
        """Add to what one of a variable costs."""
        self._cost[variable] = self._cost.get(variable, 0) + cost

    def within(self, terms: Iterable[tuple[int, int]], most: int, least: int = -FOREVER) -> None:
        """A sum lies within bounds."""
        joined: dict[int, int] = {}
        for variable, factor in terms:
            joined[variable] = joined.get(variable, 0) + factor
        told = self._model.constraints.add().linear
        told.vars.extend(joined)
        told.coeffs.extend(joined.values())
        told.domain.extend((least, most))

    def equal(self, terms: Iterable[tuple[int, int]], value: int) -> None:
        """A sum has a value."""
        self.within(terms, value, value)

    def one_of(self, flags: Iterable[int]) -> None:
        """Exactly one flag is 1."""
        self._model.constraints.add().exactly_one.literals.extend(flags)

    def hinted(self, values: Mapping[int, int]) -> None:
        """Where to begin, instead of what was said before."""
        self._model.solution_hint.Clear()
        self._model.solution_hint.vars.extend(values)
        self._model.solution_hint.values.extend(values.values())

    def solved(self, budget: Budget) -> Answer | None:
        """The best that is found within a budget; None where nothing is. May be asked again."""
        from ortools.sat import cp_model_pb2  # noqa: PLC0415 - as above

        response, before = self._worked(budget)
        if response is None or not response.solution:
            return None
        best = response.status == cp_model_pb2.OPTIMAL
        values = tuple(response.solution)
        return Answer(
            values,
            response.objective_value,
            best,
            response.best_objective_bound,
            tuple(each for each in reversed(before) if each != values),
        )

    def can_be_met(self, budget: Budget) -> bool | None:
        """Whether values meet all conditions; None where neither is found within a budget."""
        from ortools.sat import cp_model_pb2  # noqa: PLC0415 - as above

        response, _ = self._worked(budget)
        if response is None or response.status == cp_model_pb2.UNKNOWN:
            return None
        return bool(response.status != cp_model_pb2.INFEASIBLE)

    def _worked(self, budget: Budget) -> tuple[Any, Sequence[tuple[int, ...]]]:
        self._model.objective.Clear()
        self._model.objective.vars.extend(self._cost)
        self._model.objective.coeffs.extend(self._cost.values())
        return _worked(self._model, budget)


def _worked(model: Any, budget: Budget) -> tuple[Any, Sequence[tuple[int, ...]]]:
    """The solver's response, and the last solutions; None where somebody stopped before it began."""
    from ortools.sat.python.cp_model_helper import SolutionCallback, SolveWrapper  # noqa: PLC0415 - as above

    class Told(SolutionCallback):
        def __init__(self) -> None:
            super().__init__()
            self.values: list[float] = []
            self.found: deque[tuple[int, ...]] = deque(maxlen=KEPT)

        def OnSolutionCallback(self) -> None:  # noqa: N802 - the solver calls it so
            self.values.append(self.ObjectiveValue())
            self.found.append(tuple(cast("Any", self).Response().solution))

    if budget.stop():
        return None, ()
    told, solver = Told(), cast("Any", SolveWrapper())
    solver.set_parameters(_parameters(budget))
    solver.add_solution_callback(told)
    found: list[Any] = []
    thread = Thread(target=lambda: found.append(solver.solve(model)), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOOK)
        while told.values:
            budget.told(told.values.pop(0))
        if budget.stop():
            solver.stop_search()
    return (found[0] if found else None), tuple(told.found)


def _parameters(budget: Budget) -> Any:
    from ortools.sat import sat_parameters_pb2  # noqa: PLC0415 - as above

    return sat_parameters_pb2.SatParameters(
        num_workers=1,
        random_seed=budget.seed % (1 << 31),
        max_deterministic_time=budget.work,
        linearization_level=2,
        catch_sigint_signal=False,
    )
