"""What a cluster lists is compared with the Plan: replicas and where they run, endpoints, rules, others."""

from __future__ import annotations

from typing import Any

import pytest
from support.containers_plan import CLUSTER, NAMESPACE, PODS, POOL, a_containers_plan, a_front

from cmp.clouds.base import Resource
from cmp.model.container import ContainerCloud, Entrance, Publication
from cmp.model.estate import CloudKind
from cmp.services.verifying import objects
from cmp.services.verifying.comparing import compare
from cmp.services.verifying.differences import Consequence, Difference
from cmp.services.verifying.objects import LISTED, compare_objects
from stacks.objects.containers import containers
from stacks.objects.manifest import Kind, Manifest
from stacks.objects.platform import platform

PLAN = a_containers_plan()
FRONT = f"{NAMESPACE}/front--primary--{POOL}"


def facts(wanted: Manifest) -> dict[str, Any]:
    spec = wanted.body.get("spec", {})
    match wanted.kind:
        case Kind.DEPLOYMENT | Kind.STATEFUL_SET:
            count = spec["replicas"]
            pod = {
                "running": True,
                "pool": POOL,
                "isa": "arm64",
                "ipv4": ("10.64.16.9",),
                "ipv6": ("3fff:100:0:1::9",),
            }
            pods = {f"{wanted.name}-{number}": pod for number in range(count)}
            return {
                "running": True,
                "wanted": count,
                "ready": count,
                "pods": pods,
                "needs": {},
                "refused": "",
            }
        case Kind.SERVICE:
            ports = tuple((each["protocol"].lower(), each["port"]) for each in spec.get("ports", ()))
            headless = spec.get("clusterIP") == "None"
            addresses = () if headless else ("10.64.28.7", "3fff:100:0:1:c000::7")
            both = {"ipv4": (3, 3), "ipv6": (3, 3)}
            return {"ports": ports, "endpoints": both, "headless": headless, "addresses": addresses}
        case Kind.NETWORK_POLICY:
            names = ("direction", "protocol", "port", "prefix")
            return {"rules": tuple(dict(zip(names, rule, strict=True)) for rule in objects._rules(wanted))}
        case Kind.AUTOSCALER:
            return {"least": spec["minReplicas"], "most": spec["maxReplicas"]}
    return {}


def listing(**changed: dict[str, Any]) -> tuple[Resource, ...]:
    """What a cluster lists when all is as planned, but for facts that are changed by path."""
    wanted = [
        each for each in (*platform(PLAN, CLUSTER), *containers(PLAN, CLUSTER, str)) if each.kind in LISTED
    ]
    return tuple(
        Resource(
            CLUSTER,
            LISTED[each.kind],
            each.key,
            each.path,
            managed=True,
            tags={"environment": "test", "plan": PLAN.hash},
            facts=facts(each) | changed.get(f"{LISTED[each.kind]} {each.path}", {}),
        )
        for each in wanted
    )


def found(**changed: dict[str, Any]) -> list[Difference]:
    return list(compare_objects(PLAN, listing(**changed)))


def test_a_cluster_as_planned_has_no_difference() -> None:
    assert found() == []


def test_what_is_left_out_is_not_judged() -> None:
    assert list(compare_objects(PLAN, (), frozenset({CloudKind.KUBERNETES}))) == []


def test_an_object_that_is_gone_or_a_strangers_is_told() -> None:
    gone = [each for each in listing() if each.name != FRONT]
    missing, bounds = compare_objects(PLAN, tuple(gone))

    assert {missing.real, bounds.real} == {"missing"}
    assert missing.consequence is Consequence.RECOVERY
    strange = tuple(
        Resource(each.cloud, each.kind, each.id, each.name, managed=False, facts=each.facts)
        for each in listing()
        if each.name == FRONT and each.kind == "deployment"
    )
    assert [d.real for d in compare_objects(PLAN, (*strange, *gone)) if d.kind == "deployment"] == [
        "there, and not ours"
    ]


def test_pods_that_wait_are_told_in_the_clusters_own_words_and_may_pass() -> None:
    needs = {"front-2": "0/3 nodes are available: 3 Insufficient cpu."}
    (only,) = found(**{f"deployment {FRONT}": {"ready": 2, "running": False, "needs": needs}})

    assert (only.field, only.real) == ("ready", "2 of 3: 0/3 nodes are available: 3 Insufficient cpu.")
    assert only.passing


@pytest.mark.parametrize(("wanted", "told"), [(7, False), (12, False), (14, True)])
def test_an_autoscalers_number_is_drift_outside_its_bounds_alone(wanted: int, *, told: bool) -> None:
    differences = found(**{f"deployment {FRONT}": {"wanted": wanted, "ready": wanted}})

    assert bool([each for each in differences if each.field == "replicas"]) is told


def test_pods_that_are_refused_say_why() -> None:
    sentence = 'pods "front" is forbidden: violates PodSecurity "restricted"'
    (only,) = found(**{f"deployment {FRONT}": {"refused": sentence}})

    assert only.real == sentence


def test_a_service_of_one_family_is_not_verified() -> None:
    (only,) = found(**{f"service {NAMESPACE}/front": {"endpoints": {"ipv4": (3, 3), "ipv6": (0, 3)}}})

    assert (only.field, only.real) == ("endpoints ipv6", "0 of 3 ready")


def test_a_rule_that_nobody_declared_is_a_matter_of_security() -> None:
    rule = {"direction": "ingress", "protocol": "tcp", "port": 22, "prefix": "0.0.0.0/0"}
    name = f"network_policy {NAMESPACE}/default-deny"
    (only,) = found(**{name: {"rules": (rule,)}})

    assert (only.real, only.consequence) == ("ingress tcp 22 0.0.0.0/0", Consequence.SECURITY)


def test_an_edit_of_others_is_shown_but_for_what_is_left_to_them() -> None:
    edits = ("kubectl: spec.ports, spec.type",)
    (only,) = found(**{f"service {NAMESPACE}/front": {"edited_by": edits}})
    scaled = found(**{f"deployment {FRONT}": {"edited_by": ("kube-controller-manager: spec.replicas",)}})

    assert (only.field, only.real, only.consequence) == ("edited by", edits[0], Consequence.HARMLESS)
    assert scaled == []


def test_addresses_outside_of_what_the_plan_gives_are_told() -> None:
    pod = {"running": True, "pool": POOL, "isa": "arm64", "ipv4": ("192.0.2.1",), "ipv6": ()}
    changed = {
        f"deployment {FRONT}": {"pods": {"one": pod}},
        f"service {NAMESPACE}/front": {"addresses": ("10.64.28.7", "2001:db8::7")},
    }

    told = {(each.field, each.declared, each.real) for each in found(**changed)}

    assert told == {
        ("one ipv4", f"in {PODS}", "192.0.2.1"),
        ("one ipv6", "in 3fff:100:0:1::/65", "none"),
        ("address ipv6", "in 3fff:100:0:1:c000::/112", "2001:db8::7"),
    }


@pytest.mark.parametrize(
    ("pool", "addresses", "fields"),
    [
        (POOL, ("10.64.24.1", "3fff:100:0:1:8000::1"), []),
        (POOL, ("192.0.2.1", "3fff:100:0:1:8000::1"), ["address ipv4"]),
        (POOL, (), ["address ipv4", "address ipv6"]),
        ("somebody-elses", ("192.0.2.1",), []),
    ],
)
def test_nodes_outside_of_what_the_plan_gives_are_told(
    pool: str, addresses: tuple[str, ...], fields: list[str]
) -> None:
    node = Resource(CLUSTER, "node", "n", "n", managed=False, facts={"pool": pool, "addresses": addresses})

    assert [each.field for each in compare_objects(PLAN, (*listing(), node))] == fields


def returned(component: str, known: frozenset[str] = frozenset({"k"})) -> tuple[Difference, ...]:
    """A set that a cluster runs although its rows are elsewhere by now: a lost center is back."""
    tags = {"environment": "test", "workload": "portal", "component": component, "urn": "k"}
    there = Resource(
        CLUSTER,
        "stateful_set",
        "s",
        f"{NAMESPACE}/{component}--primary--lost",
        managed=True,
        tags=tags,
        facts={"ready": 2, "wanted": 2},
    )
    told = compare(PLAN, (*listing(), there), known)
    return tuple(each for each in told if each.resource == there.name)


@pytest.mark.parametrize("known", [frozenset({"k"}), frozenset[str]()])
def test_what_a_lost_center_still_runs_when_it_is_back_is_told_with_what_it_breaks(
    known: frozenset[str],
) -> None:
    """K15: whether the stacks still hold it or not."""
    (writer,) = returned("index", known)
    (front,) = returned("front", known)

    assert (writer.declared, writer.consequence) == ("-", Consequence.DATA)
    assert writer.real == f"there, 2 of 2 run; the Plan has it in {CLUSTER}: two write"
    assert (front.real, front.consequence) == (
        f"there, 2 of 2 run; the Plan has it in {CLUSTER}",
        Consequence.COST,
    )


def test_two_writers_come_first() -> None:
    tags = {"environment": "test", "workload": "portal", "component": "index"}
    there = Resource(CLUSTER, "stateful_set", "s", "z/z", managed=True, tags=tags)
    gone = [each for each in listing() if each.kind != "deployment"]

    first, *rest = compare(PLAN, (*gone, there), frozenset())

    assert first.consequence is Consequence.DATA
    assert rest


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"addresses": ()}, ["entrance"]),
        ({"class": "another"}, ["class"]),
        ({"names": ("portal.example.org/ to other:tcp-443",)}, ["names"]),
    ],
)
def test_an_entrance_that_does_not_lead_where_it_should_is_told(
    changed: dict[str, Any], fields: list[str]
) -> None:
    name = Publication(host="portal.example.org", port=443)
    entrance = ContainerCloud(entrance=Entrance(ingress_class="nginx", namespace="ingress-nginx"))
    plan = a_containers_plan(a_front(published=(name,), talks_to=()), facts=entrance)
    wanted = next(each for each in containers(plan, CLUSTER, str) if each.kind is Kind.INGRESS)
    there = {
        "class": "nginx",
        "names": ("portal.example.org/ to front:tcp-443",),
        "addresses": ("192.0.2.9",),
    }
    tags = {"environment": "test", "plan": plan.hash}
    real = Resource(CLUSTER, "ingress", "i", wanted.path, managed=True, tags=tags, facts=there | changed)

    told = [each.field for each in compare_objects(plan, (real,)) if each.kind == "ingress"]
    assert told == fields
