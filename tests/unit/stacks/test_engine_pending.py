from __future__ import annotations

from typing import Any

import pytest

from cmp.clouds.labels import mark_of
from cmp.clouds.memory import MemoryCloud
from stacks.engine.pending import settled

STACK = "urn:pulumi:lab.bj-a::tricenter-foundation::"
PROVIDER = f"{STACK}pulumi:providers:tricenter::bj-a-gov"
NETWORK = f"{STACK}tricenter:net:Network$tricenter:openstack:Network::lab.bj-a-gov.public"
INPUTS = {"name": "lab.bj-a-gov.public", "tags": {"plan": "abc"}}


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud("bj-a-gov")


def a_state(*pending: dict[str, Any], resources: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    settings = {"environment": "lab", "cloud": "bj-a-gov", "kind": "openstack"}
    provider = {
        "urn": PROVIDER,
        "custom": True,
        "id": "1",
        "type": "pulumi:providers:tricenter",
        "inputs": settings,
    }
    return {"manifest": {}, "resources": [provider, *resources], "pending_operations": list(pending)}


def an_operation(kind: str = "creating", **changes: Any) -> dict[str, Any]:
    record = {
        "urn": NETWORK,
        "custom": True,
        "type": "tricenter:openstack:Network",
        "inputs": INPUTS,
        "provider": f"{PROVIDER}::1",
    }
    return {"type": kind, "resource": record | changes}


def test_what_a_dead_run_had_created_is_taken_into_the_state(cloud: MemoryCloud) -> None:
    made = cloud.noun("network").create(INPUTS, mark_of(NETWORK, "lab"))

    state = settled(a_state(an_operation()), lambda _: cloud)

    assert "pending_operations" not in state
    assert state["resources"][1]["id"] == made.id
    assert state["resources"][1]["inputs"] == INPUTS
    assert state["resources"][1]["outputs"]["name"] == "lab.bj-a-gov.public"


def test_a_secret_stays_as_the_engine_encrypted_it(cloud: MemoryCloud) -> None:
    """Clouds tell what a server runs at first boot in clear."""
    urn = f"{STACK}tricenter:openstack:Server::web-1"
    cloud.noun("server").create(
        {"name": "web-1", "isa": "arm64", "user_data": "a pass phrase"}, mark_of(urn, "lab")
    )
    inputs = {"name": "web-1", "user_data": {"ciphertext": "v1:abc"}}
    begun = an_operation(urn=urn, type="tricenter:openstack:Server", inputs=inputs)

    record = settled(a_state(begun), lambda _: cloud)["resources"][1]

    assert record["id"]
    assert record["inputs"]["user_data"] == record["outputs"]["user_data"] == {"ciphertext": "v1:abc"}
    assert "a pass phrase" not in str(record)


def test_what_was_never_made_is_forgotten(cloud: MemoryCloud) -> None:
    state = settled(a_state(an_operation()), lambda _: cloud)

    assert [record["urn"] for record in state["resources"]] == [PROVIDER]


@pytest.mark.parametrize("kind", ["updating", "deleting"])
def test_what_was_being_changed_or_deleted_stays_in_the_state(cloud: MemoryCloud, kind: str) -> None:
    standing = an_operation()["resource"] | {"id": "network-1"}

    state = settled(a_state(an_operation(kind), resources=(standing,)), lambda _: cloud)

    assert [record.get("id") for record in state["resources"]] == ["1", "network-1"]


def test_a_creation_that_the_state_holds_already_is_not_recorded_twice(cloud: MemoryCloud) -> None:
    made = cloud.noun("network").create(INPUTS, mark_of(NETWORK, "lab"))
    standing = an_operation()["resource"] | {"id": made.id}

    state = settled(a_state(an_operation(), resources=(standing,)), lambda _: cloud)

    assert [record["urn"] for record in state["resources"]] == [PROVIDER, NETWORK]


def test_the_creation_of_a_provider_needs_no_cloud(cloud: MemoryCloud) -> None:
    begun = an_operation(urn=PROVIDER + "2", type="pulumi:providers:tricenter", provider="")

    assert len(settled(a_state(begun), lambda _: cloud)["resources"]) == 1
