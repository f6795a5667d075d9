"""Turns what classes and owners used into samples of metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmp.metrics import table
from cmp.metrics.table import Sample
from cmp.network.classes.htb import Shaping
from cmp.network.classes.usage import ClassUsage, FamilyUsage, OwnerUsage


def of_classes(shaping: Shaping, usage: Iterable[ClassUsage]) -> Iterator[Sample]:
    """Samples of the classes of one line, which is named by its interface."""
    guaranteed = {traffic.id: traffic.guaranteed_mbps * 1e6 for traffic in shaping.classes}
    for each in usage:
        labels = (shaping.interface, each.name)
        yield Sample(table.CLASS_BYTES, labels, each.sent_bytes)
        yield Sample(table.CLASS_DROPS, labels, each.dropped_packets)
        yield Sample(table.CLASS_BACKLOG, labels, each.backlog_bytes)
        yield Sample(table.CLASS_GUARANTEE, labels, guaranteed[each.name])


def of_families(shaping: Shaping, usage: Iterable[FamilyUsage]) -> Iterator[Sample]:
    """Samples of how much of each class was IPv4 and IPv6."""
    for each in usage:
        labels = (shaping.interface, each.name, f"ipv{each.family}")
        yield Sample(table.CLASS_FAMILY_BYTES, labels, each.sorted_bytes)


def of_owners(network: str, usage: Iterable[OwnerUsage]) -> Iterator[Sample]:
    """Samples of the owners of one network's hosts."""
    for each in usage:
        yield Sample(table.OWNER_BYTES, (network, each.owner, "received"), each.received_bytes)
        yield Sample(table.OWNER_BYTES, (network, each.owner, "sent"), each.sent_bytes)
