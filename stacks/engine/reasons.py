"""Says in one error why the engine did not finish a stack."""

from __future__ import annotations

from pulumi import automation

from cmp.errors import CmpError, Conflict, Interrupted, Invalid, NothingFits, Refused
from cmp.sentences import Sentence
from stacks.engine.events import Recorder
from stacks.engine.workplace import last_line
from stacks.names import StackName

_LASTING: tuple[type[CmpError], ...] = (Invalid, NothingFits, Conflict, Refused)
"""Refusals that trying again does not help against; the provider's sentences start with their code."""

_SHOWN = 3
_LONGEST = 500


def why(name: StackName, recorder: Recorder, refusal: automation.CommandError) -> CmpError:
    """The error of a stack, out of what the engine said while it worked on it.

    Policies go first, then what resources were refused for good; all else may be tried again.
    """
    broken = [found for found in recorder.violations if found.stops]
    if broken:
        sentences = [f"{found.resource or 'the stack'}: {found.message}" for found in broken]
        return Refused(
            Sentence("{name}: policy forbids it: {sentences}", name=name, sentences=_some(sentences)),
            hint="see the rules of policy.yaml",
        )
    said = recorder.errors or [last_line(str(refusal))]
    sentence = f"{name}: {_some(said)}"
    for kind in _LASTING:
        if any(f"{kind.code}: " in error for error in said):
            return kind(sentence)
    return Interrupted(
        sentence, hint="what was done is recorded; put that right and run the same command again"
    )


def _some(sentences: list[str]) -> str:
    """The first ones, each on one line and not too long: programs and providers may say whole pages."""
    more = f"; and {len(sentences) - _SHOWN} more" if len(sentences) > _SHOWN else ""
    lines = [" ".join(sentence.split()) for sentence in sentences[:_SHOWN]]
    return "; ".join(shorten(line) for line in lines) + more


def shorten(line: str) -> str:
    """A line of at most 500 characters."""
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
