"""The provider under the real engine, on real clouds: made once, unchanged, repaired, imported, gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto
from support.cloud_stories import Site

from cmp.clouds.base import Resource
from cmp.clouds.binding import Binding, Files, bind
from cmp.clouds.opening import open_cloud
from cmp.installation import HERE
from cmp.model.estate import CloudKind, Isa, Pool
from stacks.resources import aws, openstack
from stacks.resources.base import Provider, ProviderArgs
from toolchain.engine import ensure, environment

pytestmark = [pytest.mark.lab, pytest.mark.engine]

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "engine"


@dataclass(frozen=True)
class Place:
    """An OpenStack region and the leased cloud, with a pool to put servers on."""

    pool: Pool
    regional: Binding
    leased: Binding

    @property
    def listed(self) -> list[Resource]:
        """What both clouds list of this environment."""
        clouds = (open_cloud(self.regional), open_cloud(self.leased))
        found = (item for cloud in clouds for item in cloud.list())
        return [item for item in found if item.tags.get("environment") == ENVIRONMENT]


@pytest.fixture
def place(lab_clouds: Any) -> Place:
    """The clouds of the lab."""
    estate, lab = lab_clouds.estate, lab_clouds.aws
    files = Files(lab_clouds.clouds_yaml, lab.config_file, lab.credentials_file)
    pool = next(
        pool
        for pool in estate.pools
        if estate.chip[pool.chip].isa is Isa.AMD64 and estate.cloud[pool.cloud].kind is CloudKind.OPENSTACK
    )
    leased = next(cloud for cloud in estate.clouds if cloud.kind is CloudKind.AWS)
    return Place(pool, bind(estate.cloud[pool.cloud], files), bind(leased, files))


Program = Callable[[], None]
Open = Callable[[Program], auto.Stack]


@pytest.fixture
def stack_of(tmp_path: Path) -> Iterator[Open]:
    """Opens a stack with state in a folder of the test, and destroys it at the end."""
    engine = ensure(HERE.toolchain(), print)
    variables = environment(engine, ROOT / ".venv" / "bin") | {"PULUMI_CONFIG_PASSPHRASE": "for a test"}
    opened: list[auto.Stack] = []

    def open_stack(program: Program) -> auto.Stack:
        backend = auto.ProjectBackend(url=tmp_path.as_uri())
        options = auto.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            project_settings=auto.ProjectSettings(name="stories", runtime="python", backend=backend),
            env_vars=variables,
            pulumi_command=auto.PulumiCommand(str(engine.folder)),
        )
        stack = auto.create_or_select_stack(
            "engine.one", project_name="stories", program=program, opts=options
        )
        opened.append(stack)
        return stack

    yield open_stack
    for stack in opened:
        stack.destroy()


def a_program(place: Place, plan: str = "one") -> Program:
    """Two servers and an instance with all that they need."""

    def program() -> None:
        _openstack_part(place, plan)
        _aws_part(place)

    return program


def changes(result: Any) -> dict[str, int]:
    """What a run changed."""
    return {str(name): count for name, count in result.summary.resource_changes.items() if name != "same"}


def test_a_stack_is_made_once_repaired_and_removed(place: Place, stack_of: Open) -> None:
    stack = stack_of(a_program(place))

    first = stack.up(parallel=8)
    assert first.outputs["status"].value == ["ACTIVE", "ACTIVE"]
    assert first.outputs["stand_in"].value is True
    assert changes(stack.up(parallel=8)) == {}
    assert changes(stack.refresh(parallel=8)) == {}

    server = next(item for item in place.listed if item.kind == "server")
    open_cloud(place.regional).noun("server").delete(server.id)
    assert changes(stack.up(parallel=8, refresh=True)) == {"create": 1}

    again = stack_of(a_program(place, plan="two")).up(parallel=8)
    assert changes(again) == {"update": 2}
    tags = [item.tags["plan"] for item in place.listed if item.kind == "server"]
    assert tags == ["two", "two"]

    assert changes(stack.destroy(parallel=8)) == {"delete": first.summary.resource_changes["create"]}
    assert place.listed == []


def test_a_network_that_is_there_already_is_imported(place: Place, stack_of: Open) -> None:
    site = Site(open_cloud(place.regional), "openstack", environment="elsewhere")
    network = site.ensure("Network", "old", name="old-net")

    def program() -> None:
        provider = _provider("region", place.regional)
        options = pulumi.ResourceOptions(provider=provider, import_=network.id)
        imported = openstack.Network("old", openstack.NetworkArgs(name="old-net"), options)
        pulumi.export("id", imported.id)

    result = stack_of(program).up()

    assert result.summary.resource_changes["import"] == 1
    assert result.outputs["id"].value == network.id


def test_a_wrong_input_stops_the_preview_in_a_sentence(place: Place, stack_of: Open) -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(provider=_provider("region", place.regional))
        openstack.Subnet("s", openstack.SubnetArgs(name="s", network="n", cidr="192.0.2.1/24"), options)

    with pytest.raises(auto.CommandError, match="192.0.2.1/24 has host bits set"):
        stack_of(program).preview()


def test_what_a_cloud_refuses_is_said_with_cloud_call_and_request(place: Place, stack_of: Open) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"

    def program() -> None:
        options = pulumi.ResourceOptions(provider=_provider("region", place.regional))
        openstack.Subnet("s", openstack.SubnetArgs(name="s", network=nowhere, cidr="192.0.2.0/24"), options)

    with pytest.raises(auto.CommandError) as refusal:
        stack_of(program).up()
    assert f"invalid: cloud {place.regional.cloud}: create subnet: " in str(refusal.value)
    assert "(request req-" in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


def _provider(name: str, binding: Binding) -> Provider:
    return Provider(name, ProviderArgs(environment=ENVIRONMENT, binding=binding))


def _openstack_part(place: Place, plan: str) -> None:
    options = pulumi.ResourceOptions(provider=_provider("region", place.regional))
    network = openstack.Network("net", openstack.NetworkArgs(name="e-net"), options)
    prefixes = {"four": "10.66.0.0/24", "six": "3fff:100:e::/64"}
    parts = [
        openstack.Subnet(name, openstack.SubnetArgs(name=name, network=network.id, cidr=prefix), options)
        for name, prefix in prefixes.items()
    ]
    flow = {"direction": "ingress", "protocol": "tcp", "port": 443, "prefix": "::/0", "why": "web"}
    group = openstack.SecurityGroup(
        "group", openstack.SecurityGroupArgs(name="e-group", rules=[flow]), options
    )
    size = openstack.FlavorArgs(name="e-size", vcpus=0.5, memory_mib=64, disk_gib=0, chip=place.pool.chip)
    flavor = openstack.Flavor("size", size, options)
    servers = [
        openstack.Server(
            name,
            openstack.ServerArgs(
                name=name,
                image="web:2.4",
                isa="amd64",
                flavor=flavor.id,
                network=network.id,
                subnets=[part.id for part in parts],
                availability_zone=place.pool.id,
                security_groups=[group.id],
                tags={"plan": plan},
            ),
            options,
        )
        for name in ("web-1", "web-2")
    ]
    pulumi.export("status", [server.status for server in servers])
    pulumi.export("stand_in", servers[0].stand_in)


def _aws_part(place: Place) -> None:
    options = pulumi.ResourceOptions(provider=_provider("leased", place.leased))
    vpc = aws.Vpc("vpc", aws.VpcArgs(name="e-vpc", cidr="10.70.0.0/16"), options)
    part = aws.Subnet("part", aws.SubnetArgs(name="e-part", vpc=vpc.id, cidr="10.70.0.0/24"), options)
    group = aws.SecurityGroup("sg", aws.SecurityGroupArgs(name="e-group", vpc=vpc.id), options)
    aws.Instance(
        "instance",
        aws.InstanceArgs(
            name="e-instance",
            image="web:2.4",
            isa="amd64",
            vcpus=1,
            memory_mib=512,
            subnet=part.id,
            security_groups=[group.id],
        ),
        options,
    )
