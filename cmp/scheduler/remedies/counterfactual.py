"""Searches the smallest changes that reach a goal; each is tried by planning again, none is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import combinations

from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.model.suggestion import PartView, Search, Suggestion
from cmp.scheduler.remedies.changes.change import Change, Knob, applied, effort
from cmp.sentences import Sentence

BUDGET = 200
"""Times that is planned again at most for one question."""
SINGLES = 6
"""Single changes that are told at most."""
PAIRED = 12
"""Knobs of which pairs are tried, those of least effort first."""
PAIRS = 2
"""Pairs that are told at most."""

Goal = Callable[[Environment], bool]
"""True when a changed environment has what was wanted."""
Settings = dict[tuple[int, str], Change]
"""Changes made together, by their knob's key."""
Report = Callable[[Event], None]


class OutOfBudget(Exception):
    """As often as may be tried has been tried; never leaves this module, where it ends a search."""


@dataclass(slots=True)
class Trials:
    """Tries changes and remembers; `screen` is a cheaper goal that everything that helps meets too."""

    environment: Environment
    goal: Goal
    screen: Goal | None = None
    budget: int = BUDGET
    report: Report = lambda _: None
    known: dict[tuple[Change, ...], bool] = field(default_factory=dict)

    def helps(self, *changes: Change) -> bool:
        """True when the goal is met with these changes together.

        Raises:
            OutOfBudget: too much was tried already.
        """
        if changes not in self.known:
            if len(self.known) >= self.budget:
                raise OutOfBudget
            self.known[changes] = self._try(changes)
            self.report(
                Event("tried-changes", values={"count": len(self.known), "changes": _spoken(changes)})
            )
        return self.known[changes]

    def _try(self, changes: Sequence[Change]) -> bool:
        try:
            environment = applied(changes, self.environment)
        except ValueError:  # beyond what an environment may say: no such change
            return False
        if self.screen is not None and not self.screen(environment):
            return False
        return self.goal(environment)


def _spoken(changes: Sequence[Change]) -> str:
    """The last of the changes, and how many others are made with it."""
    if not changes:
        return "none"
    others = len(changes) - 1
    return changes[-1].sentence + (f", with {others} other{'s' if others > 1 else ''}" if others else "")


@dataclass(frozen=True, slots=True)
class FoundChanges:
    """Changes that help together; `smallest` when one less of any part was seen not to help."""

    changes: tuple[Change, ...]
    smallest: bool


def search(knobs: Iterable[Knob], trials: Trials) -> tuple[tuple[FoundChanges, ...], Search]:
    """The smallest single changes, in order of effort; where there is none, the smallest pairs.

    `Search.complete` is False where the budget ended it, or where not every pair was tried in vain.
    """
    ordered = sorted({knob.key: knob for knob in knobs}.values(), key=lambda knob: knob.key)
    found: list[FoundChanges] = []
    complete = True
    try:
        found.extend(_singles(ordered, trials))
        if not found:
            complete = len(ordered) <= PAIRED
            found.extend(_pairs(ordered[:PAIRED], trials))
    except OutOfBudget:
        complete = False
    found.sort(key=lambda each: effort(each.changes))
    most = SINGLES if found and len(found[0].changes) == 1 else PAIRS
    return tuple(found[:most]), Search(tried=len(trials.known), complete=complete or bool(found))


def least_set(knobs: Sequence[Knob], trials: Trials) -> FoundChanges | None:
    """Changes that reach the goal only together: all of them, then each left out or turned back in order.

    None where not even all of them help. What is left is irreducible (one less of any part was seen not to
    help), which need not be the least of all sets.
    """
    settings: Settings = {knob.key: knob.most for knob in knobs}
    try:
        if not trials.helps(*settings.values()):
            return None
        _leave_out(knobs, settings, trials)
        for knob in [each for each in knobs if each.key in settings]:
            amount = _least(knob, partial(_among, trials, settings, knob.key))
            settings[knob.key] = knob.most if amount is None else knob.make(amount)
    except OutOfBudget:
        return FoundChanges(tuple(settings.values()), smallest=False) if trials.known else None
    return FoundChanges(tuple(settings.values()), smallest=True)


def _leave_out(knobs: Sequence[Knob], settings: Settings, trials: Trials) -> None:
    """Take out of the settings what is not needed: all of these at once, else each half by itself."""
    names = {knob.key for knob in knobs}
    rest = {key: change for key, change in settings.items() if key not in names}
    if not names:
        return
    if trials.helps(*rest.values()):
        for key in names:
            settings.pop(key)
    elif len(knobs) > 1:
        middle = len(knobs) // 2
        _leave_out(knobs[:middle], settings, trials)
        _leave_out(knobs[middle:], settings, trials)


def _among(trials: Trials, settings: Settings, key: tuple[int, str], change: Change) -> bool:
    return trials.helps(*({**settings, key: change}).values())


def _singles(ordered: Sequence[Knob], trials: Trials) -> Iterator[FoundChanges]:
    """Kind by kind, until enough is known; each at the smallest amount that helps."""
    count, kind = 0, None
    for knob in ordered:
        if count >= SINGLES and knob.kind is not kind:
            return
        kind = knob.kind
        amount = _least(knob, trials.helps)
        if amount is not None:
            count += 1
            yield FoundChanges((knob.make(amount),), smallest=True)


def _pairs(ordered: Sequence[Knob], trials: Trials) -> Iterator[FoundChanges]:
    """Pairs of knobs that help together, each then turned back as far as possible."""
    count = 0
    for one, other in combinations(ordered, 2):
        if count >= PAIRS:
            return
        if not trials.helps(one.most, other.most):
            continue
        first = _least(one, partial(_beside, trials, after=other.most))
        fixed = one.make(first if first is not None else one.amounts[-1])
        second = _least(other, partial(trials.helps, fixed))
        if second is None:
            continue
        count += 1
        changes = (fixed, other.make(second))
        yield FoundChanges(changes, _is_smallest(one, changes, trials))


def _beside(trials: Trials, change: Change, after: Change) -> bool:
    return trials.helps(change, after)


def _least(knob: Knob, helps: Callable[[Change], bool]) -> int | None:
    """The smallest amount that helps, by bisection: the next smaller one was seen not to help."""
    amounts = knob.amounts
    if not helps(knob.most):
        return None
    low, high = -1, len(amounts) - 1
    middle = 0
    while high - low > 1:
        if helps(knob.make(amounts[middle])):
            high = middle
        else:
            low = middle
        middle = (low + high) // 2
    return amounts[high]


def _is_smallest(knob: Knob, changes: tuple[Change, Change], trials: Trials) -> bool:
    """True when one less of the first does not help beside what the second was turned back to."""
    place = list(knob.amounts).index(changes[0].amount)
    return not place or not trials.helps(knob.make(knob.amounts[place - 1]), changes[1])


def suggestion(found: FoundChanges, target: str) -> Suggestion:
    """What was found, as a document."""
    parts = tuple(part_view(change) for change in found.changes)
    return Suggestion(
        change=reduce(_and, (change.sentence for change in found.changes)),
        kind="+".join(part.kind for part in parts),
        proven=True,
        smallest=found.smallest,
        target=target,
        parts=parts,
    )


def _and(one: Sentence, other: Sentence) -> Sentence:
    return Sentence("{one}; and {other}", one=one, other=other)


def part_view(change: Change) -> PartView:
    """One change, as a document."""
    return PartView(
        kind=change.kind,
        subject=change.subject,
        amount=change.amount,
        change=change.sentence,
    )
