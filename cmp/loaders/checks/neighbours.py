"""Checks wishes about others: near and apart, pools of owners, how data are copied, cards that are cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cmp.loaders.checks.names import Known, Path, unique
from cmp.loaders.checks.workloads import Peers
from cmp.model.codes import Code
from cmp.model.estate import ChipKind, Estate
from cmp.model.finding import Finding, Severity
from cmp.model.wishes import Apart, Near, Place, Replication
from cmp.model.workload import Component, Workload
from cmp.sentences import Sentence

ESTATE: Final = "estate"
WORKLOADS: Final = "workloads"


def check_neighbours(peers: Peers) -> Iterator[Finding]:
    """Whom components name to be near or apart from: all are there, and none is asked for both at once."""
    for index, workload in enumerate(peers.selected):
        for number, component in enumerate(workload.components):
            path: Path = ("workloads", index, "components", number)
            for place, near in enumerate(component.near):
                yield from _named((*path, "near", place), workload, component, near, peers)
            for place, apart in enumerate(component.apart_from):
                yield from _named((*path, "apart_from", place), workload, component, apart, peers)
            yield from _both((*path, "apart_from"), workload, component)
            yield from _replication((*path, "data"), workload, component)


def _named(
    path: Path, workload: Workload, component: Component, wish: Near | Apart, peers: Peers
) -> Iterator[Finding]:
    name = wish.workload or workload.id
    yield from peers.refer((*path, "workload"), name)
    if wish.component is None:
        return
    yield from peers.refer_component((*path, "component"), name, wish.component)
    if (name, wish.component) == (workload.id, component.id):
        message = Sentence("`{id}` is to stand near itself or apart from itself", id=component.id)
        hint = "`spread` and `at_most` keep replicas of one component from each other"
        yield Finding(WORKLOADS, path, Code.SELF_REFERENCE, message, hint)


def _both(path: Path, workload: Workload, component: Component) -> Iterator[Finding]:
    """Near somebody and apart from it, where both cannot be."""
    wider = (Place.HOST, Place.POOL, Place.CLOUD, Place.CENTER)
    for place, apart in enumerate(component.apart_from):
        for near in component.near:
            same = (near.workload or workload.id) == (apart.workload or workload.id)
            over = near.component is None or apart.component in {None, near.component}
            if same and over and wider.index(apart.place) >= wider.index(near.place):
                who = "/".join(filter(None, (near.workload or workload.id, near.component)))
                message = Sentence(
                    "`{id}` is to share the {place} of {who}, and no {place2} with it",
                    id=component.id,
                    place=near.place,
                    who=who,
                    place2=apart.place,
                )
                yield Finding(WORKLOADS, (*path, place), Code.CONTRADICTION, message)


def _replication(path: Path, workload: Workload, component: Component) -> Iterator[Finding]:
    """How data are copied is said where a component keeps some, and fits what else it says."""
    data = component.data
    if component.stateful and data.replication is Replication.NONE:
        message = Sentence(
            "`{id}` keeps data that a takeover needs, and brings them to no other side", id=component.id
        )
        hint = "say how they get there, or write `stateful: false`"
        yield Finding(WORKLOADS, (*path, "replication"), Code.CONTRADICTION, message, hint)
    unsaid = component.stateful and data.replication is None and component.quorum is None
    if unsaid and (data.gib or data.change_mbps_peak):
        message = Sentence(
            "`{id}/{id2}` keeps data and does not say how they are copied: logical",
            id=workload.id,
            id2=component.id,
        )
        hint = "write `replication: bytewise` for a physical standby or physical backups, else `logical`"
        yield Finding(WORKLOADS, path, Code.REPLICATION_UNSAID, message, hint, Severity.NOTE)


def check_owners(estate: Estate, workloads: Sequence[Workload], hidden: str) -> Iterator[Finding]:
    """Pools are dedicated to owners of workloads; slices of a card each have a name of their own."""
    owners = Known("owner of a workload", {workload.owner for workload in workloads}, hidden)
    for index, pool in enumerate(estate.pools):
        yield from owners.refer_all(ESTATE, ("pools", index, "dedicated_to"), pool.dedicated_to)
    for index, chip in enumerate(estate.chips):
        yield from unique(ESTATE, ("chips", index, "slices"), chip.slices, "slice")
        if chip.kind is ChipKind.CPU and chip.slices:
            message = Sentence("`{id}` is a cpu: only cards of accelerators are cut into slices", id=chip.id)
            yield Finding(ESTATE, ("chips", index, "slices"), Code.WRONG_KIND, message)
        if chip.kind is not ChipKind.CPU and chip.page_kib is not None:
            message = Sentence(
                "`{id}` is an accelerator: pages are of the CPU that systems run on", id=chip.id
            )
            yield Finding(ESTATE, ("chips", index, "page_kib"), Code.WRONG_KIND, message)
