"""Says what a host gives of accelerators: whole cards, or slices of them in the ways that vendors cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmp.model.estate import Estate, Pool

Cuts = Mapping[str, Sequence[tuple[str, int]]]
"""By card, each way to cut it: its name, and how many of these one card gives."""


def cuts_of(estate: Estate) -> Cuts:
    """The ways in which cards of an estate are cut; cards that stay whole are left out."""
    return {
        chip.id: [(each.id, each.per_card) for each in chip.slices] for chip in estate.chips if chip.slices
    }


def devices_of_host(cuts: Cuts, pool: Pool) -> Mapping[str, int]:
    """What a host gives of each device, if all of its cards are used in that one way."""
    whole = dict(pool.per_host.accelerators)
    cut = {
        f"{card}/{name}": count * per_card
        for card, count in whole.items()
        for name, per_card in cuts.get(card, ())
    }
    return {**whole, **cut}
