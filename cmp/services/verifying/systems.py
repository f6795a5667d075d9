"""Says system by system where it really runs: counted in what clouds list, beside what the Plan has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from ipaddress import IPv6Address
from typing import Any

from cmp.clouds.base import Resource
from cmp.clouds.labels import ENVIRONMENT
from cmp.means import Means
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.model.references import EnvironmentRef
from cmp.model.tags import WORKLOAD
from cmp.model.workload import Workload
from cmp.services.verifying.differences import Difference
from cmp.services.verifying.documents import POD
from cmp.services.verifying.drift import applied_and_listed, verify
from cmp.services.verifying.unplanned import SERVERS

STANDING_BY = frozenset({Role.WARM, Role.COLD, Role.BACKUP, Role.MEMBER})
"""Sides that are there for the day when another is lost."""

ON = frozenset({"ACTIVE", "running"})
"""What clouds call a server that is on."""


@dataclass(frozen=True, slots=True)
class System:
    """One system as it stands: `servers` and `pods` are counted by cloud, `reserved` are replicas by center.

    `standby` names sides as `warm bj-b`. `wanted` is how many should run; of those that do, `with_ipv6`
    have such an address, `address` is the lowest. `differences` say what is not as the Plan has it.
    """

    id: str
    title: Mapping[str, str]
    basis: str
    grade: int
    servers: Mapping[str, int]
    pods: Mapping[str, int]
    chips: tuple[str, ...]
    standby: tuple[str, ...]
    reserved: Mapping[str, int]
    wanted: int
    with_ipv6: int
    address: str
    differences: tuple[str, ...]

    @property
    def running(self) -> int:
        """How many servers and pods of it the clouds list as running."""
        return sum(self.servers.values()) + sum(self.pods.values())

    @property
    def stands(self) -> bool:
        """True where all that should run is listed, each with an IPv6 address, and nothing differs."""
        return self.wanted <= self.running == self.with_ipv6 and not self.differences


@dataclass(frozen=True, slots=True)
class Systems:
    """Every system of an environment, by its item of the plan; `elsewhere` differs and belongs to none."""

    environment: str
    systems: tuple[System, ...]
    elsewhere: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Each system with what is counted of it."""
        return {
            "environment": self.environment,
            "systems": [
                asdict(each) | {"running": each.running, "stands": each.stands} for each in self.systems
            ],
            "elsewhere": list(self.elsewhere),
        }


def systems(means: Means, ref: EnvironmentRef) -> Systems:
    """Count what runs of each system by the Plan applied last.

    Raises:
        Invalid: the environment is wrong, or nothing was applied yet.
        TryLater: a cloud could not be listed: half a list is no answer.
    """
    plan, found = applied_and_listed(means, ref)
    return systems_of(plan, found.resources, verify(means, plan, found))


def systems_of(plan: Plan, listed: Iterable[Resource], differences: Iterable[Difference]) -> Systems:
    """Every system of a Plan, by what clouds list and what differs there."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for each in differences:
        told[_owner(plan, each.resource)].append(f"{each.resource} {each.field}: {each.real}")
    there = _by_workload(plan, listed)
    workloads = sorted(plan.environment.workloads, key=_item)
    return Systems(
        plan.environment.name,
        tuple(_system(plan, each, there.get(each.id, ()), told.get(each.id, ())) for each in workloads),
        tuple(told.get("", ())),
    )


def _by_workload(plan: Plan, listed: Iterable[Resource]) -> Mapping[str, Sequence[Resource]]:
    """What runs of each workload of a Plan's environment."""
    found: defaultdict[str, list[Resource]] = defaultdict(list)
    for each in listed:
        if each.tags.get(ENVIRONMENT) == plan.environment.name and _runs(each):
            found[each.tags.get(WORKLOAD, "")].append(each)
    return found


def _runs(each: Resource) -> bool:
    if each.kind == POD:
        return bool(each.facts.get("running"))
    return each.kind in SERVERS and each.facts.get("status") in ON


def _system(plan: Plan, workload: Workload, there: Sequence[Resource], told: Sequence[str]) -> System:
    rows = [row for row in plan.placements if row.workload == workload.id]
    held = [[IPv6Address(text) for text in each.facts.get("ipv6") or ()] for each in there]
    addresses = [address for each in held for address in each]
    running = [row for row in rows if row.role.runs and row.replicas]
    return System(
        id=workload.id,
        title=workload.title.model_dump(mode="json"),
        basis=workload.basis or "",
        grade=workload.recovery.grade,
        servers=_counted(each.cloud for each in there if each.kind in SERVERS),
        pods=_counted(each.cloud for each in there if each.kind == POD),
        chips=tuple(sorted({row.chip for row in running})),
        standby=tuple(sorted({f"{row.role} {row.center}" for row in rows if row.role in STANDING_BY})),
        reserved=_reserved(rows),
        wanted=sum(row.replicas for row in running),
        with_ipv6=sum(map(bool, held)),
        address=str(min(addresses)) if addresses else "",
        differences=tuple(told),
    )


def _counted(clouds: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(clouds).items()))


def _reserved(rows: Iterable[Placement]) -> Mapping[str, int]:
    """Replicas that may start after a takeover on top of those that run, by center."""
    more: Counter[str] = Counter()
    for row in rows:
        more[row.center] += max(0, row.replicas_on_takeover - row.replicas)
    return {center: count for center, count in sorted(more.items()) if count}


def _owner(plan: Plan, name: str) -> str:
    """The workload that a resource's name tells of: it begins with it, or holds it in a namespace's name."""
    ids = sorted((each.id for each in plan.environment.workloads), key=len, reverse=True)
    return next(
        (each for each in ids if name.startswith((f"{each}-", f"{each}.")) or f"--{each}--" in name), ""
    )


def _item(workload: Workload) -> tuple[tuple[int, ...], str]:
    """The order of the plan's items: 2 before 10; what has no item comes last."""
    numbers = tuple(int(each) for each in (workload.basis or "").split(".") if each.isdecimal())
    return numbers or (10**6,), workload.id
