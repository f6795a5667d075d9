"""The cluster in memory lives up to the stories of real ones, and is compared as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from lightkube.core.resource import Resource as Kind
from lightkube.resources import apps_v1, core_v1, networking_v1
from support.cluster_stories import OTHER_POOL, POOL, SPACE, STORIES, Told
from support.containers_plan import CLUSTER, a_containers_plan
from support.containers_plan import POOL as PLANNED_POOL

from cmp.clouds.base import Mark, Resource
from cmp.clouds.kubernetes import marks
from cmp.clouds.kubernetes.marks import ARCH_LABEL, POOL_LABEL
from cmp.clouds.kubernetes.memory import MemoryCluster, PlayedNode
from cmp.clouds.kubernetes.names import CHIP_LABEL
from cmp.clouds.kubernetes.objects import KINDS
from cmp.model.container_networks import cluster_ranges
from cmp.services.verifying.objects import compare_objects
from stacks.objects.containers import containers
from stacks.objects.platform import platform

MADE: Mapping[str, type[Kind]] = {
    "ResourceQuota": core_v1.ResourceQuota,
    "NetworkPolicy": networking_v1.NetworkPolicy,
}
PLAN = a_containers_plan()
RANGES = cluster_ranges(next(each for each in PLAN.networks if each.cloud == CLUSTER))


def a_node(pool: str, number: int, isa: str = "arm64", chip: str = "kunpeng-920") -> PlayedNode:
    labels = {POOL_LABEL: pool, ARCH_LABEL: isa, CHIP_LABEL: chip}
    return PlayedNode(f"{pool}-{number}", labels, (f"10.64.24.{number}", f"3fff:100:0:1:8000::{number}"))


@dataclass(frozen=True, slots=True)
class InMemory:
    """A cluster in memory to tell stories on; everything is so at once."""

    cloud: MemoryCluster = field(
        default_factory=lambda: MemoryCluster(
            CLUSTER, (a_node(POOL, 1), a_node(POOL, 2), a_node(OTHER_POOL, 3, "amd64", "hygon-7390")), RANGES
        )
    )

    def deploy(
        self, name: str, image: str = "web:1", replicas: int = 2, pool: str = POOL, **pod: Any
    ) -> None:
        labels = {"app": name}
        container = {"name": "main", "image": image}
        spec = {"nodeSelector": {POOL_LABEL: pool}, "containers": [container], **pod}
        template = {"metadata": {"labels": labels}, "spec": spec}
        self.put(
            apps_v1.Deployment,
            name,
            {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
        )
        ports = {"ports": [{"port": 80}], "ipFamilies": ["IPv4", "IPv6"], "selector": labels}
        self.put(core_v1.Service, name, ports)

    def make(self, group: str, plural: str, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        assert group
        assert plural
        self.put(MADE[kind], name, spec)

    def label(self, labels: Mapping[str, str]) -> None:
        self.cloud.put(core_v1.Namespace, {"metadata": {"name": SPACE, "labels": dict(labels)}})

    def put(self, kind: type[Kind], name: str, spec: Mapping[str, Any]) -> None:
        self.cloud.put(kind, {"metadata": {"name": name, "namespace": SPACE}, "spec": spec})

    def listed(self, kind: str, name: str) -> Resource:
        (found,) = (each for each in self.cloud.list() if (each.kind, each.name) == (kind, f"{SPACE}/{name}"))
        return found

    def until(self, kind: str, name: str, claim: Callable[[Mapping[str, Any]], object]) -> Mapping[str, Any]:
        facts = self.listed(kind, name).facts
        assert claim(facts), facts
        return facts


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_cluster_in_memory_tells_the_story(story: Callable[[Told], None]) -> None:
    story(InMemory())


def carried_out(cloud: MemoryCluster) -> None:
    """Put into it what stacks make of a Plan, marked as they mark it."""
    for each in (*platform(PLAN, CLUSTER), *containers(PLAN, CLUSTER, str)):
        named = {"namespace": each.namespace} if each.namespace else {}
        meta = {
            "name": each.name,
            "labels": marks.labels(each.tags),
            "annotations": marks.notes(Mark("test", "s", each.key), each.tags),
        }
        cloud.put(KINDS[str(each.kind)], {**each.body, "metadata": {**meta, **named}})


def not_ready(cloud: MemoryCluster) -> list[str]:
    return [each.real for each in compare_objects(PLAN, cloud.list()) if each.field == "ready"]


def test_what_stacks_make_in_it_is_as_the_plan_has_it() -> None:
    """Comparing sees no more than what the driver says: it knows no kind of cluster."""
    cloud = MemoryCluster(CLUSTER, (a_node(PLANNED_POOL, 1), a_node(PLANNED_POOL, 2)), RANGES)
    carried_out(cloud)

    assert list(compare_objects(PLAN, cloud.list())) == []


def test_what_does_not_fit_is_told_by_what_it_needs() -> None:
    small = PlayedNode("small", a_node(PLANNED_POOL, 1).labels, (), vcpus=1)
    for nodes, said in (((small,), "1 Insufficient cpu"), ((a_node("else", 1),), "didn't match Pod's node")):
        cloud = MemoryCluster(CLUSTER, nodes, RANGES)
        carried_out(cloud)

        told = [
            each.real for each in compare_objects(a_containers_plan(), cloud.list()) if each.field == "ready"
        ]

        assert told
        assert all(said in each for each in told)


def test_a_node_whose_kubelet_is_silent_is_named() -> None:
    node = PlayedNode("one", a_node(PLANNED_POOL, 1).labels, (), answers=False)
    cloud = MemoryCluster(CLUSTER, (node,), RANGES)
    carried_out(cloud)

    told = not_ready(cloud)

    assert told
    assert all("is on node one, which does not answer: Kubelet stopped posting" in each for each in told)


def test_another_generation_keeps_its_id_and_what_goes_is_gone() -> None:
    site = InMemory()
    site.deploy("web")
    first = site.listed("deployment", "web")
    site.deploy("web", replicas=3)

    assert site.listed("deployment", "web").id == first.id
    site.cloud.remove(apps_v1.Deployment, "web", SPACE)
    assert [each for each in site.cloud.list() if each.kind in {"deployment", "pod"}] == []
