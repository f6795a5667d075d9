"""What a kill left half-made is finished when it is taken into the state: no cloud tells of every part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from moto import mock_aws

from cmp.clouds.aws.cloud import AwsCloud
from cmp.clouds.base import FoundResource
from cmp.clouds.binding import Binding
from cmp.clouds.labels import from_strings, is_managed, labels, mark_of
from cmp.clouds.memory import MemoryCloud
from cmp.clouds.openstack.api import Api as OpenStackApi
from cmp.clouds.openstack.networks import Networks
from cmp.clouds.openstack.neutron import description
from cmp.errors import Refused, TryLater
from cmp.model.estate import CloudKind
from stacks.engine.pending import settled

STACK = "urn:pulumi:lab.gy-c::tricenter-foundation::"
PROVIDER = f"{STACK}pulumi:providers:tricenter::gy-c-pub"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsCloud]:
    (tmp_path / "config").write_text("[profile gy-c]\nregion = us-east-1\n")
    (tmp_path / "keys").write_text("[gy-c]\naws_access_key_id = a\naws_secret_access_key = b\n")
    files = {"config_file": str(tmp_path / "config"), "credentials_file": str(tmp_path / "keys")}
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield AwsCloud(Binding("gy-c-pub", CloudKind.AWS, profile="gy-c", **files))


def urn_of(type_: str) -> str:
    return f"{STACK}{type_}::half"


def begun(type_: str, kind: str, wish: dict[str, Any]) -> dict[str, Any]:
    """A state in which a creation was begun and never recorded as ended."""
    settings = {"environment": "lab", "cloud": "gy-c-pub", "kind": kind}
    provider = {"urn": PROVIDER, "custom": True, "id": "1", "type": "pulumi:providers:tricenter"}
    resource = {"urn": urn_of(type_), "custom": True, "type": type_, "inputs": wish}
    operation = {"type": "creating", "resource": resource | {"provider": f"{PROVIDER}::1"}}
    return {"resources": [provider | {"inputs": settings}], "pending_operations": [operation]}


def killed_after_make(cloud: Any, noun: str, type_: str, wish: dict[str, Any]) -> str:
    """What the cloud holds when the run was killed right after the answer to the creation."""
    driver = cloud.noun(noun)
    tags = labels(mark_of(urn_of(type_), "lab"), {}) | {"Name": wish["name"]}
    pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
    return str(driver.make(wish, [{"ResourceType": driver.kind, "Tags": pairs}]))


def a_network(cloud: AwsCloud) -> str:
    wish = {"name": "net", "cidr": "10.7.0.0/16"}
    return cloud.noun("vpc").create(wish, mark_of(urn_of("vpc"), "lab")).id


def client_of(cloud: AwsCloud) -> Any:
    return cloud._api.ask("look at the client", lambda client: client)


def taken(cloud: Any, type_: str, kind: str, wish: dict[str, Any]) -> dict[str, Any]:
    state = settled(begun(type_, kind, wish), lambda _: cloud)
    assert "pending_operations" not in state
    record: dict[str, Any] = state["resources"][1]
    return record


def test_a_way_out_that_was_attached_gets_its_routes(aws: AwsCloud) -> None:
    type_, vpc = "tricenter:aws:InternetGateway", a_network(aws)
    wish = {"name": "out", "vpc": vpc, "tags": {}}
    ref = killed_after_make(aws, "internet_gateway", type_, wish)
    client_of(aws).attach_internet_gateway(InternetGatewayId=ref, VpcId=vpc)

    record = taken(aws, type_, "aws", wish)

    tables = client_of(aws).describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ways = [route for route in tables["RouteTables"][0]["Routes"] if route.get("GatewayId") == ref]
    assert len(ways) == len(("IPv4", "IPv6"))
    assert (record["id"], record["outputs"]["vpc"]) == (ref, vpc)


def test_a_part_of_a_network_gives_its_instances_both_families(aws: AwsCloud) -> None:
    type_, vpc = "tricenter:aws:Subnet", a_network(aws)
    wish = {"name": "part", "vpc": vpc, "cidr": "10.7.1.0/24", "ipv6_index": 3, "tags": {}}
    ref = killed_after_make(aws, "subnet", type_, wish)

    record = taken(aws, type_, "aws", wish)

    (made,) = client_of(aws).describe_subnets(SubnetIds=[ref])["Subnets"]
    assert made["AssignIpv6AddressOnCreation"]
    assert record["id"] == ref


def test_a_group_allows_what_was_declared_and_nothing_else(aws: AwsCloud) -> None:
    type_, vpc = "tricenter:aws:SecurityGroup", a_network(aws)
    rule = {"direction": "ingress", "protocol": "tcp", "port": 443, "prefix": "::/0", "why": "web"}
    wish = {"name": "web", "vpc": vpc, "rules": [rule], "tags": {}}
    killed_after_make(aws, "security_group", type_, wish)

    record = taken(aws, type_, "aws", wish)

    assert aws.noun("security_group").read(record["id"]).state["rules"] == [rule]  # type: ignore[union-attr]
    assert record["outputs"]["rules"] == [rule]


class Neutron:
    """A twin of neutron that holds one network: born with its description, not tagged yet."""

    def __init__(self, described: str) -> None:
        self.network = SimpleNamespace(
            id="n-1", name="net", description=described, tags=[], created_at="2026-01-01"
        )

    def networks(self, description: str) -> list[SimpleNamespace]:
        return [self.network] if description == self.network.description else []

    def get_network(self, _ref: str) -> SimpleNamespace:
        return self.network

    def update_network(self, _ref: str, **changes: Any) -> None:
        vars(self.network).update(changes)

    def set_tags(self, made: Any, tags: list[str]) -> None:
        made.tags = tags


def test_what_was_not_tagged_yet_is_tagged_so_that_inventories_know_it_as_ours() -> None:
    type_, wish = "tricenter:openstack:Network", {"name": "net", "tags": {}}
    twin = Neutron(description(mark_of(urn_of(type_), "lab")))
    cloud = SimpleNamespace(network=twin)
    api = SimpleNamespace(ask=lambda _, action: action(cloud), look=lambda _, action: action(cloud))
    noun = Networks(cast("OpenStackApi", api))

    record = taken(SimpleNamespace(noun=lambda _: noun), type_, "openstack", wish)

    assert record["id"] == "n-1"
    assert is_managed(from_strings(twin.network.tags))


class Unfinished(MemoryCloud):
    """A cloud that knows what was begun and does not let it be finished."""

    def __init__(self, refusal: Exception) -> None:
        super().__init__("gy-c-pub")
        self._refusal = refusal

    def noun(self, name: str) -> Any:
        noun = super().noun(name)
        refusal = self._refusal

        def update(*_: object) -> FoundResource:
            raise refusal

        noun.update = update  # type: ignore[method-assign]
        return noun


def test_what_cannot_be_finished_is_taken_as_it_is_so_that_it_can_go() -> None:
    type_, wish = "tricenter:openstack:Network", {"name": "net", "tags": {}}
    cloud = Unfinished(Refused("over quota"))
    made = cloud.noun("network").create(wish, mark_of(urn_of(type_), "lab"))

    assert taken(cloud, type_, "openstack", wish)["id"] == made.id


def test_a_cloud_that_goes_away_meanwhile_ends_it_before_the_state_is_written() -> None:
    type_, wish = "tricenter:openstack:Network", {"name": "net", "tags": {}}
    cloud = Unfinished(TryLater("away"))
    cloud.noun("network").create(wish, mark_of(urn_of(type_), "lab"))

    with pytest.raises(TryLater, match="away"):
        taken(cloud, type_, "openstack", wish)
