"""What programs of a cluster hand to the engine: one provider, secrets as such, marks that find it again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from pulumi.runtime.rpc import is_rpc_secret
from support.containers_plan import CLUSTER, NAMESPACE, a_containers_plan, a_front
from support.simulated import Recorded, run

from cmp.clouds.binding import Files
from cmp.clouds.labels import key_of
from cmp.model.plan import Plan
from stacks.engine.private_command import forgetting
from stacks.programs.containers import containers
from stacks.programs.door import Program
from stacks.programs.platform import platform

PROVIDER = "pulumi:providers:kubernetes"
DEPLOYMENT, SECRET = "kubernetes:apps/v1:Deployment", "kubernetes:core/v1:Secret"
FRONT = f"{NAMESPACE}/front--primary--bj-a-k8s-kunpeng"


@pytest.fixture
def access(tmp_path: Path) -> Files:
    return Files(kubeconfig=tmp_path / "kubeconfig", made_up_secrets=tmp_path / "secrets")


def declared(plan: Plan, access: Files) -> Recorded:
    return run(
        partial(containers, plan, CLUSTER, access), project="tricenter-workloads", stack=f"test.{CLUSTER}"
    )


@pytest.mark.parametrize("program", [platform, containers])
def test_every_object_has_the_provider_of_its_cluster(program: Program, access: Files) -> None:
    found = run(partial(program, a_containers_plan(), CLUSTER, access))

    objects = {name: used for name, used in found.providers.items() if name[0] != PROVIDER}
    assert objects
    assert all(f"{PROVIDER}::{CLUSTER}::" in used for used in objects.values())


def test_the_provider_holds_a_path_and_the_clusters_id_and_no_switch_of_the_shell(
    access: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    monkeypatch.setenv("KUBECONFIG", "/somebody/elses")

    settings = declared(a_containers_plan(), access).inputs(PROVIDER, CLUSTER)

    assert settings["kubeconfig"] == str(access.kubeconfig)
    assert settings["clusterIdentifier"] == CLUSTER
    assert (settings["deleteUnreachable"], settings["enableConfigMapMutable"]) == ("false", "true")


def test_an_object_is_marked_with_the_key_of_its_urn_and_its_plan(access: Files) -> None:
    plan = a_containers_plan()
    metadata = declared(plan, access).inputs(DEPLOYMENT, FRONT)["metadata"]

    urn = f"urn:pulumi:test.{CLUSTER}::tricenter-workloads::{DEPLOYMENT}::{FRONT}"
    assert metadata["annotations"]["tricenter/urn"] == key_of(urn)
    assert metadata["annotations"]["tricenter/plan"] == plan.hash
    assert metadata["labels"]["tricenter/component"] == "front"


def test_what_a_secret_holds_is_a_secret_of_the_stack(access: Files) -> None:
    found = declared(a_containers_plan(), access)

    assert len(found.names(SECRET)) == 2
    assert all(is_rpc_secret(found.inputs(SECRET, name)["stringData"]) for name in found.names(SECRET))


def test_the_lab_makes_up_a_secret_once(access: Files) -> None:
    first, second = (declared(a_containers_plan(), access).names(SECRET) for _ in range(2))

    assert first == second


def test_a_secret_that_nobody_gave_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    with pytest.raises(Exception, match="there is no secret secret://portal/password"):
        declared(a_containers_plan(a_front(talks_to=())), Files(kubeconfig=tmp_path / "kubeconfig"))


def test_the_engine_never_sees_a_switch_that_takes_silence_for_emptiness() -> None:
    ambient = {"PULUMI_K8S_DELETE_UNREACHABLE": "true", "PATH": "/bin", "PULUMI_K8S_x;rm": "no"}

    assert forgetting(ambient) == "unset PULUMI_K8S_DELETE_UNREACHABLE && "
    assert forgetting({"PATH": "/bin"}) == ""
