"""Says how many operations there are, in which state: read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cmp.metrics.table import Metric, MetricKind

OPERATIONS: Final = Metric(
    "tricenter_operations",
    MetricKind.GAUGE,
    "Operations by kind and state; the same at every process.",
    ("kind", "state"),
)
APPROVALS_WAITING: Final = Metric(
    "tricenter_approvals_waiting",
    MetricKind.GAUGE,
    "Operations that wait for somebody's consent.",
    ("kind",),
)
COLLECTOR_SUCCESS: Final = Metric(
    "tricenter_collector_success",
    MetricKind.GAUGE,
    "1 where a collector could read what it tells.",
    ("collector",),
)
WAITING: Final = "waiting"


def exposition(counts: Mapping[tuple[str, str], int], *, reads: bool) -> bytes:
    """The text that Prometheus reads.

    Args:
        counts: how many operations there are by kind and state.
        reads: False where they could not be read: then nothing is told of them.
    """
    registry = CollectorRegistry()
    registry.register(_Collected(counts, reads=reads))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, counts: Mapping[tuple[str, str], int], *, reads: bool) -> None:
        self._counts, self._reads = counts, reads

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Every family."""
        yield from self._families() if self._reads else ()
        success = GaugeMetricFamily(COLLECTOR_SUCCESS.name, COLLECTOR_SUCCESS.help, labels=("collector",))
        success.add_metric(("operations",), float(self._reads))
        yield success

    def _families(self) -> Iterator[GaugeMetricFamily]:
        every = GaugeMetricFamily(OPERATIONS.name, OPERATIONS.help, labels=OPERATIONS.labels)
        waiting = GaugeMetricFamily(APPROVALS_WAITING.name, APPROVALS_WAITING.help, labels=("kind",))
        for (kind, state), count in sorted(self._counts.items()):
            every.add_metric((kind, state), count)
            if state == WAITING:
                waiting.add_metric((kind,), count)
        yield from (every, waiting)
