"""Gives tests a cluster of the lab of their own, which they may stop, break and reset, and its driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

import pytest
from support.builders import a_center, a_chip, a_cloud, a_pool, a_zone_network, an_estate
from support.cluster_stories import OTHER_POOL, POOL, SPACE
from support.own_ports import Ports, set_aside

from cmp.clouds.base import Resource
from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes.cloud import KubernetesCloud
from cmp.clouds.kubernetes.marks import POOL_LABEL
from cmp.model.estate import CloudBinding, CloudKind, Estate, Isa
from lab.kubernetes.cloud import KubernetesLab
from lab.kubernetes.door import MERGE, Door
from lab.processes import wait_until
from lab.registry import kubernetes_lab

CLUSTER, CONTEXT = "bj-a-k8s", "beijing"
NETWORK = a_zone_network(
    CLUSTER, "private", ipv4=IPv4Network("10.64.16.0/20"), ipv6=IPv6Network("3fff:100:0:1::/64")
)
"""What a Plan gives to the cluster."""
SECONDS = 90.0
"""How long a cluster of a busy machine may take for what takes a second."""


def cluster_estate() -> Estate:
    """One cluster: two nodes of arm64 and one of amd64."""
    binding = CloudBinding(context=CONTEXT)
    kunpeng = a_chip("kunpeng-920", isa=Isa.ARM64)
    return an_estate(
        chips=(a_chip(), kunpeng),
        centers=(a_center("bj-a"),),
        links=(),
        clouds=(a_cloud(CLUSTER, center="bj-a", kind=CloudKind.KUBERNETES, binding=binding),),
        pools=(
            a_pool(POOL, cloud=CLUSTER, chip=kunpeng.id, hosts=2),
            a_pool(OTHER_POOL, cloud=CLUSTER, hosts=1),
        ),
    )


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that runs, its administrator, and what our driver says of it."""

    lab: KubernetesLab

    @property
    def admin(self) -> Door:
        """Who may do everything there."""
        return Door(self.lab.layout.place(CLUSTER))

    @property
    def binding(self) -> Binding:
        """How our driver reaches it."""
        return Binding(
            CLUSTER, CloudKind.KUBERNETES, context=CONTEXT, kubeconfig_file=str(self.lab.layout.kubeconfig)
        )

    @property
    def cloud(self) -> KubernetesCloud:
        """Our driver, opened anew."""
        return KubernetesCloud(self.binding)

    def label(self, labels: Mapping[str, str]) -> None:
        """Put labels on the namespace of the tests."""
        self.admin.must("PATCH", f"/api/v1/namespaces/{SPACE}", {"metadata": {"labels": dict(labels)}}, MERGE)

    def listed(self, kind: str, name: str) -> Resource:
        """One thing that the driver lists, by its name in the namespace of the tests."""
        found = [each for each in self.cloud.list() if (each.kind, each.name) == (kind, f"{SPACE}/{name}")]
        assert found, f"no {kind} {name}"
        return found[0]

    def until(self, kind: str, name: str, claim: Callable[[Mapping[str, Any]], object]) -> Mapping[str, Any]:
        """Wait until what the driver says of something is as claimed; gives what it says then."""
        seen: dict[str, Any] = {}

        def holds() -> bool:
            seen.clear()
            seen.update(self.listed(kind, name).facts)
            return bool(claim(seen))

        assert wait_until(holds, SECONDS, pause=0.5), f"{kind} {name}: {seen}"
        return seen

    def deploy(
        self, name: str, image: str = "web:1", replicas: int = 2, pool: str = POOL, **pod: Any
    ) -> None:
        """Make a Deployment with a dual-stack Service of its name, as an administrator would."""
        labels = {"app": name}
        template = {
            "metadata": {"labels": labels},
            "spec": {
                "nodeSelector": {POOL_LABEL: pool},
                "containers": [{"name": "main", "image": image}],
                **pod,
            },
        }
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        self.make("apis/apps/v1", "deployments", "Deployment", name, spec)
        ports = {"ports": [{"port": 80}], "ipFamilyPolicy": "RequireDualStack", "selector": labels}
        self.make("api/v1", "services", "Service", name, ports)

    def make(self, group: str, plural: str, kind: str, name: str, spec: Mapping[str, Any]) -> Any:
        """Make one object in the namespace of the tests."""
        version = group.partition("/")[2]
        body = {
            "apiVersion": version,
            "kind": kind,
            "metadata": {"name": name, "namespace": SPACE},
            "spec": spec,
        }
        return self.admin.apply(f"/{group}/namespaces/{SPACE}/{plural}/{name}", body)


@pytest.fixture(scope="session")
def cluster_made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesLab]:
    """The lab of one cluster in a state folder of its own, made once."""
    state = tmp_path_factory.mktemp("clusters")
    set_aside(cluster_estate(), state, Ports.CLUSTER)
    lab = kubernetes_lab(cluster_estate(), state, networks=(NETWORK,))
    try:
        lab.up(print)
        yield lab
    finally:
        lab.down(print)


@pytest.fixture
def cluster(cluster_made: KubernetesLab) -> Iterator[Cluster]:
    """The cluster, up and clean, with an empty namespace; what a test leaves there goes."""
    cluster_made.up(print)
    found = Cluster(cluster_made)
    path = f"/api/v1/namespaces/{SPACE}"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
    found.admin.apply(path, space)
    yield found
    cluster_made.have_trouble(CLUSTER)
    cluster_made.up(print)
    found.admin.ask("DELETE", path)
    assert wait_until(lambda: found.admin.ask("GET", path)[0] == 404, SECONDS, pause=0.3)


def spec_folder(lab: KubernetesLab) -> Path:
    """Where the lab keeps the cluster of the tests."""
    return lab.layout.place(CLUSTER).folder
