"""Draws wishes about others into random environments: near and apart, forms of data, owners, counts, pins."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cmp.model.environment import Environment
from cmp.model.wishes import Apart, AtMost, Near, Place, Replication
from cmp.model.workload import Component, Workload

rarely = st.sampled_from((False, False, False, True))


@st.composite
def wishing(draw: Any, environments: st.SearchStrategy[Environment], *, hosts: bool = True) -> Environment:
    """An environment with wishes that may contradict each other; without `hosts` none about single hosts."""
    drawn = draw(environments)
    names = [(work.id, part.id) for work in drawn.workloads for part in work.components]
    workloads = tuple(_workload(draw, each, names, (drawn, hosts)) for each in drawn.workloads)
    pools = tuple(
        pool.changed(dedicated_to=("customs",)) if draw(st.sampled_from((False,) * 6 + (True,))) else pool
        for pool in drawn.estate.pools
    )
    estate = drawn.estate.changed(pools=pools)
    return drawn.changed(workloads=workloads, estate=estate)


def _workload(
    draw: Any, workload: Workload, names: list[tuple[str, str]], given: tuple[Environment, bool]
) -> Workload:
    _, hosts = given
    parts = tuple(_component(draw, workload, part, names, given) for part in workload.components)
    changes: dict[str, Any] = {
        "components": parts,
        "owner": draw(st.sampled_from((workload.owner, "customs"))),
    }
    if hosts:
        changes["own_hosts"] = draw(rarely)
    return workload.changed(**changes)


def _component(
    draw: Any,
    workload: Workload,
    part: Component,
    names: list[tuple[str, str]],
    given: tuple[Environment, bool],
) -> Component:
    environment, hosts = given
    changes: dict[str, Any] = {}
    if part.quorum is None and draw(st.booleans()):
        changes["data"] = part.data.changed(replication=Replication.BYTEWISE)
    others = [name for name in names if name != (workload.id, part.id)]
    places = [place for place in Place if hosts or place is not Place.HOST]
    if others and draw(rarely):
        name, own = draw(st.sampled_from(others)), draw(st.booleans())
        apart = Apart(
            workload=name[0], component=name[1], place=draw(st.sampled_from(places)), only_normal_time=own
        )
        changes["apart_from"] = (apart,)
    elif others and part.quorum is None and draw(rarely):
        name = draw(st.sampled_from(others))
        place = draw(st.sampled_from((Place.POOL, Place.CLOUD)))
        changes["near"] = (Near(workload=name[0], component=name[1], place=place),)
    if draw(rarely):
        per_host = draw(st.sampled_from((None, 1, 2))) if hosts else None
        changes["at_most"] = AtMost(per_host=per_host, per_pool=draw(st.integers(1, 4)))
    if draw(st.sampled_from((False,) * 6 + (True,))):
        pools = st.sampled_from([pool.id for pool in environment.estate.pools])
        pinned = tuple(draw(st.lists(pools, min_size=1, max_size=3, unique=True)))
        changes["require"] = part.require.changed(pools=pinned)
    return part.changed(**changes)
