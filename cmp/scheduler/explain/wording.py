"""Says to people how many pools refuse a side for which reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from cmp.model.estate import Isa
from cmp.model.plan import Unplaced
from cmp.model.recovery import Role
from cmp.sentences import Sentence


class Phrase(NamedTuple):
    """What one pool, or several, are for a side that they refuse: templates of a count and a detail."""

    one: str
    many: str

    def said(self, count: int, detail: str) -> Sentence:
        """The phrase for so many pools."""
        template = self.one if count == 1 else self.many
        named = {"detail": _named(detail)} if "{detail}" in template else {}
        return Sentence(template, count=count, **named)


DETAILS: Final = (
    *("server", "container", "government", "leased", "public", "center", "cloud", "ownership", "pool"),
    *("host", "isa", "page_kib", "collation"),
)
"""Details of reasons that are words; all others are names."""

WITH_ARTICLE: Mapping[str, str] = {isa: f"{'an' if isa[0] in 'as' else 'a'} {isa}" for isa in Isa}
"""Instruction sets as English speaks of them: an arm64, a loong64 image."""

PHRASES: Mapping[str, Phrase] = {
    "image": Phrase("{count} lacks {detail} image", "{count} lack {detail} image"),
    "kind": Phrase("{count} runs no {detail}s", "{count} run no {detail}s"),
    "zone": Phrase("{count} is in another zone", "{count} are in another zone"),
    "level": Phrase(
        "{count} has protection level {detail} only", "{count} have protection level {detail} only"
    ),
    "ownership": Phrase("{count} is on a {detail} cloud", "{count} are on a {detail} cloud"),
    "residency": Phrase(
        "{count} is in {detail}, where its data may not lie",
        "{count} are in {detail}, where its data may not lie",
    ),
    "require": Phrase(
        "{count} is of another {detail} than required", "{count} are of another {detail} than required"
    ),
    "accelerators": Phrase("{count} has too few {detail} per host", "{count} have too few {detail} per host"),
    "host": Phrase("{count} has too small hosts", "{count} have too small hosts"),
    "copy": Phrase("{count} has too small disks", "{count} have too small disks"),
    "fresh-facts": Phrase(
        "{count} has a performance of {detail} that expired",
        "{count} have a performance of {detail} that expired",
    ),
    "drained": Phrase("{count} is drained", "{count} are drained"),
    "dedicated": Phrase("{count} is of other owners", "{count} are of other owners"),
    "format": Phrase(
        "{count} holds data in another form ({detail})", "{count} hold data in another form ({detail})"
    ),
    "near": Phrase(
        "{count} is away from what it is to be near", "{count} are away from what it is to be near"
    ),
    "apart": Phrase(
        "{count} would share a {detail} with what it keeps apart from",
        "{count} would share a {detail} with what it keeps apart from",
    ),
    "at-most": Phrase("{count} takes too few replicas", "{count} take too few replicas"),
    "place": Phrase("{count} is in another center", "{count} are in another center"),
    "linked": Phrase("{count} has no link to what it needs", "{count} have no link to what it needs"),
    "synchronous": Phrase("{count} has no synchronous link", "{count} have no synchronous link"),
    "capacity": Phrase("{count} is full", "{count} are full"),
    "hosts": Phrase("{count} is full host by host", "{count} are full host by host"),
    "spread": Phrase(
        "{count} would put replicas together in one {detail}",
        "{count} would put replicas together in one {detail}",
    ),
    "link": Phrase("{count} is behind a full link", "{count} are behind a full link"),
    "rtt": Phrase("{count} is too far away", "{count} are too far away"),
    "quota": Phrase("{count} would exceed the quota", "{count} would exceed the quota"),
}
"""By the constraint that a reason names."""

GROUP_REASONS: Final = (
    *("place", "capacity", "packing", "survival", "quorum", "link", "rtt", "quota", "objective", "format"),
    *("near", "apart"),
)
"""What stands in a whole group's way, by constraint."""


def role_of(role: Role) -> Sentence:
    """A role as people speak of it."""
    return Sentence.called(f"role.{role.value}", role.value)


def histogram(counts: Mapping[str, int]) -> Sentence:
    """Counted reasons as people say them, the most frequent first: `12 lack an arm64 image, 3 are full`.

    `counts` are pools by reason: the constraint and, after a colon, its detail (`image:arm64`, `capacity`).
    """
    parts = []
    for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        constraint, _, detail = reason.partition(":")
        phrase = PHRASES.get(constraint)
        told = f"{count} {constraint} {detail}".rstrip()
        parts.append(phrase.said(count, detail) if phrase else told)
    return Sentence("{parts}", parts=tuple(parts))


class Sides(NamedTuple):
    """A side with the pools where it stands, and how many of how many pools would take it."""

    name: str
    role: Role
    stands: tuple[str, ...]
    fitting: int
    pools: int


def sentence(side: Sides, counts: Mapping[str, int]) -> Sentence:
    """One line: `tax-api/web (cold): 0 of 3 pools fit: 1 lacks a loong64 image, 2 are full`."""
    values = {"side": side.name, "role": role_of(side.role), "fit": _fit(side)}
    if side.stands and counts:
        template = "{side} ({role}) stands on {stands}; {fit}: {why}"
        return Sentence(template, **values, stands=side.stands, why=histogram(counts))
    if side.stands:
        return Sentence("{side} ({role}) stands on {stands}; {fit}", **values, stands=side.stands)
    if counts:
        return Sentence("{side} ({role}): {fit}: {why}", **values, why=histogram(counts))
    return Sentence("{side} ({role}): {fit}", **values)


def unplaced_sentence(missing: Unplaced) -> Sentence:
    """Why something is not placed, in a line: in English its summary, in other languages by its codes."""
    refused = sum(missing.histogram.values())
    pools = len(missing.reasons)
    side = Sides(f"{missing.workload}/{missing.component}", missing.role, (), pools - refused, pools)
    told = sentence(side, missing.histogram)
    if side.fitting:
        group = missing.group if missing.group in GROUP_REASONS else "other"
        told = Sentence("{why}; {group}", why=told, group=Sentence.called(f"group.{group}", missing.group))
    return told.told_as(missing.summary)


def _fit(side: Sides) -> Sentence:
    if side.fitting == 1:
        return Sentence("{count} of {pools} pools fits", count=side.fitting, pools=side.pools)
    return Sentence("{count} of {pools} pools fit", count=side.fitting, pools=side.pools)


def _named(detail: str) -> str:
    if detail in WITH_ARTICLE:
        return Sentence.called(f"isa.{detail}", WITH_ARTICLE[detail])
    return Sentence.called(f"detail.{detail}", detail) if detail in DETAILS else detail
