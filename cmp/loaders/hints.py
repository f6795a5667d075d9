"""Guesses what was meant by a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from cmp.sentences import Sentence

MOST_LISTED: Final = 8


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A hint that names the nearest known name, or all of them where none is near and they are few."""
    names = sorted(set(known))
    near = get_close_matches(str(name)[:60], names, n=1, cutoff=0.6)
    if near:
        return Sentence("did you mean `{near}`?", near=near[0])
    if names and len(names) <= MOST_LISTED:
        return "known: " + ", ".join(names)
    return ""
