"""Makes generated environments: small documents are built once and shared by all that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from math import ceil

from cmp.bench.generating.catalogue import OWNERS, PARTS, ZONES
from cmp.bench.generating.chance import Chance
from cmp.bench.generating.drafts import Draft, PartDraft, drafts_of
from cmp.bench.generating.estates import estate_of, sites_of
from cmp.bench.generating.reckoning import change_mbps, gbps_of, hosts_a_pool, replicas_of
from cmp.loaders.frameworks import shipped_grades, shipped_times
from cmp.model.base import Fact, Title
from cmp.model.environment import Environment
from cmp.model.estate import Isa
from cmp.model.network import AddressPlan, Ipv4Plan, Ipv6Plan, Network, Zone
from cmp.model.policy import Objective, Policy, Quota
from cmp.model.wishes import Talk
from cmp.model.workload import (
    Component,
    Data,
    Dependency,
    Mode,
    Needs,
    Prefer,
    Quorum,
    Recovery,
    Spread,
    Workload,
    Yields,
)

FEWEST_HOSTS = 2
HURRY = 45.0
"""Minutes within which a workload has to be back whose ministry is stricter than its grade."""
QUOTAS = OWNERS[:3]
"""Owners whose claims are bounded."""
SLOWEST = 2
"""A slow chip takes so many times the replicas of the reference chip; quotas leave room for that."""
CHIP_LOVER, CITY_LOVER, MEASURED = 3, 4, 5
"""Of twenty tastes, those below the first want one chip, one wants one place, one has a ratio of its own."""


def generated(workloads: int, pools: int, seed: int, hosts: int | None = None) -> Environment:
    """An environment of two locations and three centers that can be placed as a whole.

    After the worst failure the fullest resource of a center is about four fifths full, in the layout that
    capacity is reckoned for. Policy keeps no headroom free, so that a bound and the engine solve one problem.

    Args:
        workloads: how many systems; each has one to three components.
        pools: how many pools, at least 3; from 9 on there is Kubernetes, from 21 on every kind of cloud.
        seed: equal seeds give equal environments.
        hosts: usable hosts that a pool has at least: replicas are multiplied until these are full as well.
            None: as many as the workloads take.

    Raises:
        Invalid: there are fewer pools than centers, or the policy data cannot be read.
    """
    sites = sites_of(pools)
    drafts = drafts_of(workloads, sites, Chance(seed))
    scale = Fraction(1)
    needed = hosts_a_pool(drafts, sites, scale)
    if hosts is not None:
        scale = max(scale, *(Fraction(hosts) / each for each in needed.values() if each))
        needed = hosts_a_pool(drafts, sites, scale)
    least = hosts or FEWEST_HOSTS
    usable = {where: max(least, ceil(each)) for where, each in needed.items()}
    return Environment(
        name=f"generated-{workloads}-{pools}-{seed}",
        title=Title(zh="生成的环境", en="Generated estate"),
        bindings="lab",
        estate=estate_of(sites, usable, gbps_of(drafts)),
        network=_network(),
        hosts={},
        workloads=_workloads(drafts, scale),
        policy=Policy(objective=Objective(headroom_percent=0), quotas=_quotas(drafts, scale)),
        calendars=(),
        recovery=shipped_grades(),
        takeover=shipped_times(),
    )


def _network() -> Network:
    return Network(
        zones=tuple(Zone(id=name, isolated=name == "private") for name in ZONES),
        address_plan=AddressPlan(
            ipv4=Ipv4Plan(supernet=IPv4Network("10.64.0.0/12")),
            ipv6=Ipv6Plan(prefix=IPv6Network("3fff:100::/32")),
        ),
    )


def _workloads(drafts: Sequence[Draft], scale: Fraction) -> tuple[Workload, ...]:
    names = [
        f"{'-'.join(part.part for part in draft.parts)}-{number:06d}" for number, draft in enumerate(drafts)
    ]
    title = Title(zh="系统", en="System")
    return tuple(
        Workload(
            id=names[number],
            title=title,
            owner=draft.owner,
            mlps_level=draft.level,
            data_class=(draft.data_class,),
            depends_on=_dependencies(draft, names),
            recovery=_recovery(draft.grade, draft.hurried),
            zone=draft.zone,
            components=tuple(
                _component(draft, place, scale, _tie(draft, place, drafts, names))
                for place in range(len(draft.parts))
            ),
        )
        for number, draft in enumerate(drafts)
    )


@cache
def _recovery(grade: int, hurried: bool) -> Recovery:
    return Recovery(grade=grade, rto_minutes=HURRY if hurried and grade in {5, 6} else None)


def _dependencies(draft: Draft, names: Sequence[str]) -> tuple[Dependency, ...]:
    if draft.depends_on is None:
        return ()
    mode = Mode.HARD if draft.hurried else Mode.DEGRADED
    return (Dependency(workload=names[draft.depends_on], mode=mode, max_rtt_ms=2.0 if draft.sharp else 50.0),)


def _tie(draft: Draft, place: int, drafts: Sequence[Draft], names: Sequence[str]) -> tuple[str, ...]:
    """What the first component of a tied workload stands together with."""
    if draft.tied_to is None or place:
        return ()
    return (f"{names[draft.tied_to]}/{drafts[draft.tied_to].parts[0].part}",)


def _component(draft: Draft, place: int, scale: Fraction, tie: tuple[str, ...]) -> Component:
    """A component of its own; its parts are shared with all that are like it.

    Copies need no second validation: they differ from a validated one in nothing but the tie.
    """
    after = draft.parts[place + 1].part if place + 1 < len(draft.parts) else ""
    part = draft.parts[place]
    made = _prototype(part, replicas_of(part, scale), after)
    return made.model_copy(update={"together_with": tie} if tie else None)


@cache
def _prototype(part: PartDraft, replicas: int, after: str) -> Component:
    model = PARTS[part.part]
    return Component(
        id=part.part,
        runs_as=part.runs_as,
        replicas=replicas,
        zone=part.zone,
        needs=_needs(part.part, part.size),
        images=_images(part.part, part.images),
        scaling=part.scaling,
        performance=_measured() if part.taste == MEASURED else {},
        stateful=model.stateful,
        data=_data(part),
        yields=part.yields,
        min_replicas=max(1, replicas // 2) if part.yields is Yields.ELASTIC else 1,
        prefer=_prefer(part.taste),
        spread=Spread.NONE if part.part == "worker" else Spread.HOST,
        talks_to=(Talk(component=after, port=8443),) if after else (),
        quorum=Quorum(members=3, per_center=1, needed=2) if model.quorum else None,
    )


@cache
def _needs(part: str, size: int) -> Needs:
    wanted = PARTS[part].sizes[size]
    return Needs(vcpus=wanted.vcpus, memory_gib=wanted.memory, disk_gib=wanted.disk)


@cache
def _data(part: PartDraft) -> Data:
    return Data(gib=part.data, change_mbps_peak=change_mbps(part))


@cache
def _images(part: str, isas: tuple[Isa, ...]) -> Mapping[Isa, str]:
    return dict.fromkeys(isas, f"{part}:1.0")


@cache
def _measured() -> Mapping[str, Fact]:
    return {"kunpeng-920": Fact(value=0.8)}


@cache
def _prefer(taste: int) -> Prefer:
    if taste < CHIP_LOVER:
        return Prefer(chips=("kunpeng-920",))
    return Prefer(locations=("beijing",)) if taste == CITY_LOVER else Prefer()


def _quotas(drafts: Sequence[Draft], scale: Fraction) -> tuple[Quota, ...]:
    """What three owners may claim: room for every side of theirs on slow chips."""
    found = []
    for owner in QUOTAS:
        vcpus = sum(
            replicas_of(part, scale) * PARTS[part.part].sizes[part.size].vcpus
            for draft in drafts
            if draft.owner == owner
            for part in draft.parts
        )
        if vcpus:
            found.append(Quota(owner=owner, vcpus=SLOWEST * vcpus))
    return tuple(found)
