"""The driver says of a real cluster what is there, in our words; what does not answer is never empty."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from typing import Any

import pytest
from support.builders import a_placement, amounts
from support.cluster_stories import STORIES, Told
from support.clusters import CLUSTER, OTHER_POOL, POOL, SECONDS, SPACE, Cluster
from support.containers_plan import POOL as PLANNED_POOL
from support.containers_plan import a_containers_plan, a_front, an_index

from cmp.clouds.kubernetes.access import read_access
from cmp.clouds.kubernetes.api import PAGE, connect, http_of
from cmp.clouds.kubernetes.marks import POOL_LABEL
from cmp.errors import Refused, TryLater
from cmp.model.container import ContainerCloud, Entrance, Publication
from lab.kubernetes.door import MERGE
from lab.kubernetes.trouble import Trouble
from lab.processes import wait_until
from stacks.objects.containers import containers
from stacks.objects.manifest import Kind

pytestmark = [pytest.mark.lab, pytest.mark.kubernetes, pytest.mark.timeout(600)]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_real_cluster_tells_the_story(story: Callable[[Told], None], cluster: Cluster) -> None:
    story(cluster)


def test_a_pod_that_was_asked_to_go_and_is_held_is_told_with_what_holds_it(cluster: Cluster) -> None:
    """K19: never 'missing'."""
    cluster.deploy("web", replicas=1)
    facts = cluster.until("deployment", "web", lambda facts: facts["running"])
    (name,) = facts["pods"]
    path = f"/api/v1/namespaces/{SPACE}/pods/{name}"
    cluster.admin.must("PATCH", path, {"metadata": {"finalizers": ["example.org/hold"]}}, MERGE)
    cluster.admin.must("DELETE", path)

    held = cluster.until("deployment", "web", lambda facts: len(facts["pods"]) > 1)

    assert held["needs"][name] == "was asked to go and is held by example.org/hold"
    cluster.admin.must("PATCH", path, {"metadata": {"finalizers": None}}, MERGE)


def test_who_else_wrote_into_our_objects_is_told_with_the_fields(cluster: Cluster) -> None:
    cluster.deploy("web", replicas=1)
    path = f"/apis/apps/v1/namespaces/{SPACE}/deployments/web"
    ours = {"metadata": {"annotations": {"tricenter/environment": "lab", "tricenter/urn": "k"}}}
    cluster.admin.must("PATCH", f"{path}?fieldManager=pulumi-kubernetes-1", ours, MERGE)
    cluster.admin.must("PATCH", f"{path}?fieldManager=kubectl-edit", {"spec": {"replicas": 2}}, MERGE)

    found = cluster.listed("deployment", "web")

    assert found.managed
    assert "kubectl-edit: spec.replicas" in found.facts["edited_by"]
    assert not [each for each in found.facts["edited_by"] if each.startswith("pulumi")]


def a_set_of_the_stacks(image: str) -> dict[str, Any]:
    """The StatefulSet that stacks make of three replicas with a volume each, on the pool of the cluster."""
    component = an_index(replicas=3)
    row = a_placement(
        PLANNED_POOL,
        workload="portal",
        component="index",
        cloud=CLUSTER,
        image=image,
        replicas=3,
        replicas_on_takeover=3,
        size=amounts(1000, 1024, 20),
    )
    plan = a_containers_plan(component, rows=(row, a_placement(workload="portal", component="db")))
    made = next(each for each in containers(plan, CLUSTER, str) if each.kind is Kind.STATEFUL_SET)
    body = json.loads(json.dumps(made.body).replace(PLANNED_POOL, POOL))
    del body["spec"]["template"]["spec"]["priorityClassName"]
    return dict(body["spec"])


def test_a_pool_of_another_instruction_set_is_told_by_what_it_lacks(cluster: Cluster) -> None:
    """The pool is there, and its nodes run other programs than the image."""
    affinity = {"kubernetes.io/arch": "amd64", POOL_LABEL: POOL}
    cluster.deploy("web", replicas=1, nodeSelector=affinity)

    facts = cluster.until("deployment", "web", lambda facts: facts["needs"])

    (said,) = facts["needs"].values()
    assert "3 node(s) didn't match Pod's node affinity/selector" in said


def test_a_namespace_that_is_held_is_told_with_what_holds_it(cluster: Cluster) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "held"}}
    held = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kept", "finalizers": ["example.org/hold"]},
    }
    cluster.admin.apply("/api/v1/namespaces/held", space)
    cluster.admin.apply("/api/v1/namespaces/held/configmaps/kept", held)
    cluster.admin.must("DELETE", "/api/v1/namespaces/held")

    def ending() -> list[str]:
        found = (each for each in cluster.cloud.list() if (each.kind, each.name) == ("namespace", "held"))
        return [str(each.facts["needs"]) for each in found if each.facts["status"] == "Terminating"]

    assert wait_until(lambda: any("example.org/hold" in said for said in ending()), SECONDS, pause=0.5)
    path = "/api/v1/namespaces/held/configmaps/kept"
    cluster.admin.must("PATCH", path, {"metadata": {"finalizers": None}}, MERGE)
    assert wait_until(lambda: not ending(), SECONDS, pause=0.5)


@pytest.mark.kubernetes_all
def test_an_image_that_takes_a_minute_is_waited_for_and_named_until_then(cluster: Cluster) -> None:
    cluster.deploy("web", image="web:slow", replicas=1)

    waiting = cluster.until("deployment", "web", lambda facts: facts["needs"])
    assert list(waiting["needs"].values()) == ["main runs web:slow and is not ready"]

    cluster.until("deployment", "web", lambda facts: facts["running"])


@pytest.mark.kubernetes_all
def test_a_cluster_that_answers_late_or_never_is_told_by_its_name_and_is_well_again(
    cluster: Cluster,
) -> None:
    """What swallows packets ends by our own patience; what is only slow is waited for."""
    cluster.lab.have_trouble(CLUSTER, Trouble("GET /api/v1/nodes", -1, seconds=8))
    assert [each for each in cluster.cloud.list() if each.kind == "node"]

    cluster.lab.have_trouble(CLUSTER, Trouble("GET /readyz", 0))
    with pytest.raises(TryLater, match=f"cloud {CLUSTER}: ") as refusal:
        cluster.cloud.list()
    assert refusal.value.exit_code == 5

    cluster.lab.have_trouble(CLUSTER)
    assert cluster.cloud.list()


def test_an_ingress_is_told_with_its_names_and_whether_an_entrance_has_taken_it_up(cluster: Cluster) -> None:
    """As stacks make it; what the lab lacks is the controller, whose word is put in for it."""
    name = Publication(host="portal.example.org", path="/seals", port=443)
    entrance = ContainerCloud(entrance=Entrance(ingress_class="nginx", namespace="ingress-nginx"))
    plan = a_containers_plan(a_front(published=(name,), talks_to=()), facts=entrance)
    made = next(each for each in containers(plan, CLUSTER, str) if each.kind is Kind.INGRESS)
    cluster.make("apis/networking.k8s.io/v1", "ingresses", "Ingress", "front", made.body["spec"])

    waiting = cluster.listed("ingress", "front").facts
    assert waiting == {
        "class": "nginx",
        "names": ("portal.example.org/seals to front:tcp-443",),
        "addresses": (),
    }
    path = f"/apis/networking.k8s.io/v1/namespaces/{SPACE}/ingresses/front/status"
    addresses = [{"ip": "192.0.2.9"}, {"ip": "2001:db8::9"}]
    cluster.admin.must("PATCH", path, {"status": {"loadBalancer": {"ingress": addresses}}}, MERGE)
    assert cluster.listed("ingress", "front").facts["addresses"] == ("192.0.2.9", "2001:db8::9")


def test_the_way_back_of_a_stateful_set_removes_its_broken_replica_by_itself(cluster: Cluster) -> None:
    """K12: two of three serve throughout, and nobody has to remove the third by hand."""
    group, plural, kind, name = "apis/apps/v1", "statefulsets", "StatefulSet", "index"
    cluster.make(group, plural, kind, name, a_set_of_the_stacks("index:1"))
    cluster.until("stateful_set", name, lambda facts: facts["running"])

    cluster.make(group, plural, kind, name, a_set_of_the_stacks("index:never-ready"))
    broken = cluster.until("stateful_set", name, lambda facts: facts["needs"])
    assert broken["needs"] == {"index-2": "main runs index:never-ready and is not ready"}
    assert (broken["ready"], broken["running"]) == (2, False)

    serving: list[int] = []
    cluster.make(group, plural, kind, name, a_set_of_the_stacks("index:1"))
    back = cluster.until(
        "stateful_set", name, lambda facts: serving.append(facts["ready"]) or facts["running"]
    )

    assert (back["ready"], back["needs"], min(serving)) == (3, {}, 2)


def test_a_cluster_that_does_not_answer_is_no_empty_one(cluster: Cluster) -> None:
    """K01: exit 5, with the cluster's name."""
    opened = cluster.cloud
    opened.ready()
    cluster.lab.down(print, CLUSTER)

    for ask in (opened.ready, opened.list, lambda: opened.identity):
        with pytest.raises(TryLater, match=f"cloud {CLUSTER}: .*cannot be reached") as refusal:
            ask()
        assert refusal.value.exit_code == 5

    cluster.lab.up(print)
    opened.ready()
    assert opened.list()


def test_half_a_list_is_none(cluster: Cluster) -> None:
    """K32: the third page of a list fails, and goes on failing."""
    with closing(connect(read_access(cluster.binding))) as client:
        for number in range(2 * PAGE + 1):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"m-{number}"}}
            http_of(client).post(f"/api/v1/namespaces/{SPACE}/configmaps", json=body).raise_for_status()
    for status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        cluster.lab.have_trouble(CLUSTER, Trouble("GET .*/configmaps.*continue=", status, after=1))
        with pytest.raises(TryLater, match=f"cloud {CLUSTER}: list config_maps") as refusal:
            cluster.cloud.list()
        assert refusal.value.exit_code == 5

    cluster.lab.have_trouble(CLUSTER)
    assert len([each for each in cluster.cloud.list() if each.kind == "config_map"]) > 2 * PAGE


def test_trouble_that_passes_is_bridged(cluster: Cluster) -> None:
    cluster.lab.have_trouble(CLUSTER, Trouble("GET /api/v1/nodes", HTTPStatus.SERVICE_UNAVAILABLE, times=2))

    assert {each.facts["pool"] for each in cluster.cloud.list() if each.kind == "node"} == {POOL, OTHER_POOL}


def test_a_token_that_is_not_accepted_is_refused_in_words(cluster: Cluster) -> None:
    file = cluster.lab.layout.kubeconfig
    whole = file.read_text()
    token = cluster.lab.layout.place(CLUSTER).token("tricenter-carrier").read_text()
    file.write_text(whole.replace(token, "sesame"))
    try:
        with pytest.raises(Refused, match=f"cloud {CLUSTER}: .*credentials are not accepted"):
            cluster.cloud.list()
    finally:
        file.write_text(whole)
