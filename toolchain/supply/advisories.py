"""Asks an index of advisories (the API of osv.dev) which parts have known vulnerabilities.

`python -m toolchain.supply.advisories`, the gate `advisories`. The index is the one that TRICENTER_OSV names,
such as a mirror, or the public one. Where none can be reached nothing is known, and it says so and ends with
5.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cmp.errors import Differs, TryLater
from cmp.installation import HERE
from cmp.sentences import Sentence
from toolchain.supply.parts import Kind, Part, every_part

INDEX: Final = "https://api.osv.dev"
ACCEPTED: Final = Path(__file__).with_name("accepted.txt")
"""Advisories that somebody looked at and that do not concern us: an id a line, then why."""

_ECOSYSTEMS: Final[Mapping[Kind, str]] = {Kind.PYPI: "PyPI", Kind.GOLANG: "Go"}
"""Kinds whose versions are pinned here, by the names that the index has for them."""

_BATCH = 500
_SECONDS = 20.0


@dataclass(frozen=True, slots=True, order=True)
class Advisory:
    """A vulnerability that is known of one part."""

    part: str
    id: str


def known_of(parts: Sequence[Part], index: str) -> tuple[Advisory, ...]:
    """What the index knows of the parts whose versions are pinned.

    Raises:
        TryLater: the index cannot be reached, or answers something else.
    """
    asked = sorted(
        {(_ECOSYSTEMS[part.kind], part.name, part.version) for part in parts if part.kind in _ECOSYSTEMS}
    )
    found: set[Advisory] = set()
    for batch in (asked[first : first + _BATCH] for first in range(0, len(asked), _BATCH)):
        for (_, name, version), ids in zip(batch, _answers(batch, index), strict=True):
            found |= {Advisory(f"{name} {version}", each) for each in ids}
    return tuple(sorted(found))


def accepted(text: str) -> dict[str, str]:
    """Advisories by id with the reason why they do not concern us.

    Raises:
        ValueError: a line has no reason.
    """
    lines = (line.partition("#")[0].strip().split(maxsplit=1) for line in text.splitlines())
    found = [words for words in lines if words]
    if bare := [words[0] for words in found if len(words) == 1]:
        raise ValueError(f"{ACCEPTED.name}: {bare[0]} has no reason")
    return {words[0]: words[1] for words in found}


def _answers(batch: Sequence[tuple[str, str, str]], index: str) -> Iterator[list[str]]:
    """The ids for each of a batch; the index may ask to be asked on where there are many."""
    pages: dict[int, str] = dict.fromkeys(range(len(batch)), "")
    ids: list[list[str]] = [[] for _ in batch]
    while pages:
        places, queries = list(pages), [_query(*batch[place], page) for place, page in pages.items()]
        pages = {}
        for place, answer in zip(places, _asked(queries, index), strict=True):
            ids[place] += [vulnerability["id"] for vulnerability in answer.get("vulns", ())]
            if page := answer.get("next_page_token"):
                pages[place] = page
    return iter(ids)


def _query(ecosystem: str, name: str, version: str, page: str) -> dict[str, Any]:
    query = {"package": {"ecosystem": ecosystem, "name": name}, "version": version.removeprefix("v")}
    return query | ({"page_token": page} if page else {})


def _asked(queries: Sequence[Mapping[str, Any]], index: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310 - the operator's index, or the public one
        f"{index}/v1/querybatch",
        json.dumps({"queries": queries}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the same
            results: list[dict[str, Any]] = json.load(answer)["results"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        reason = getattr(problem, "reason", problem)
        raise TryLater(
            Sentence("the index of advisories {index} cannot be asked: {reason}", index=index, reason=reason),
            hint="name one that can be reached in TRICENTER_OSV",
        ) from problem
    if not isinstance(results, list) or len(results) != len(queries):
        raise TryLater(
            Sentence(
                "the index of advisories {index} did not answer all of {queries} questions",
                index=index,
                queries=len(queries),
            )
        )
    return results


def main() -> int:
    """Say what is known: 0 nothing that concerns us, 4 vulnerabilities, 5 nobody could be asked."""
    parts = [part for part in every_part(HERE.packages) if part.kind in _ECOSYSTEMS]
    unpinned = "Debian packages are the machine's own: apt's sources keep them"
    try:
        found = known_of(parts, os.environ.get("TRICENTER_OSV", INDEX).rstrip("/"))
    except TryLater as refusal:
        sys.stdout.write(
            f"not known of {len(parts)} parts whether they are vulnerable: {refusal} ({refusal.hint})\n"
        )
        return TryLater.exit_code
    fine = accepted(ACCEPTED.read_text(encoding="utf-8"))
    for advisory in found:
        sys.stdout.write(f"{advisory.part}: {advisory.id} {fine.get(advisory.id, '')}\n")
    open_ones = [advisory for advisory in found if advisory.id not in fine]
    sys.stdout.write(f"{len(parts)} parts asked after, {len(open_ones)} advisories; {unpinned}\n")
    return Differs.exit_code if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
