"""What runs in a cluster: sets on their pool's nodes, content by digest, names within limits, one may go."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.builders import a_placement, amounts, an_exposure
from support.containers_plan import CLUSTER, NAMESPACE, POOL, a_containers_plan, a_front, an_index

from cmp.model.container import ContainerCloud, Entrance, Publication
from cmp.model.plan import Plan
from cmp.model.workload import Spread
from stacks.objects.containers import containers
from stacks.objects.manifest import Kind, Manifest
from stacks.objects.platform import platform

VALUE = "sesame"


def all_of(plan: Plan, value: str = VALUE) -> tuple[Manifest, ...]:
    return containers(plan, CLUSTER, lambda reference: f"{reference}={value}")


def one(plan: Plan, kind: Kind, value: str = VALUE) -> Manifest:
    (found,) = [each for each in all_of(plan, value) if each.kind is kind]
    return found


def pod(plan: Plan, kind: Kind = Kind.DEPLOYMENT, value: str = VALUE) -> dict[str, Any]:
    return dict(one(plan, kind, value).body["spec"]["template"])


def test_pods_stand_on_nodes_of_their_pool_and_instruction_set() -> None:
    affinity = pod(a_containers_plan())["spec"]["affinity"]["nodeAffinity"]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]

    assert {each["key"]: each["values"] for each in term["matchExpressions"]} == {
        "kubernetes.io/arch": ["arm64"],
        "node-restriction.kubernetes.io/tricenter-pool": [POOL],
    }


def test_replicas_of_one_revision_are_spread_over_nodes_that_may_take_them() -> None:
    (front,) = pod(a_containers_plan())["spec"]["topologySpreadConstraints"]
    (index,) = pod(a_containers_plan(), Kind.STATEFUL_SET)["spec"]["topologySpreadConstraints"]

    assert (front["maxSkew"], front["matchLabelKeys"]) == (1, ["pod-template-hash"])
    assert index["matchLabelKeys"] == ["controller-revision-hash"]
    assert front["nodeAffinityPolicy"] == front["nodeTaintsPolicy"] == "Honor"


def test_other_spreads_leave_nodes_alone() -> None:
    plan = a_containers_plan(a_front(spread=Spread.NONE, talks_to=()))

    assert pod(plan)["spec"]["topologySpreadConstraints"] == []


def test_requests_are_what_the_plan_counts() -> None:
    (container,) = pod(a_containers_plan(), Kind.STATEFUL_SET)["spec"]["containers"]

    assert container["resources"]["requests"] == {
        "cpu": "2000m",
        "memory": "4096Mi",
        "ephemeral-storage": "5Gi",  # 20 GiB of disk, 15 of them on a volume
    }
    assert container["volumeMounts"] == [{"name": "data", "mountPath": "/srv/data"}]


def test_a_node_that_does_not_answer_is_waited_for_by_the_time_the_system_has() -> None:
    plan = a_containers_plan()
    rto = plan.environment.rto_seconds(plan.environment.workload["portal"])
    seconds = {each["tolerationSeconds"] for each in pod(plan)["spec"]["tolerations"]}

    assert rto is not None
    assert seconds == {min(300, max(30, rto // 4))}


def test_an_autoscaler_alone_sets_the_number_between_the_plan_and_the_calendar() -> None:
    plan = a_containers_plan()

    assert one(plan, Kind.DEPLOYMENT).left == ("spec.replicas",)
    assert one(plan, Kind.DEPLOYMENT).body["spec"]["replicas"] == 3
    bounds = one(plan, Kind.AUTOSCALER).body["spec"]
    assert (bounds["minReplicas"], bounds["maxReplicas"]) == (3, 12)


def test_without_demand_the_plan_sets_the_number() -> None:
    plan = a_containers_plan(a_front(demand=(), talks_to=()))

    assert one(plan, Kind.DEPLOYMENT).left == ()
    assert one(plan, Kind.DEPLOYMENT).body["spec"]["replicas"] == 3
    assert not [each for each in all_of(plan) if each.kind is Kind.AUTOSCALER]


@pytest.mark.parametrize("replicas", [1, 3])
def test_one_pod_may_always_go(replicas: int) -> None:
    plan = a_containers_plan(a_front(replicas=replicas, min_replicas=replicas, demand=(), talks_to=()))

    assert one(plan, Kind.DISRUPTION_BUDGET).body["spec"]["maxUnavailable"] == 1


def test_services_have_both_families_and_wait_for_nothing() -> None:
    found = {each.name: each for each in all_of(a_containers_plan()) if each.kind is Kind.SERVICE}

    assert set(found) == {"front", "index", "index--members"}
    for each in found.values():
        assert each.body["spec"]["ipFamilyPolicy"] == "RequireDualStack"
        assert each.body["spec"]["ipFamilies"] == ["IPv4", "IPv6"]
        assert each.steering["pulumi.com/skipAwait"] == "true"
    assert found["index"].body["spec"]["clusterIP"] == "None"
    assert found["front"].body["spec"]["ports"] == [
        {"name": "tcp-443", "port": 443, "targetPort": 443, "protocol": "TCP"}
    ]


def test_another_setting_is_another_object_and_another_revision() -> None:
    red, blue = (a_containers_plan(a_front(config={"A": value}, talks_to=())) for value in ("red", "blue"))

    assert one(red, Kind.CONFIG_MAP).name != one(blue, Kind.CONFIG_MAP).name
    assert pod(red) != pod(blue)
    assert pod(red) == pod(a_containers_plan(a_front(config={"A": "red"}, talks_to=())))


def test_another_secret_is_another_revision_and_no_name_or_pod_tells_it() -> None:
    plan = a_containers_plan(a_front(talks_to=()))

    assert pod(plan, value="one") != pod(plan, value="other")
    for each in all_of(plan):
        if each.kind is not Kind.SECRET:
            assert VALUE not in json.dumps([each.name, each.body, dict(each.tags)])


def test_no_pod_follows_the_hash_of_a_plan() -> None:
    other = a_containers_plan(inputs_hash="1" * 64)

    assert a_containers_plan().hash != other.hash
    assert pod(a_containers_plan()) == pod(other)


def test_what_runs_fits_the_strictest_standard() -> None:
    found = pod(a_containers_plan())["spec"]
    (container,) = found["containers"]

    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert found["automountServiceAccountToken"] is False


def test_long_names_stay_within_kubernetes_limits_and_apart() -> None:
    long = "a" * 39
    parts = (a_front(id=f"{long}1", talks_to=()), a_front(id=f"{long}2", talks_to=()), an_index())
    rows = tuple(
        a_placement(POOL, workload="portal", component=part.id, cloud=CLUSTER, size=amounts(2000, 4096, 20))
        for part in parts
    )
    found = all_of(a_containers_plan(*parts, rows=rows))

    assert len({each.key for each in found}) == len(found)
    for each in found:
        longest = 52 if each.kind in {Kind.DEPLOYMENT, Kind.STATEFUL_SET} else 63
        assert len(each.name) <= longest, each.key
        assert each.name[0].isalpha(), each.key
        assert each.namespace == NAMESPACE


ENTRANCE = ContainerCloud(entrance=Entrance(ingress_class="nginx", namespace="ingress-nginx"))
NAMES = (
    Publication(host="portal.example.org", port=443),
    Publication(host="portal.example.org", path="/old", port=443),
)


def test_a_published_component_is_reached_by_its_names_where_its_cluster_has_an_entrance() -> None:
    plan = a_containers_plan(a_front(published=NAMES, talks_to=()), facts=ENTRANCE)
    spec = one(plan, Kind.INGRESS).body["spec"]

    assert (spec["ingressClassName"], spec["tls"]) == ("nginx", [{"hosts": ["portal.example.org"]}])
    (rule,) = spec["rules"]
    to = {"service": {"name": "front", "port": {"name": "tcp-443"}}}
    assert rule["http"]["paths"] == [
        {"path": path, "pathType": "Prefix", "backend": to} for path in ("/", "/old")
    ]


def test_without_an_entrance_or_a_name_there_is_no_ingress() -> None:
    for plan in (
        a_containers_plan(a_front(published=NAMES, talks_to=())),
        a_containers_plan(a_front(talks_to=()), facts=ENTRANCE),
    ):
        assert [each for each in all_of(plan) if each.kind is Kind.INGRESS] == []


def test_the_entrance_may_ask_what_is_published_and_nothing_else() -> None:
    plan = a_containers_plan(
        a_front(published=NAMES, talks_to=(), exposes=(an_exposure(443), an_exposure(8443))), facts=ENTRANCE
    )
    policy = next(
        each for each in platform(plan, CLUSTER) if each.kind is Kind.NETWORK_POLICY and each.name == "front"
    )
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}

    asked = {rule["ports"][0]["port"] for rule in policy.body["spec"]["ingress"] if peer in rule["from"]}
    assert asked == {443}
