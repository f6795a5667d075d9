"""Lists every metric: `tricenter_<noun>_<unit|total>`, what it says in a sentence, and its few labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

Family = CounterMetricFamily | GaugeMetricFamily


class MetricKind(StrEnum):
    """Whether a value only grows until its source begins anew, or goes up and down."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; a counter's name ends in `_total`, a gauge's in its unit."""

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...]


CLASS_BYTES: Final = Metric(
    "tricenter_class_bytes_total",
    MetricKind.COUNTER,
    "Bytes that a traffic class sent on a line.",
    ("line", "class"),
)
CLASS_DROPS: Final = Metric(
    "tricenter_class_drops_total",
    MetricKind.COUNTER,
    "Packets of a traffic class that found its queue full.",
    ("line", "class"),
)
CLASS_BACKLOG: Final = Metric(
    "tricenter_class_backlog_bytes",
    MetricKind.GAUGE,
    "Bytes of a traffic class that wait for the line.",
    ("line", "class"),
)
CLASS_GUARANTEE: Final = Metric(
    "tricenter_class_guarantee_bits_per_second",
    MetricKind.GAUGE,
    "What a traffic class is guaranteed on a line.",
    ("line", "class"),
)
CLASS_FAMILY_BYTES: Final = Metric(
    "tricenter_class_family_bytes_total",
    MetricKind.COUNTER,
    "Bytes sorted into a traffic class in IPv4 and in IPv6.",
    ("line", "class", "family"),
)
OWNER_BYTES: Final = Metric(
    "tricenter_owner_bytes_total",
    MetricKind.COUNTER,
    "Bytes that the hosts of an owner received and sent through a border.",
    ("network", "owner", "direction"),
)
METRICS: Final = (
    CLASS_BYTES,
    CLASS_DROPS,
    CLASS_BACKLOG,
    CLASS_GUARANTEE,
    CLASS_FAMILY_BYTES,
    OWNER_BYTES,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a metric, with a value for each of its labels in order."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


class Samples(Collector):
    """Hands samples that were read elsewhere to a registry, each metric once."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = tuple(samples)

    def collect(self) -> list[Family]:
        """The metrics that have samples, in the order of the table."""
        return [family for metric in METRICS if (family := self._family(metric)).samples]

    def _family(self, metric: Metric) -> Family:
        make = CounterMetricFamily if metric.kind is MetricKind.COUNTER else GaugeMetricFamily
        family = make(metric.name, metric.help, labels=metric.labels)
        for sample in self._samples:
            if sample.metric == metric:
                family.add_metric(sample.labels, sample.value)
        return family


def textfile(samples: Iterable[Sample]) -> str:
    """The samples as a file for a node exporter's textfile collector."""
    registry = CollectorRegistry()
    registry.register(Samples(samples))
    return generate_latest(registry).decode()
