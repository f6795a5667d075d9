"""Derives from refusals the changes worth trying, the nearest misses first, and never one against the law."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cmp.model.environment import Environment
from cmp.model.estate import Estate, Link
from cmp.model.explanation import PoolView
from cmp.model.plan import Placement
from cmp.model.workload import Component, DataClass, Workload, Yields
from cmp.scheduler.constraints.links import USABLE_PERCENT
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.groups import bounded
from cmp.scheduler.remedies.changes.change import ChangeKind, Knob, once
from cmp.scheduler.remedies.changes.components import (
    STEPS,
    AllowAlso,
    BuildImage,
    FewerReplicas,
    RelaxSpread,
    SmallerRate,
)
from cmp.scheduler.remedies.changes.estates import CertifyCloud, MoreHosts, NewLink, ServeZone, WiderLink
from cmp.scheduler.remedies.changes.promises import GiveWay, LoosenRtt, LowerGrade, RaiseQuota
from policies.rules.placement import OWNERS

BEYOND = frozenset(
    {
        "kind",
        "ownership",
        "residency",
        "accelerators",
        "host",
        "copy",
        "place",
        "synchronous",
        "fresh-facts",
        "drained",
        "dedicated",
        "format",
        "near",
        "apart",
        "at-most",
    }
)
"""Constraints that no change offered here touches: law, hardware, where a side belongs, what owners say."""
FULL = frozenset({"capacity", "hosts", "packing"})
"""Constraints and reasons of groups that more room answers."""
PER_KIND = 8
"""Subjects of one kind that are tried at most, those of the nearest misses first."""
GIVING_WAY = (Yields.ELASTIC, Yields.PREEMPTIBLE)
"""What another may be asked, the milder first."""
SENSITIVE = frozenset(DataClass) - {DataClass.PUBLIC, DataClass.INTERNAL}
"""Classes of data whose place is never offered to be relaxed."""


@dataclass(frozen=True, slots=True, eq=False)
class Miss:
    """What did not fit: workloads placed together, pools as they judge the sides, why as a whole."""

    environment: Environment
    workloads: tuple[Workload, ...]
    views: tuple[PoolView, ...]
    group_reasons: frozenset[str]
    placements: tuple[Placement, ...]
    at: datetime | None = None

    def broken(self, view: PoolView) -> list[str]:
        """The constraints by which a pool refuses a side."""
        return [each.name for each in view.constraints if not each.ok]

    @property
    def reasons(self) -> frozenset[str]:
        """Every constraint that refuses some pool, and those of the group."""
        return self.group_reasons | {name for view in self.views for name in self.broken(view)}

    @property
    def is_short(self) -> bool:
        """True when room may be what is missing."""
        return not self.reasons.isdisjoint(FULL) or not self.reasons

    def component(self, view: PoolView) -> tuple[Workload, Component]:
        """What a view is about."""
        workload = next(each for each in self.workloads if each.id == view.workload)
        return workload, workload.component[view.component]


def knobs(miss: Miss) -> list[Knob]:
    """Every change worth trying; of each kind those for the nearest misses, and not too many."""
    found: list[Knob] = []
    for maker in MAKERS:
        unique = {knob.key: knob for knob in maker(miss)}
        found.extend(list(unique.values())[:PER_KIND])
    return found


def _near(miss: Miss) -> list[PoolView]:
    """Pools that some change may open, those with the fewest other refusals and the most room first."""
    able = [view for view in miss.views if BEYOND.isdisjoint(miss.broken(view))]
    return sorted(able, key=lambda view: (len(set(miss.broken(view)) - FULL), -_room(view), view.pool))


def _room(view: PoolView) -> float:
    return next((each.margin or 0.0 for each in view.constraints if each.name == "capacity"), 0.0)


def _images(miss: Miss) -> Iterator[Knob]:
    for view in _near(miss):
        isa = miss.environment.estate.chip[miss.environment.estate.pool[view.pool].chip].isa
        if "image" in miss.broken(view) and isa is not None:
            workload, component = miss.component(view)
            change = BuildImage(workload.id, component.id, isa)
            yield once(change)


def _zones(miss: Miss) -> Iterator[Knob]:
    for view in _near(miss):
        if "zone" in miss.broken(view):
            workload, component = miss.component(view)
            cloud = miss.environment.estate.pool[view.pool].cloud
            change = ServeZone(cloud, workload.zone_of(component))
            yield once(change)


def _levels(miss: Miss) -> Iterator[Knob]:
    level = max(workload.mlps_level for workload in miss.workloads)
    for view in _near(miss):
        if "level" in miss.broken(view):
            cloud = miss.environment.estate.pool[view.pool].cloud
            yield Knob(ChangeKind.LEVEL, cloud, (level,), partial(CertifyCloud, cloud))


def _wishes(miss: Miss) -> Iterator[Knob]:
    estate = miss.environment.estate
    for view in _near(miss):
        if "require" not in miss.broken(view):
            continue
        workload, component = miss.component(view)
        cloud = estate.cloud[estate.pool[view.pool].cloud]
        values = {"centers": cloud.center, "clouds": cloud.id, "ownership": cloud.ownership.value}
        values["pools"] = view.pool
        for wish, value in values.items():
            accepted: Sequence[str] = getattr(component.require, wish)
            if accepted and value not in accepted and _may_relax(workload, wish, value):
                change = AllowAlso(workload.id, component.id, wish, value)
                yield once(change)


def _may_relax(workload: Workload, wish: str, value: str) -> bool:
    """False where a wish for an owner guards data that the law protects."""
    if wish != "ownership":
        return True
    allowed = all(value in OWNERS[each] for each in workload.data_class)
    return allowed and SENSITIVE.isdisjoint(workload.data_class)


def _hosts(miss: Miss) -> Iterator[Knob]:
    """Hosts for pools that are full, or that fit alone where the group as a whole does not.

    A pool needs at most as many more as all replicas of the group are: each fits an empty host.
    """
    estate = miss.environment.estate
    for view in _near(miss) if miss.is_short else ():
        pool = estate.pool[view.pool]
        most = sum(
            _replicas(miss, component, pool.chip) for each in miss.workloads for component in each.components
        )
        yield Knob(ChangeKind.HOSTS, pool.id, range(1, most + 1), partial(MoreHosts, pool.id, pool.chip))


def _replicas(miss: Miss, component: Component, chip: str) -> int:
    estate = miss.environment.estate
    sized_on = estate.chip[component.sized_on or estate.reference_chip]
    factor = sizes.factor_milli(component, miss.at, miss.environment.calendar)
    return sizes.work(component, sized_on, factor).alone(sizes.worth(component, estate.chip[chip]))


def _spreads(miss: Miss) -> Iterator[Knob]:
    if miss.reasons.isdisjoint({"spread", "quorum", "hosts", "packing", "capacity"}) and miss.reasons:
        return
    for workload, component in _components(miss):
        lax = len(STEPS) - 1 - STEPS.index(component.spread)
        amounts = range(lax + 1, len(STEPS))
        if amounts and component.replicas > 1:
            make = partial(_relaxed, workload.id, component.id)
            yield Knob(ChangeKind.SPREAD, f"{workload.id}/{component.id}", amounts, make)


def _relaxed(workload: str, component: str, laxness: int) -> RelaxSpread:
    return RelaxSpread(workload, component, STEPS[len(STEPS) - 1 - laxness])


def _fewer(miss: Miss) -> Iterator[Knob]:
    if not miss.is_short and miss.reasons.isdisjoint({"quota", "spread"}):
        return
    for workload, component in _components(miss):
        if component.quorum is None and component.replicas > 1:
            yield Knob(
                ChangeKind.REPLICAS,
                f"{workload.id}/{component.id}",
                range(1, component.replicas),
                partial(FewerReplicas, workload.id, component.id),
            )


def _rates(miss: Miss) -> Iterator[Knob]:
    for workload, component in _components(miss) if "link" in miss.reasons else ():
        mbps = -(-round(component.data.change_mbps_peak * 1000) // 1000)
        if mbps:
            make = partial(SmallerRate, workload.id, component.id)
            yield Knob(ChangeKind.RATE, f"{workload.id}/{component.id}", range(1, mbps + 1), make)


def _links(miss: Miss) -> Iterator[Knob]:
    """A link needs at most all that the group changes more, over the share that replication may take."""
    kbps = sum(round(component.data.change_mbps_peak * 1000) for _, component in _components(miss))
    most = -(-kbps * 100 // (USABLE_PERCENT * 1000))
    for link in miss.environment.estate.links if "link" in miss.reasons and most else ():
        one, other = sorted(link.between)
        yield Knob(ChangeKind.LINK, f"{one}/{other}", range(1, most + 1), partial(WiderLink, one, other))


CONNECTED = frozenset({"linked", "place", "synchronous", "capacity", "quorum", "rtt", "packing"})
"""Reasons that may come of two centers without a link."""


def _connections(miss: Miss) -> Iterator[Knob]:
    """A link for each two centers that have none, like one between centers as far from each other."""
    estate = miss.environment.estate
    if miss.reasons.isdisjoint(CONNECTED) or estate.is_connected or not estate.links:
        return
    names = sorted(estate.center)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            if not estate.connects(one, other):
                like = min(estate.links, key=partial(_unlike, estate, (one, other)))
                yield once(NewLink(one, other, like.between))


def _unlike(estate: Estate, ends: tuple[str, str], link: Link) -> tuple[bool, bool, float, tuple[str, str]]:
    """How little a link is an example for a new one: of another distance, not synchronous, narrow."""
    apart = [len({estate.center[name].location for name in each}) for each in (ends, link.between)]
    return apart[0] != apart[1], not link.synchronous, -link.bandwidth_gbps.value, link.between


def _round_trips(miss: Miss) -> Iterator[Knob]:
    """Bounds of the group, loosened to what some link takes."""
    names = {workload.id for workload in miss.workloads}
    taken = sorted({-(-round(link.rtt_ms.value * 1e6) // 1000) for link in miss.environment.estate.links})
    for bound in bounded(miss.environment):
        most = bound.max_rtt_ms
        longer = [micros for micros in taken if most is not None and micros > most * 1000]
        if longer and not names.isdisjoint({bound.workload, bound.asked}) and bound.workload != bound.asked:
            make = partial(LoosenRtt, bound)
            yield Knob(ChangeKind.RTT, make(longer[0]).subject, longer, make)


def _quotas(miss: Miss) -> Iterator[Knob]:
    """An owner needs at most what all sides of the group would claim more."""
    owners = {workload.owner for workload in miss.workloads}
    for quota in miss.environment.policy.quotas if "quota" in miss.reasons else ():
        if quota.owner not in owners:
            continue
        limited = [name for name in ("vcpus", "memory_gib", "disk_gib") if getattr(quota, name) is not None]
        for resource in (*limited, *sorted(quota.accelerators)):
            most = _claim(miss, resource)
            if most:
                make = partial(RaiseQuota, quota.owner, resource)
                yield Knob(ChangeKind.QUOTA, f"{quota.owner}/{resource}", range(1, most + 1), make)


def _claim(miss: Miss, resource: str) -> int:
    """What every side of every component would claim, on the slowest chip, rounded up."""
    slowest = min(miss.environment.estate.chips, key=lambda chip: (chip.performance_milli or 10**9, chip.id))
    total = 0.0
    for workload, component in _components(miss):
        sides = len(miss.environment.recovery.grade(workload.recovery.grade).sides)
        count = _replicas(miss, component, slowest.id) * sides
        needs = [way.needs for way in component.ways]
        each = max(need.accelerators.get(resource, 0) or getattr(need, resource, 0) for need in needs)
        total += count * each
    return int(-(-total // 1))


def _grades(miss: Miss) -> Iterator[Knob]:
    defined = {grade.grade for grade in miss.environment.recovery.grades}
    for workload in miss.workloads:
        grade = workload.recovery.grade
        steps = [step for step in range(1, grade) if grade - step in defined]
        steps = [step for step in steps if _suffices(miss.environment, workload, grade - step)]
        if steps:
            yield Knob(ChangeKind.GRADE, workload.id, steps, partial(LowerGrade, workload.id, grade))


def _suffices(environment: Environment, workload: Workload, grade: int) -> bool:
    """True when no workload that hard depends on this one promises more than the lower grade."""
    promises = set(environment.recovery.grade(grade).promises)
    return all(
        promises.issuperset(environment.recovery.grade(other.recovery.grade).promises)
        for other in environment.workloads
        for dependency in other.depends_on
        if dependency.workload == workload.id and dependency.mode == "hard"
    )


def _others(miss: Miss) -> Iterator[Knob]:
    """Others that could give way: on the same pools, of no higher grade, nothing of critical systems."""
    if not miss.is_short:
        return
    pools = {view.pool for view in _near(miss)}
    grade = min(workload.recovery.grade for workload in miss.workloads)
    own = {workload.id for workload in miss.workloads}
    held = _held(miss.placements, pools)
    for (name, part), _ in sorted(held.items(), key=lambda each: (-each[1], each[0])):
        workload, component = miss.environment.find(name, part)
        may = workload.recovery.grade <= grade and not workload.critical_infrastructure
        if (
            name not in own
            and may
            and component.yields is not Yields.PREEMPTIBLE
            and component.quorum is None
        ):
            shrinks = component.yields is Yields.NEVER and component.min_replicas < component.replicas
            kinds = GIVING_WAY if shrinks else GIVING_WAY[1:]
            make = partial(_giving_way, name, part)
            yield Knob(ChangeKind.YIELD, f"{name}/{part}", range(1 + len(GIVING_WAY) - len(kinds), 3), make)


def _giving_way(workload: str, component: str, amount: int) -> GiveWay:
    return GiveWay(workload, component, GIVING_WAY[amount - 1])


def _held(placements: Iterable[Placement], pools: set[str]) -> Mapping[tuple[str, str], int]:
    """vCPU, in thousandths, that each component holds on pools in normal time."""
    held: dict[tuple[str, str], int] = {}
    for row in placements:
        if row.pool in pools and row.replicas:
            key = row.workload, row.component
            held[key] = held.get(key, 0) + row.replicas * row.size.vcpu_milli
    return held


def _components(miss: Miss) -> Iterator[tuple[Workload, Component]]:
    for workload in miss.workloads:
        for component in workload.components:
            yield workload, component


MAKERS = (
    _quotas,
    _wishes,
    _images,
    _spreads,
    _round_trips,
    _rates,
    _fewer,
    _others,
    _zones,
    _links,
    _connections,
    _hosts,
    _levels,
    _grades,
)
"""One maker a kind, in the order of effort."""
