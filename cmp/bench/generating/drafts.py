"""Draws workloads as drafts: everything but the number of replicas, which depends on the room there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cmp.bench.generating.catalogue import DATA, GRADES, IMAGES, KINDS, OWNERS, PARTS, REPLICAS, ZONES
from cmp.bench.generating.chance import Chance
from cmp.bench.generating.estates import CENTERS, CloudPools, runnable
from cmp.model.estate import Isa
from cmp.model.workload import DataClass, RunsAs, Scaling, Yields

CITY = CENTERS[:2]
HOMES: Mapping[str, int] = {"bj-a": 40, "bj-b": 35, "gy-c": 25}
"""Workloads in a hundred of the lower grades by the center that capacity is reckoned for."""

WITH_A_QUORUM = (3, 4, 5)
"""Grades of which a quorum of three members outlives what is promised, with one member a center."""

TWIN_FROM = 5
"""The lowest grade whose home and second side share a city."""


class PartDraft(NamedTuple):
    """A component but for its replicas: `replicas` is on the reference chip, before anything is scaled."""

    part: str
    size: int
    replicas: int
    images: tuple[Isa, ...]
    runs_as: RunsAs
    scaling: Scaling
    yields: Yields
    zone: str | None
    data: int
    taste: int


class Draft(NamedTuple):
    """A workload; `home` and `other` are where capacity is reckoned for its first two sides.

    `depends_on` and `tied_to` are the numbers of earlier workloads, `sharp` bounds the round trip between.
    """

    grade: int
    home: str
    other: str
    data_class: DataClass
    level: int
    zone: str
    owner: str
    hurried: bool
    parts: tuple[PartDraft, ...]
    depends_on: int | None
    sharp: bool
    tied_to: int | None


def drafts_of(count: int, sites: Sequence[CloudPools], chance: Chance) -> list[Draft]:
    """So many workloads that the sites can carry."""
    offers = {(carries, zone): runnable(sites, carries, zone) for carries in RunsAs for zone in ZONES}
    earlier: dict[int, list[int]] = {grade: [] for grade in GRADES}
    found = []
    for number in range(count):
        draft = _draft(offers, earlier, chance)
        earlier[draft.grade].append(number)
        found.append(draft)
    return found


def _draft(
    offers: Mapping[tuple[RunsAs, str], frozenset[Isa]], earlier: Mapping[int, list[int]], chance: Chance
) -> Draft:
    grade = chance.weighed(GRADES)
    home = chance.one_of(CITY) if grade >= TWIN_FROM else chance.weighed(HOMES)
    elsewhere = [center for center in (CITY if grade >= TWIN_FROM else CENTERS) if center != home]
    zone = chance.one_of(ZONES[:2])
    kind = [part for part in chance.weighed(KINDS) if not PARTS[part].quorum or grade in WITH_A_QUORUM]
    before = earlier[grade]
    return Draft(
        grade,
        home,
        chance.one_of(elsewhere),
        chance.weighed(DATA),
        2 + chance.below(2),
        zone,
        chance.one_of(OWNERS),
        chance.happens(10),
        tuple(_part(part, zone, offers, chance) for part in kind),
        chance.one_of(before) if before and chance.happens(5) else None,
        grade >= TWIN_FROM and chance.happens(20),
        chance.one_of(before) if before and chance.happens(2) else None,
    )


def _part(
    name: str, zone: str, offers: Mapping[tuple[RunsAs, str], frozenset[Isa]], chance: Chance
) -> PartDraft:
    part = PARTS[name]
    front = name == "web" and zone == "public" and chance.happens(40)
    stands_in = "internet" if front else zone
    runs_as = chance.weighed(part.runs_as)
    if not offers[runs_as, stands_in]:
        runs_as = RunsAs.SERVER
    there = offers[runs_as, stands_in]
    images = {isas: share for isas, share in IMAGES.items() if not there.isdisjoint(isas)}
    return PartDraft(
        name,
        chance.below(len(part.sizes)),
        chance.weighed(REPLICAS),
        chance.weighed(images),
        runs_as,
        chance.weighed(part.scaling),
        chance.weighed(part.yields),
        stands_in if front else None,
        chance.one_of(part.data),
        chance.below(20),
    )
