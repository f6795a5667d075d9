"""Adds up what is replicated over each link, in normal time and after each failure."""

from __future__ import annotations

from collections.abc import Sequence

from cmp.model.estate import Estate
from cmp.model.recovery import Role
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.rows import Row

USABLE_PERCENT = 70
"""The share of a link that replication may take; the rest is for everything else and for catching up."""

Streams = dict[tuple[str, str], int]
"""kbit/s by pair of centers, the names in order."""


def streams(
    rows: Sequence[Row], loss: Loss | None, fate: Fate, promised: frozenset[str], estate: Estate
) -> Streams:
    """What one group replicates over each link: in normal time (loss None), or after a loss.

    What never changes has to be carried once: without a link that counts as 1 kbit/s, which is too much.
    """
    found: Streams = {}
    sides: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.component.carries:
            sides.setdefault((row.workload.id, row.component.id), []).append(row)
    for (workload, _), each in sides.items():
        source = _source(each, loss, fate, workload in promised)
        if source is None:
            continue
        rate = each[0].component.data.change_kbps
        for center in sorted({row.center for row in each if not (loss and row.falls_with(loss))} - {source}):
            pair = (min(source, center), max(source, center))
            carried = rate if estate.link(*pair) else max(1, rate)
            if carried:
                found[pair] = found.get(pair, 0) + carried
    return found


def _source(rows: Sequence[Row], loss: Loss | None, fate: Fate, promised: bool) -> str | None:
    """The center that changes come from; None where nothing runs any more."""
    if loss is None:
        return fate.home
    if promised and fate.moved:
        return fate.center
    stands = any(row.role is Role.PRIMARY and not row.falls_with(loss) for row in rows)
    return fate.home if stands else None


def usable_kbps(estate: Estate, pair: tuple[str, str]) -> int:
    """What replication may take of a link, in kbit/s; 0 where there is none."""
    link = estate.link(*pair)
    return link.bandwidth_gbps.milli * 1000 * USABLE_PERCENT // 100 if link else 0
