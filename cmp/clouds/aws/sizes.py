"""Chooses what an instance runs on: the smallest type that fits."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cmp.clouds import failures
from cmp.clouds.aws.api import Api
from cmp.clouds.failures import Call

ARCHITECTURES: Mapping[str, str] = {"amd64": "x86_64", "arm64": "arm64"}
"""AWS's names of the instruction sets that it has."""

_WIDEST = 4
_MOST_VALUES = 200
"""Values that AWS takes for one filter."""


@dataclass(frozen=True, slots=True)
class InstanceType:
    """A size that the cloud offers; memory in MiB."""

    name: str
    vcpus: int
    memory_mib: int
    architectures: frozenset[str]


class InstanceTypes:
    """The sizes of a cloud, each question asked once: they do not change while a program runs."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], tuple[InstanceType, ...]] = {}

    def architecture(self, name: str) -> str:
        """The architecture of a size; of one that has two, the wider known one; empty where it is gone."""
        found = self._ask({"instance-type": [name]})
        return max(found[0].architectures & set(ARCHITECTURES.values()), default="") if found else ""

    def smallest(self, isa: str, vcpus: int, memory_mib: int) -> InstanceType:
        """The smallest current size of an instruction set with at least this many vCPU and MiB.

        The cloud has well over a thousand sizes: only those with up to four times the vCPU are asked for.

        Raises:
            NothingFits: the cloud offers none.
        """
        counts = [str(count) for count in range(vcpus, vcpus * _WIDEST + 1)][:_MOST_VALUES]
        known = self._ask(
            {
                "current-generation": ["true"],
                "processor-info.supported-architecture": [ARCHITECTURES.get(isa, isa)],
                "vcpu-info.default-vcpus": counts,
            }
        )
        for item in known:
            if item.memory_mib >= memory_mib:
                return item
        call = Call(self._api.cloud, "choose instance type")
        raise failures.no_host(call, f"no type for {isa} has {vcpus} vCPU and {memory_mib} MiB")

    def _ask(self, filters: Mapping[str, list[str]]) -> tuple[InstanceType, ...]:
        """Sizes under these filters, the smallest first; equal ones in the order of their names."""
        question = tuple(f"{name}={','.join(values)}" for name, values in filters.items())
        with self._lock:
            if question not in self._answers:
                self._answers[question] = _read(self._api, filters)
            return self._answers[question]


def _read(api: Api, filters: Mapping[str, list[str]]) -> tuple[InstanceType, ...]:
    asked: Any = [{"Name": name, "Values": values} for name, values in filters.items()]
    pages: Iterable[Mapping[str, Any]] = api.ask(
        "describe instance types",
        lambda c: cast("Any", list(c.get_paginator("describe_instance_types").paginate(Filters=asked))),
    )
    found = [
        InstanceType(
            item["InstanceType"],
            item["VCpuInfo"]["DefaultVCpus"],
            item["MemoryInfo"]["SizeInMiB"],
            frozenset(item["ProcessorInfo"]["SupportedArchitectures"]),
        )
        for page in pages
        for item in page["InstanceTypes"]
    ]
    return tuple(sorted(found, key=lambda item: (item.vcpus, item.memory_mib, item.name)))
