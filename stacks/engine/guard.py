"""Stops a change that would delete much, or something that matters, until somebody agreed to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmp.errors import Refused
from cmp.model.events import Operation, ResourceChange
from cmp.model.tags import DATA, GRADE, YES
from cmp.sentences import Sentence
from stacks.engine.results import StackResult

LARGEST_SHARE_PERCENT = 20
"""Percent of a stack's resources that a change may delete without asking."""

PRECIOUS_GRADE = 5
"""Recovery grade from which on every deletion is asked about."""

_DESTROYING = frozenset({Operation.DELETE, Operation.REPLACE})
_SHOWN = 8


class Unagreed(Refused):
    """Deletions that nobody agreed to; `stacks` are the names to type."""

    def __init__(self, sentence: str, stacks: tuple[str, ...], *, hint: str) -> None:
        super().__init__(sentence, hint=hint)
        self.stacks = stacks


@dataclass(frozen=True, slots=True)
class Agreement:
    """What somebody agreed to: so many deletions in all, and stacks whose names were typed."""

    deletions: int = 0
    stacks: frozenset[str] = frozenset()


NOTHING = Agreement()


def require_agreement(previews: Iterable[StackResult], agreed: Agreement = NOTHING) -> None:
    """Refuse deletions that nobody agreed to; a replacement deletes too.

    A stack asks for agreement when more than 20 percent of its resources would go, or any that carries data
    or a grade of 5 or 6. All such stacks together may delete `agreed.deletions` resources; those named in
    `agreed.stacks` are left out of the count.

    Raises:
        Unagreed: the sentence names each stack with counts, reasons and resources.
    """
    asking = [
        preview
        for preview in previews
        if str(preview.name) not in agreed.stacks and reasons_to_ask(preview.planned)
    ]
    total = sum(len(destroyed(preview.planned)) for preview in asking)
    if total <= agreed.deletions:
        return
    names = tuple(str(preview.name) for preview in asking)
    raise Unagreed(
        "; ".join(_sentence(preview) for preview in asking),
        names,
        hint=Sentence(
            "agree with --allow-delete {total}, or type the stack's name ({names})",
            total=total,
            names=", ".join(names),
        ),
    )


def destroyed(changes: Iterable[ResourceChange]) -> tuple[ResourceChange, ...]:
    """What would be deleted, or deleted and made anew."""
    return tuple(change for change in changes if change.operation in _DESTROYING)


def reasons_to_ask(changes: Sequence[ResourceChange]) -> tuple[str, ...]:
    """Why these changes of one stack need agreement; empty when they do not."""
    standing = sum(change.operation is not Operation.CREATE for change in changes)
    going = destroyed(changes)
    reasons = []
    if 100 * len(going) > LARGEST_SHARE_PERCENT * standing:
        reasons.append(f"more than {LARGEST_SHARE_PERCENT} % of the stack")
    if any(change.tags.get(DATA) == YES for change in going):
        reasons.append("carries data")
    if any(_grade(change) >= PRECIOUS_GRADE for change in going):
        reasons.append(f"grade {PRECIOUS_GRADE} or higher")
    return tuple(reasons)


def _grade(change: ResourceChange) -> int:
    grade = change.tags.get(GRADE, "")
    return int(grade) if grade.isdecimal() else 0


def _sentence(preview: StackResult) -> str:
    going = destroyed(preview.planned)
    standing = sum(change.operation is not Operation.CREATE for change in preview.planned)
    names = [f"{change.kind} {change.name}" for change in going[:_SHOWN]]
    more = f" and {len(going) - _SHOWN} more" if len(going) > _SHOWN else ""
    return (
        f"{preview.name} would delete {len(going)} of {standing} resources "
        f"({', '.join(reasons_to_ask(preview.planned))}): {', '.join(names)}{more}"
    )
