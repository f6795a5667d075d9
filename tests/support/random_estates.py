"""Draws random environments: small estates, tight enough that some have no placement at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from support.builders import (
    a_center,
    a_chip,
    a_cloud,
    a_component,
    a_dependency,
    a_link,
    a_per_host,
    a_pool,
    a_talk,
    a_workload,
    an_environment,
    an_exposure,
    chips,
    needs,
)

from cmp.model.environment import Environment
from cmp.model.estate import CenterRole, Cloud, CloudKind, Isa, Link, Location, Overcommit, Ownership, Pool
from cmp.model.policy import Policy, Quota
from cmp.model.wishes import Talk
from cmp.model.workload import (
    Component,
    Data,
    DataClass,
    Demand,
    Dependency,
    Mode,
    Quorum,
    Recovery,
    Require,
    RunsAs,
    Scaling,
    Spread,
    Variant,
    Workload,
    Yields,
)

PLACES = {"bj-a": "beijing", "bj-b": "beijing", "gy-c": "guiyang", "gy-d": "guiyang"}
CARD = "ascend-910b"
ZONES = ("public", "private", "internet")
PEAK = "05-20"
"""The day on which some components of random environments have a demand factor."""

rarely = st.sampled_from((False,) * 7 + (True,))


@st.composite
def environments(draw: Any) -> Environment:
    """An environment of two to four centers, up to eight clouds and one to five workloads."""
    centers = tuple(PLACES)[: draw(st.sampled_from((3, 3, 4, 2)))]
    clouds = tuple(cloud for center in centers for cloud in draw(_clouds(center)))
    pools = tuple(pool for cloud in clouds for pool in draw(_pools(cloud)))
    workloads: list[Workload] = []
    for number in range(draw(st.integers(1, 5))):
        workloads.append(draw(_workload(f"w{number}", tuple(workloads), centers)))
    quotas = draw(st.lists(st.builds(Quota, owner=st.just("taxes"), vcpus=st.integers(20, 200)), max_size=1))
    return _environment(centers, clouds, pools, draw(_links(centers)), workloads, quotas)


@st.composite
def tiny_environments(draw: Any) -> Environment:
    """An environment small enough to try everything: four pools of one or two hosts, three components."""
    centers = tuple(PLACES)[:3]
    clouds = tuple(a_cloud(f"{center}-gov") for center in centers)
    if draw(st.booleans()):
        clouds += (a_cloud(f"{draw(st.sampled_from(centers))}-alt"),)
    pools = tuple(draw(_tiny_pool(cloud)) for cloud in clouds)
    first = a_workload(
        "w0",
        grade=draw(st.integers(1, 6)),
        components=tuple(draw(_tiny_component(f"c{number}")) for number in range(draw(st.integers(1, 2)))),
    )
    tied = draw(st.sampled_from(((), ("w0/c0",))))
    second = a_workload(
        "w1", grade=draw(st.integers(1, 6)), components=(draw(_tiny_component("c0", together_with=tied)),)
    )
    workloads = [first, second] if draw(st.booleans()) else [first]
    return _environment(centers, clouds, pools, draw(_links(centers)), workloads, [])


@st.composite
def _tiny_pool(draw: Any, cloud: Cloud) -> Pool:
    return a_pool(
        f"{cloud.id}-{draw(st.sampled_from(('hygon', 'kunpeng')))}",
        cloud=cloud.id,
        hosts=draw(st.integers(1, 2)),
        per_host=a_per_host(vcpus=draw(st.integers(3, 8)), memory_gib=16, disk_gib=200),
        overcommit=Overcommit(),
    )


@st.composite
def _tiny_component(draw: Any, name: str, **values: Any) -> Component:
    usual = {
        "replicas": draw(st.integers(1, 2)),
        "needs": needs(float(draw(st.integers(1, 3))), float(draw(st.sampled_from((2, 8)))), 20),
        "scaling": draw(st.sampled_from(Scaling)),
        "spread": draw(st.sampled_from((Spread.NONE, Spread.HOST))),
        "data": Data(gib=draw(st.sampled_from((0, 50)))),
    }
    return a_component(name, **usual | values)


def _environment(
    centers: tuple[str, ...],
    clouds: tuple[Cloud, ...],
    pools: tuple[Pool, ...],
    links: tuple[Link, ...],
    workloads: list[Workload],
    quotas: list[Quota],
) -> Environment:
    return an_environment(
        *workloads,
        chips=(*chips(), a_chip("loongson-3c6000", vendor="Loongson", isa=Isa.LOONG64, performance=0.5)),
        locations=tuple(Location(id=name) for name in sorted({PLACES[center] for center in centers})),
        centers=tuple(a_center(name, location=PLACES[name], role=CenterRole.PRODUCTION) for name in centers),
        links=links,
        clouds=clouds,
        pools=pools,
        policy=Policy(quotas=tuple(quotas)),
    )


@st.composite
def _clouds(draw: Any, center: str) -> tuple[Cloud, ...]:
    """A government OpenStack cloud, and perhaps another one or a Kubernetes cloud beside it."""
    first = a_cloud(f"{center}-gov", mlps_level=2 if draw(rarely) else 3)
    kind = draw(st.sampled_from((None, None, CloudKind.OPENSTACK, CloudKind.AWS, CloudKind.KUBERNETES)))
    if kind is None:
        return (first,)
    zones = draw(st.sampled_from((ZONES, ZONES[:2])))
    ownership = draw(st.sampled_from((Ownership.GOVERNMENT, Ownership.LEASED)))
    return first, a_cloud(f"{center}-{kind}", kind=kind, zones=zones, ownership=ownership)


@st.composite
def _pools(draw: Any, cloud: Cloud) -> tuple[Pool, ...]:
    names = draw(
        st.lists(st.sampled_from(("hygon", "kunpeng", "loongson")), min_size=1, max_size=2, unique=True)
    )
    return tuple(draw(_pool(cloud, name)) for name in names)


@st.composite
def _pool(draw: Any, cloud: Cloud, name: str) -> Pool:
    hosts = draw(st.integers(1, 4))
    times = 1.0 if cloud.kind is CloudKind.KUBERNETES else draw(st.sampled_from((1.0, 1.5, 2.0)))
    return a_pool(
        f"{cloud.id}-{name}",
        cloud=cloud.id,
        chip={"hygon": "hygon-7390", "kunpeng": "kunpeng-920", "loongson": "loongson-3c6000"}[name],
        hosts=hosts,
        spare_hosts=draw(st.integers(0, hosts - 1)) if draw(rarely) else 0,
        per_host=a_per_host(
            vcpus=draw(st.sampled_from((16, 32, 64))),
            memory_gib=draw(st.sampled_from((64, 128))),
            disk_gib=draw(st.sampled_from((400, 2000))),
            accelerators={CARD: draw(st.integers(0, 4))},
        ),
        overcommit=Overcommit(vcpus=times),
    )


@st.composite
def _links(draw: Any, centers: tuple[str, ...]) -> tuple[Link, ...]:
    links = []
    for place, one in enumerate(centers):
        for other in centers[place + 1 :]:
            near = PLACES[one] == PLACES[other]
            links.append(
                a_link(
                    one,
                    other,
                    synchronous=near and not draw(rarely),
                    rtt_ms=draw(st.sampled_from((0.8, 1.2, 3.0))) if near else 38.0,
                    bandwidth_gbps=draw(st.sampled_from((0.1, 10.0))),
                )
            )
    return tuple(link for link in links if link.synchronous or not draw(rarely))


@st.composite
def _workload(draw: Any, name: str, others: tuple[Workload, ...], centers: tuple[str, ...]) -> Workload:
    grade = draw(st.sampled_from((3, 1, 4, 5, 5, 6, 6)))
    parts: list[Component] = []
    for number in range(draw(st.integers(1, 3))):
        parts.append(draw(_component(f"c{number}", tuple(parts), others, centers)))
    return a_workload(
        name,
        owner=draw(st.sampled_from(("taxes", "welfare"))),
        components=tuple(parts),
        depends_on=draw(_dependencies(others, grade)),
        recovery=Recovery(
            grade=grade,
            rto_minutes=draw(st.sampled_from((None, None, None, 15.0, 20.0, 60.0))),
            rpo_minutes=draw(st.sampled_from((None, None, None, 0.0, 1.5, 60.0))),
        ),
        mlps_level=draw(st.sampled_from((2, 2, 3))),
        data_class=(draw(st.sampled_from((DataClass.PUBLIC, DataClass.INTERNAL, DataClass.CORE))),),
        zone=draw(st.sampled_from(ZONES)),
    )


@st.composite
def _dependencies(draw: Any, others: tuple[Workload, ...], grade: int) -> tuple[Dependency, ...]:
    """One that others can be done without, or that cannot: then it promises to survive as much."""
    if not others or not draw(st.sampled_from((False, False, True))):
        return ()
    bound = draw(st.sampled_from((None, None, 0.5, 2.0, 50.0)))
    other = draw(st.sampled_from(others))
    promises = (0, 0, 0, 1, 1, 1, 2)
    firm = promises[other.recovery.grade] >= promises[grade] and draw(st.booleans())
    return (a_dependency(other.id, mode=Mode.HARD if firm else Mode.DEGRADED, max_rtt_ms=bound),)


@st.composite
def _component(
    draw: Any,
    name: str,
    before: tuple[Component, ...],
    others: tuple[Workload, ...],
    centers: tuple[str, ...],
) -> Component:
    replicas = draw(st.integers(1, 4))
    cards = {"ascend_910b": 1} if draw(rarely) else {}
    size = needs(
        float(draw(st.sampled_from((0.5, 1, 2, 4)))), float(draw(st.sampled_from((1, 4, 8)))), 20, **cards
    )
    isas = draw(st.sampled_from((tuple(Isa)[:3], (Isa.AMD64, Isa.ARM64), tuple(Isa)[:3], (Isa.AMD64,))))
    plain = Variant(id="plain", needs=needs(2.0, 4.0, 20), images=dict.fromkeys(isas, f"{name}-plain:1.0"))
    usual = {
        "replicas": replicas,
        "needs": size,
        "images": dict.fromkeys(isas, f"{name}:1.0"),
        "variants": (plain,) if draw(rarely) else (),
        "runs_as": RunsAs.CONTAINER if draw(rarely) else RunsAs.SERVER,
        "scaling": draw(st.sampled_from(Scaling)),
        "min_replicas": draw(st.integers(1, replicas)) if draw(rarely) else 1,
        "stateful": draw(rarely),
        "yields": draw(st.sampled_from((Yields.NEVER,) * 4 + (Yields.ELASTIC, Yields.PREEMPTIBLE))),
        "spread": draw(
            st.sampled_from((Spread.HOST,) * 4 + (Spread.NONE, Spread.NONE, Spread.POOL, Spread.CENTER))
        ),
        "data": Data(
            gib=draw(st.sampled_from((0, 50, 300))), change_mbps_peak=draw(st.sampled_from((0.0, 5.0)))
        ),
        "exposes": (an_exposure(source=draw(st.sampled_from(ZONES))),) if draw(rarely) else (),
        "talks_to": draw(_talks(before, others)),
        "together_with": draw(_together(others)),
        "demand": (Demand(when=PEAK, factor=draw(st.sampled_from((0.5, 1.1, 2.0)))),) if draw(rarely) else (),
        "require": Require(centers=centers[:2]) if draw(rarely) else Require(),
    }
    quorum = {
        "quorum": Quorum(members=3, per_center=draw(st.integers(1, 2)), needed=2),
        "replicas": 3,
        "min_replicas": 1,
    }
    return a_component(name, **usual | (quorum if draw(rarely) else {}))


@st.composite
def _talks(draw: Any, before: tuple[Component, ...], others: tuple[Workload, ...]) -> tuple[Talk, ...]:
    talks = []
    if before and draw(rarely):
        talks.append(a_talk(draw(st.sampled_from(before)).id, max_rtt_ms=draw(st.sampled_from((None, 2.0)))))
    if others and draw(rarely):
        other = draw(st.sampled_from(others))
        bound = draw(st.sampled_from((None, 0.5, 2.0, 50.0)))
        part = draw(st.sampled_from(other.components)).id
        talks.append(a_talk(part, 8443, workload=other.id, max_rtt_ms=bound))
    return tuple(talks)


@st.composite
def _together(draw: Any, others: tuple[Workload, ...]) -> tuple[str, ...]:
    if not others or not draw(rarely):
        return ()
    other = draw(st.sampled_from(others))
    return (f"{other.id}/{draw(st.sampled_from(other.components)).id}",)
