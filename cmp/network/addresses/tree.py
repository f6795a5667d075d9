"""Orders the holdings of a region as a tree: every prefix and address has one parent, or the tree objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.addresses import Holding, HoldingKind, Status
from cmp.network.addresses.rooms import span_of

Key = tuple[str, int, int, int, HoldingKind]
"""Region, family, first address, length and kind: what a holding is, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a holding cannot stand in the tree: `index` is its place in what was given."""

    index: int
    sentence: str


def key_of(holding: Holding) -> Key:
    """What a holding is, whatever it is called."""
    start = int(holding.prefix.network_address)
    return holding.region, holding.family, start, holding.prefix.prefixlen, holding.kind


def parents(holdings: Sequence[Holding]) -> list[int | None]:
    """For each holding the place of the smallest prefix around it; None at the top.

    One pass over the sorted prefixes: of two in one region and family either holds the other or none shares
    an address with the other.
    """
    found: list[int | None] = [None] * len(holdings)
    order = sorted(range(len(holdings)), key=lambda index: _outer_first(holdings[index]))
    around: list[int] = []
    for index in order:
        while around and not _holds(holdings[around[-1]], holdings[index]):
            around.pop()
        found[index] = around[-1] if around else None
        if holdings[index].kind is HoldingKind.PREFIX:
            around.append(index)
    return found


def objections(
    held: Sequence[Holding], added: Sequence[Holding], regions: Iterable[str]
) -> Iterator[Objection]:
    """Everything that speaks against adding holdings to those that are held; places count in `added`."""
    known = set(regions)
    everything = [*held, *added]
    above = parents(everything)
    for index, sentence in _twins(everything):
        if index >= len(held):
            yield Objection(index - len(held), sentence)
    for index, holding in enumerate(added):
        if holding.region not in known:
            yield Objection(index, f"there is no region `{holding.region}`")
            continue
        parent = above[len(held) + index]
        sentence = _under(holding, None if parent is None else everything[parent])
        if sentence:
            yield Objection(index, sentence)
    yield from _covered(held, added, above)


def _twins(holdings: Sequence[Holding]) -> Iterator[tuple[int, str]]:
    """Holdings of the same addresses, or of the same name, as one before them."""
    places: dict[Key, Holding] = {}
    names: dict[tuple[str, int, str], Holding] = {}
    for index, holding in enumerate(holdings):
        other = places.setdefault(key_of(holding), holding)
        if other is not holding:
            yield index, f"{holding.text} is held by `{other.name}` already"
        namesake = names.setdefault((holding.region, holding.family, holding.name), holding)
        if namesake is not holding and other is holding:
            yield index, f"`{holding.name}` holds {namesake.text} already"


def _under(holding: Holding, parent: Holding | None) -> str:
    """Why a holding may not stand below its parent; empty where it may."""
    if holding.kind is HoldingKind.ADDRESS:
        return _address_under(holding, parent)
    if parent is None or parent.status is Status.CONTAINER:
        return _zones(holding, parent)
    return f"{holding.text} lies in {parent.text} of `{parent.name}`, which is no container (RFC 7381 2.6)"


def _address_under(holding: Holding, parent: Holding | None) -> str:
    if parent is None:
        return f"{holding.text} lies in no prefix of region `{holding.region}`"
    if parent.status is Status.CONTAINER:
        return f"{holding.text} lies in no subnet: {parent.text} is a container of prefixes"
    return _zones(holding, parent)


def _zones(holding: Holding, parent: Holding | None) -> str:
    if parent is None:
        return ""
    mine, above = holding.labels.zone, parent.labels.zone
    if mine and above and mine != above:
        return (
            f"{holding.text} is said to be in zone `{mine}`, but {parent.text} is in `{above}` (GB/T 22239)"
        )
    return ""


def _covered(
    held: Sequence[Holding], added: Sequence[Holding], above: Sequence[int | None]
) -> Iterator[Objection]:
    """New prefixes that would come between what is held and its parent without being a container."""
    for index, parent in enumerate(above[: len(held)]):
        if parent is None or parent < len(held):
            continue
        holding, over = held[index], added[parent - len(held)]
        if sentence := _under(holding, over):
            yield Objection(parent - len(held), f"{over.text} would hold {holding.text}: {sentence}")


def children_of(holdings: Sequence[Holding]) -> Mapping[int, list[int]]:
    """The places of what lies directly in each prefix, by the prefix's place."""
    found: dict[int, list[int]] = defaultdict(list)
    for index, parent in enumerate(parents(holdings)):
        if parent is not None:
            found[parent].append(index)
    return found


def _outer_first(holding: Holding) -> tuple[str, int, int, int, bool]:
    region, family, start, length, kind = key_of(holding)
    return region, family, start, length, kind is HoldingKind.ADDRESS


def _holds(outer: Holding, inner: Holding) -> bool:
    if (outer.region, outer.family) != (inner.region, inner.family):
        return False
    first, last = span_of(outer.prefix)
    low, high = span_of(inner.prefix)
    return first <= low and high <= last
