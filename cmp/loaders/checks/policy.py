"""Checks policy.yaml: quotas and waivers name something that is there; nothing is set twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from cmp.loaders.checks.chips import refer_accelerators
from cmp.loaders.checks.names import Known, unique
from cmp.model.estate import Estate
from cmp.model.finding import Finding
from cmp.model.policy import Calendar, Policy
from cmp.model.workload import Workload

POLICY: Final = "policy"


def check_policy(
    policy: Policy, estate: Estate, every: Sequence[Workload], hidden: str = ""
) -> Iterator[Finding]:
    """Quotas: of owners that own something, in accelerators that exist; rules set once.

    `hidden` says which workloads of an extended environment are not read, where there are such.
    """
    yield from unique(POLICY, ("rules",), policy.rules, "rule")
    yield from unique(POLICY, ("quotas",), policy.quotas, "quota", "owner")
    owners = Known("owner of a workload", {workload.owner for workload in every}, hidden)
    for index, quota in enumerate(policy.quotas):
        yield from owners.refer(POLICY, ("quotas", index, "owner"), quota.owner)
        there = ("quotas", index, "accelerators")
        yield from refer_accelerators(estate, POLICY, there, quota.accelerators)


def check_waivers(policy: Policy, resources: Collection[str]) -> Iterator[Finding]:
    """A waiver is for something: a workload, `workload/component`, host, network, cloud, pool or center."""
    known = Known("resource", resources)
    for index, waiver in enumerate(policy.waivers):
        yield from known.refer(POLICY, ("waivers", index, "resource"), waiver.resource)


def check_calendars(calendars: Sequence[Calendar]) -> Iterator[Finding]:
    """No two calendars have one name."""
    yield from unique("calendars", ("calendars",), calendars, "calendar")
