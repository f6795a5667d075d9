"""Says what a service has to do, read from its records at each scrape: every process tells the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from cmp.errors import CmpError
from cmp.metrics.table import Family, Metric, MetricKind
from cmp.model.schedules import Schedule

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
SCHEDULE_MISSED: Final = Metric(
    "tricenter_schedule_missed_total",
    MetricKind.COUNTER,
    "Times of a schedule at which nothing was asked for; it begins anew with a schedule that is made anew.",
    ("environment", "schedule"),
)
SCHEDULE_LAST_START: Final = Metric(
    "tricenter_schedule_last_start_timestamp_seconds",
    MetricKind.GAUGE,
    "When a schedule asked for something last; no series where it never did.",
    ("environment", "schedule"),
)
SCHEDULE_PAUSED: Final = Metric(
    "tricenter_schedule_paused",
    MetricKind.GAUGE,
    "1 where a schedule asks for nothing until somebody resumes it.",
    ("environment", "schedule"),
)
NOTICES_LOST: Final = Metric(
    "tricenter_notices_lost_total",
    MetricKind.COUNTER,
    "Notices that an address never took: nobody there was told.",
    ("address",),
)
COLLECTOR_SUCCESS: Final = Metric(
    "tricenter_collector_success",
    MetricKind.GAUGE,
    "1 where a collector could read what it tells.",
    ("collector",),
)
WAITING: Final = "waiting"

Source = Callable[[], Sequence[Family]]
"""Reads what it tells; raises `CmpError` where it cannot."""


def exposition(sources: Mapping[str, Source]) -> bytes:
    """The text that Prometheus reads; of a source that cannot be read nothing is told but that.

    Args:
        sources: what is told, by the name of the collector.
    """
    registry = CollectorRegistry()
    registry.register(_Collected(sources))
    return generate_latest(registry)


def of_operations(counts: Mapping[tuple[str, str], int]) -> Sequence[Family]:
    """How many operations there are by kind and state, and how many wait for consent."""
    every, waiting = _gauge(OPERATIONS), _gauge(APPROVALS_WAITING)
    for (kind, state), count in sorted(counts.items()):
        every.add_metric((kind, state), count)
        if state == WAITING:
            waiting.add_metric((kind,), count)
    return every, waiting


def of_schedules(schedules: Iterable[Schedule]) -> Sequence[Family]:
    """How schedules go: what they missed, when they asked last, whether they are paused."""
    missed = _counter(SCHEDULE_MISSED)
    last, paused = _gauge(SCHEDULE_LAST_START), _gauge(SCHEDULE_PAUSED)
    for each in schedules:
        labels = (each.environment, each.name)
        missed.add_metric(labels, each.missed)
        paused.add_metric(labels, float(bool(each.paused)))
        if each.started:
            last.add_metric(labels, datetime.fromisoformat(each.started).timestamp())
    return missed, last, paused


def of_notices(lost: Mapping[str, int]) -> Sequence[Family]:
    """How many notices each address never took."""
    family = _counter(NOTICES_LOST)
    for address, count in sorted(lost.items()):
        family.add_metric((address,), count)
    return (family,)


def _counter(metric: Metric) -> CounterMetricFamily:
    return CounterMetricFamily(metric.name, metric.help, labels=metric.labels)


def _gauge(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)


class _Collected(Collector):
    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterable[Family]:
        """Every family of every source that can be read."""
        success = _gauge(COLLECTOR_SUCCESS)
        for name, source in self._sources.items():
            found: Sequence[Family] = ()
            try:
                found = source()
            except CmpError:
                success.add_metric((name,), 0.0)
            else:
                success.add_metric((name,), 1.0)
            yield from found
        yield success
