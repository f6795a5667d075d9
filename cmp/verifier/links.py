"""Checks what replication puts on each link, in normal time and after each failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading
from cmp.verifier.survival import Aftermath

SHARE_PERCENT = 70
"""How much of a link replication may fill."""

Pair = tuple[str, str]
"""Two centers, in order of id."""


def check_links(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """No link carries more than its share; centers without a link carry nothing."""
    yield from _overfull(reading, streams_of(reading, None), "link", "")
    for aftermath in afters:
        yield from _overfull(
            reading, streams_of(reading, aftermath), "link-after", f" after {aftermath.failure}"
        )


def streams_of(reading: Reading, aftermath: Aftermath | None) -> Counter[Pair]:
    """Kbit/s between each two centers: one stream per component and further center that holds a row of it.

    Data and state that never change have to get there once: where there is no link they count as 1.
    """
    streams: Counter[Pair] = Counter()
    for name, rows in reading.rows_of.items():
        _, component = reading.components[name]
        change = component.data.change_kbps
        if component.quorum is not None or not (change or component.stateful or component.data.gib):
            continue
        remaining = [row for row in rows if aftermath is None or row.pool not in aftermath.lost]
        source = _source(reading, name[0], remaining, aftermath)
        if source is not None:
            for center in reading.centers_of(remaining) - {source}:
                linked = reading.environment.estate.link(source, center) is not None
                streams[min(source, center), max(source, center)] += change if linked else max(1, change)
    return streams


def usable_kbps(environment: Environment, pair: Pair) -> int:
    """What replication may put on a link, in kbit/s; 0 where there is none."""
    link = environment.estate.link(*pair)
    return link.bandwidth_gbps.milli * 1000 * SHARE_PERCENT // 100 if link else 0


def _source(
    reading: Reading, workload: str, remaining: Sequence[Placement], aftermath: Aftermath | None
) -> str | None:
    """Where a component's changes come from: the center taken over to, else its primary's if that stands."""
    group = reading.group_of[workload]
    if aftermath is not None and aftermath.failure in reading.environment.promised(
        reading.environment.workload[workload]
    ):
        taken_over = aftermath.centers.get(group)
        if taken_over is not None:
            return taken_over
    primaries = (row for row in remaining if row.role is Role.PRIMARY)
    return min(reading.centers_of(primaries), default=None)


def _overfull(reading: Reading, streams: Counter[Pair], code: str, when: str) -> Iterator[Finding]:
    for (one, other), carried in sorted(streams.items()):
        share = usable_kbps(reading.environment, (one, other))
        if carried > share:
            yield Finding(
                code,
                f"link {one}–{other}{when}",
                Sentence(
                    "replication puts {carried} kbit/s on it; its share is {share} kbit/s",
                    carried=carried,
                    share=share,
                ),
            )
