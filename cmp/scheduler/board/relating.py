"""Turns wishes about others into arrays: forms of data, who is near or apart, owners, cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from cmp.model.cards import card_of
from cmp.model.environment import Environment
from cmp.model.wishes import Place
from cmp.model.workload import Component, Workload
from cmp.scheduler.board.arrays import NOTHING
from cmp.scheduler.board.relations import ON_CENTER, ON_CLOUD, ON_HOST, ON_POOL
from cmp.scheduler.problem.groups import Group
from cmp.scheduler.problem.neighbours import Name, Tie, ties_of

PLACES: Final = {Place.HOST: ON_HOST, Place.POOL: ON_POOL, Place.CLOUD: ON_CLOUD, Place.CENTER: ON_CENTER}
ANY_NUMBER: Final = 10**15
"""More replicas than anything has."""

Parts = Sequence[tuple[Workload, Component]]


def relations(
    environment: Environment, accelerators: tuple[str, ...], groups: Sequence[Group], parts: Parts
) -> dict[str, np.ndarray]:
    """The arrays of what components ask of those that stand beside them, in order of the components."""
    named = _ties(environment, parts)
    group = {name: number for number, each in enumerate(groups) for name in each.members}
    listed = [tie for ties in named for tie in ties]
    numbers = {(workload.id, component.id): number for number, (workload, component) in enumerate(parts)}
    owners = sorted({workload.owner for workload, _ in parts})
    cut = any("/" in name for name in accelerators)
    cards = sorted({card_of(name) for name in accelerators})
    return {
        "bytewise": _flags(component.data.is_bytewise for _, component in parts),
        "most_host": _numbers(component.at_most.per_host or ANY_NUMBER for _, component in parts),
        "most_pool": _numbers(component.at_most.per_pool or ANY_NUMBER for _, component in parts),
        "tie_start": np.concatenate(([0], np.cumsum([len(each) for each in named]))).astype(np.int64),
        "tie_comp": _numbers(numbers[other] for other, _, _ in listed),
        "tie_group": _numbers(group[other[0]] for other, _, _ in listed),
        "tie_place": _numbers(PLACES[tie.place] for _, tie, _ in listed),
        "tie_apart": _flags(tie.apart for _, tie, _ in listed),
        "tie_normal": _flags(tie.only_normal_time for _, tie, _ in listed),
        "tie_asks": _flags(asks for _, _, asks in listed),
        "own_hosts": _flags(workload.own_hosts for workload, _ in parts),
        "tenant": _numbers(owners.index(workload.owner) for workload, _ in parts),
        "card": _numbers([NOTHING, NOTHING, NOTHING, *(cards.index(card_of(name)) for name in accelerators)]),
        "cut": _flags([cut]),
        "picky": _flags(_picky(parts, named, cut=cut)),
    }


def _ties(environment: Environment, parts: Parts) -> list[list[tuple[Name, Tie, bool]]]:
    """For each component the others that it is tied to, with the tie and whether it is the one that asks."""
    found: Mapping[Name, list[tuple[Name, Tie, bool]]] = {
        (workload.id, component.id): [] for workload, component in parts
    }
    for tie in ties_of(environment):
        found[tie.one].append((tie.other, tie, True))
        found[tie.other].append((tie.one, tie, False))
    return [found[workload.id, component.id] for workload, component in parts]


def _picky(parts: Parts, named: list[list[tuple[Name, Tie, bool]]], *, cut: bool) -> Iterator[bool]:
    """Whether a component may meet on a host whom it may not share it with."""
    owns = any(workload.own_hosts for workload, _ in parts)
    for (_, component), ties in zip(parts, named, strict=True):
        cards = cut and any(way.needs.accelerators for way in component.ways)
        yield owns or cards or any(tie.place is Place.HOST for _, tie, _ in ties)


def _flags(values: Iterable[bool]) -> np.ndarray:
    return np.array(list(values), dtype=np.uint8)


def _numbers(values: Iterable[int]) -> np.ndarray:
    return np.array(list(values), dtype=np.int64)
