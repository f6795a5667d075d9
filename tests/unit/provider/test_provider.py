"""The provider answers the engine's calls over a cloud in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi.provider.experimental import provider as engine

from cmp.clouds.memory import MemoryCloud
from cmp.errors import Invalid
from stacks.provider.provider import TricenterProvider
from stacks.provider.values import plain, wrapped

NETWORK = "tricenter:openstack:Network"
SUBNET = "tricenter:openstack:Subnet"
SETTINGS = {"environment": "lab", "cloud": "twin", "kind": "openstack", "entry": "bj-a"}


class Caller:
    """Calls the provider as the engine does, with plain values."""

    def __init__(self) -> None:
        self.cloud = MemoryCloud("twin")
        self.provider = TricenterProvider(lambda _binding: self.cloud)
        asked = engine.ConfigureRequest({}, wrapped(SETTINGS), accept_secrets=True, accept_resources=True)
        self.configured = asyncio.run(self.provider.configure(asked))

    def urn(self, token: str) -> str:
        return f"urn:pulumi:lab.bj-a::foundation::{token}::one"

    def check(self, token: str, /, **given: Any) -> engine.CheckResponse:
        asked = engine.CheckRequest(self.urn(token), {}, wrapped(given), b"")
        return asyncio.run(self.provider.check(asked))

    def create(self, token: str, /, *, preview: bool = False, **given: Any) -> Any:
        asked = engine.CreateRequest(self.urn(token), wrapped(given), 0, preview)
        return asyncio.run(self.provider.create(asked))

    def diff(self, token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> engine.DiffResponse:
        asked = engine.DiffRequest(self.urn(token), "id", wrapped(old), wrapped(new), [])
        return asyncio.run(self.provider.diff(asked))

    def read(self, token: str, ref: str, known: Mapping[str, Any]) -> engine.ReadResponse:
        asked = engine.ReadRequest(self.urn(token), ref, wrapped(known), wrapped(known))
        return asyncio.run(self.provider.read(asked))

    def update(self, token: str, ref: str, old: Any, new: Any, *, preview: bool = False) -> dict[str, Any]:
        asked = engine.UpdateRequest(self.urn(token), ref, wrapped(old), wrapped(new), 0, [], preview)
        return plain(asyncio.run(self.provider.update(asked)).properties)

    def delete(self, token: str, ref: str) -> None:
        asyncio.run(self.provider.delete(engine.DeleteRequest(self.urn(token), ref, {}, 0)))

    def diff_settings(self, new: Mapping[str, Any]) -> engine.DiffResponse:
        asked = engine.DiffRequest("urn", "id", wrapped(SETTINGS), wrapped(new), [])
        return asyncio.run(self.provider.diff_config(asked))


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_secrets_are_left_to_the_engines_book_keeping(caller: Caller) -> None:
    assert caller.configured.supports_preview
    assert not caller.configured.accept_secrets


def test_wrong_inputs_are_said_by_field(caller: Caller) -> None:
    answer = caller.check(SUBNET, name="s", network="n", cidr="192.0.2.1/24")

    (failure,) = answer.failures or []
    assert failure.property == "cidr"
    assert "has host bits set" in failure.reason


def test_a_preview_makes_nothing(caller: Caller) -> None:
    answer = caller.create(NETWORK, name="net", preview=True)

    assert answer.resource_id == ""
    assert not caller.cloud.list()


def test_a_create_marks_what_it_makes(caller: Caller) -> None:
    answer = caller.create(NETWORK, name="net", tags={"plan": "abc"})
    (listed,) = caller.cloud.list()

    assert answer.resource_id == listed.id
    assert plain(answer.properties) == {"name": "net", "tags": {"plan": "abc"}}
    assert listed.tags["environment"] == "lab"
    assert listed.tags["stack"] == "lab.bj-a"


def test_a_create_after_a_kill_takes_over_what_is_there(caller: Caller) -> None:
    first = caller.create(NETWORK, name="net")
    second = caller.create(NETWORK, name="renamed")

    assert second.resource_id == first.resource_id
    assert [item.name for item in caller.cloud.list()] == ["renamed"]


def test_outputs_are_remembered_beside_the_inputs(caller: Caller) -> None:
    network = caller.create(NETWORK, name="net")
    part = caller.create(SUBNET, name="s", network=network.resource_id, cidr="2001:db8::/64", gateway=True)

    state = plain(part.properties)

    assert (state["family"], state["gateway_address"]) == (6, "2001:db8::1")
    assert isinstance(state["family"], int)


def test_a_difference_is_detailed(caller: Caller) -> None:
    old = {"name": "s", "network": "n", "cidr": "192.0.2.0/24", "tags": {"plan": "a"}}
    new = {"name": "t", "network": "n", "cidr": "198.51.100.0/24", "dns_servers": ["192.0.2.1"]}

    answer = caller.diff(SUBNET, old, new)

    kinds = {name: difference.kind.name for name, difference in answer.detailed_diff.items()}
    assert kinds == {"name": "UPDATE", "cidr": "UPDATE_REPLACE", "dns_servers": "ADD", "tags": "DELETE"}
    assert answer.replaces == ["cidr"]
    assert answer.delete_before_replace


def test_no_difference_is_none(caller: Caller) -> None:
    answer = caller.diff(NETWORK, {"name": "n", "tags": {}}, {"name": "n"})

    assert answer.changes is False
    assert not answer.replaces


def test_a_refresh_tells_what_is_there(caller: Caller) -> None:
    made = caller.create(NETWORK, name="net", tags={})
    caller.cloud.kept[made.resource_id].wish["name"] = "changed by hand"

    answer = caller.read(NETWORK, made.resource_id, {"name": "net", "tags": {}})

    assert plain(answer.properties)["name"] == "changed by hand"
    assert caller.diff(NETWORK, plain(answer.properties), {"name": "net"}).changes


def test_a_refresh_tells_what_is_gone(caller: Caller) -> None:
    assert caller.read(NETWORK, "network-9", {"name": "net"}).resource_id == ""


def test_an_import_fills_the_inputs_in(caller: Caller) -> None:
    network = caller.create(NETWORK, name="net")
    made = caller.create(SUBNET, name="s", network=network.resource_id, cidr="192.0.2.0/24")

    answer = caller.read(SUBNET, made.resource_id, {})

    inputs = plain(answer.inputs)
    assert (inputs["cidr"], inputs["network"]) == ("192.0.2.0/24", network.resource_id)
    assert "family" not in inputs


def test_an_update_changes_in_place(caller: Caller) -> None:
    made = caller.create(NETWORK, name="net")

    state = caller.update(NETWORK, made.resource_id, {"name": "net"}, {"name": "net-2"})

    assert state["name"] == "net-2"
    assert [item.name for item in caller.cloud.list()] == ["net-2"]


def test_an_update_in_preview_changes_nothing(caller: Caller) -> None:
    made = caller.create(NETWORK, name="net")

    state = caller.update(NETWORK, made.resource_id, {"name": "net"}, {"name": "net-2"}, preview=True)

    assert state["name"] == "net-2"
    assert [item.name for item in caller.cloud.list()] == ["net"]


def test_a_delete_of_what_is_gone_is_fine(caller: Caller) -> None:
    made = caller.create(NETWORK, name="net")

    caller.delete(NETWORK, made.resource_id)
    caller.delete(NETWORK, made.resource_id)

    assert not caller.cloud.list()


def test_a_resource_needs_the_provider_of_its_kind_of_cloud(caller: Caller) -> None:
    with pytest.raises(Invalid, match="cloud twin is of kind openstack and cannot hold a tricenter:aws:Vpc"):
        caller.create("tricenter:aws:Vpc", name="v", cidr="192.0.2.0/24")


def test_a_type_that_nobody_defined_is_named(caller: Caller) -> None:
    with pytest.raises(Invalid, match="there is no resource type tricenter:openstack:Planet"):
        caller.check("tricenter:openstack:Planet")


def test_another_file_is_no_other_cloud_but_another_entry_of_the_estate_is(caller: Caller) -> None:
    moved = caller.diff_settings({**SETTINGS, "clouds_file": "elsewhere/clouds.yaml"})
    other = caller.diff_settings({**SETTINGS, "cloud": "bj-b-gov"})

    assert (moved.changes, moved.replaces) == (True, [])
    assert other.replaces == ["cloud"]


def test_settings_are_checked(caller: Caller) -> None:
    asked = engine.CheckRequest("urn", {}, wrapped({"kind": "paper", "cloud": "c", "colour": "red"}), b"")

    answer = asyncio.run(caller.provider.check_config(asked))

    assert {failure.property for failure in answer.failures or []} == {"kind", "environment", "colour"}
