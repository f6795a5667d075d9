from __future__ import annotations

from functools import partial

import pulumi
import pytest
from pulumi.runtime.rpc import is_rpc_secret, unwrap_rpc_secret
from support.builders import amounts
from support.simulated import Recorded, run

from cmp.clouds.binding import Files
from cmp.model.plan import Plan
from stacks.programs.foundation import foundation
from stacks.programs.workloads import workloads

SERVER, GROUP, FLAVOR, FLOATING = (
    f"tricenter:openstack:{kind}" for kind in ("Server", "ServerGroup", "Flavor", "FloatingAddress")
)
WEB, DATABASE = "marriage-web-primary-bj-a-hygon", "marriage-db-primary-bj-a-kunpeng"


def place(plan: Plan, center: str) -> Recorded:
    ground = run(partial(foundation, plan, center, Files())).outputs
    return run(partial(workloads, plan, center, Files()), ground=ground, project="tricenter-workloads")


def test_a_center_runs_the_servers_that_the_plan_placed_there(plan: Plan) -> None:
    placed = place(plan, "bj-a")

    assert placed.names(SERVER) == [f"{DATABASE}-1", f"{DATABASE}-2", f"{WEB}-1", f"{WEB}-2"]


def test_a_server_stands_in_its_pool_with_its_image_on_its_zones_network(plan: Plan) -> None:
    server = place(plan, "bj-a").inputs(SERVER, f"{DATABASE}-1")

    assert server["availability_zone"] == "bj-a-kunpeng"
    assert (server["image"], server["isa"]) == ("db:1", "arm64")
    assert server["network"] == "Network/test.bj-a-gov.public"
    assert server["subnets"] == ["Subnet/test.bj-a-gov.public.ipv4", "Subnet/test.bj-a-gov.public.ipv6"]
    assert server["security_groups"] == ["SecurityGroup/marriage.db.bj-a-gov.public"]


def test_a_server_runs_at_first_boot_what_its_component_declares(plan: Plan) -> None:
    placed = place(plan, "bj-a")

    assert unwrap_rpc_secret(placed.inputs(SERVER, f"{DATABASE}-1")["user_data"]) == "#cloud-config\n"
    assert unwrap_rpc_secret(placed.inputs(SERVER, f"{WEB}-1")["user_data"]) == ""


def test_what_a_server_runs_at_first_boot_is_a_secret_of_the_stack(plan: Plan) -> None:
    """Cloud-init often holds passwords."""
    placed = place(plan, "bj-a")

    secret = {
        name
        for server in placed.names(SERVER)
        for name, value in placed.inputs(SERVER, server).items()
        if is_rpc_secret(value)
    }
    assert secret == {"user_data"}


def test_a_server_is_marked_with_plan_and_what_it_is(plan: Plan) -> None:
    tags = place(plan, "bj-a").inputs(SERVER, f"{DATABASE}-1")["tags"]

    assert tags == {
        "plan": plan.hash,
        "center": "bj-a",
        "zone": "public",
        "workload": "marriage",
        "component": "db",
        "role": "primary",
        "pool": "bj-a-kunpeng",
        "chip": "kunpeng-920",
        "grade": "5",
        "level": "3",
        "data-class": "internal+personal-sensitive",
        "carries-data": "yes",
    }


def test_a_row_spread_over_hosts_shares_one_server_group_with_its_limit(plan: Plan) -> None:
    placed = place(plan, "bj-a")

    assert placed.inputs(GROUP, f"{DATABASE}-max1")["max_per_host"] == 1
    assert {placed.inputs(SERVER, f"{DATABASE}-{number}")["server_group"] for number in (1, 2)} == {
        f"ServerGroup/{DATABASE}-max1"
    }


def test_servers_of_one_group_are_made_in_turn_and_rows_beside_each_other(plan: Plan) -> None:
    """Two members asked for at once may choose one host, and Nova gives up after three such turns."""
    placed = place(plan, "bj-a")

    first, second = (placed.waits_for[SERVER, f"{DATABASE}-{number}"] for number in (1, 2))
    assert f"{DATABASE}-1" in second
    assert f"{DATABASE}-2" not in first
    assert not {f"{WEB}-1", f"{WEB}-2"} & (first | second)


def test_a_flavor_is_made_once_for_each_size_and_chip(plan: Plan) -> None:
    placed = place(plan, "bj-a")

    assert {placed.inputs(FLAVOR, name)["chip"] for name in placed.names(FLAVOR)} == {
        "hygon-7390",
        "kunpeng-920",
    }


def test_accelerators_and_parts_of_a_vcpu_make_a_flavor_of_their_own(plan: Plan) -> None:
    size = amounts(vcpu_milli=2500, accelerators={"ascend-910b": 1})
    rows = tuple(
        row.model_copy(update={"size": size}) if row.component == "web" else row for row in plan.placements
    )

    placed = place(plan.model_copy(update={"placements": rows}), "bj-a")

    name = "tricenter.test.2500m.4096mib.20gib.hygon-7390.1xascend-910b"
    assert placed.inputs(FLAVOR, name)["vcpus"] == 2.5
    assert placed.inputs(FLAVOR, name)["accelerators"] == {"ascend-910b": 1}


def test_only_servers_that_offer_the_internet_something_get_an_address_outside(plan: Plan) -> None:
    placed = place(plan, "bj-a")

    assert placed.names(FLOATING) == [f"{WEB}-1", f"{WEB}-2"]
    assert placed.inputs(FLOATING, f"{WEB}-1")["server"] == f"Server/{WEB}-1"
    assert placed.outputs["servers"][f"{WEB}-1"]["public"] == "198.51.100.7"
    assert placed.outputs["servers"][f"{DATABASE}-1"]["public"] is None


def test_a_leased_cloud_runs_instances_of_the_same_row(plan: Plan) -> None:
    placed = place(plan, "gy-c")

    instance = placed.inputs("tricenter:aws:Instance", "memorial-web-primary-gy-c-intel-2")
    assert (instance["image"], instance["isa"]) == ("tree:1", "amd64")
    assert (instance["vcpus"], instance["memory_mib"]) == (2, 4096)
    assert instance["subnet"] == "Subnet/test.gy-c-pub.internet"
    assert instance["security_groups"] == ["SecurityGroup/memorial.web.gy-c-pub.internet"]
    assert placed.names(SERVER) == []


def test_cold_sides_and_copies_are_told_and_not_carried_out(plan: Plan) -> None:
    told = [
        row for center in ("bj-a", "bj-b", "gy-c") for row in place(plan, center).outputs["not_carried_out"]
    ]

    assert [(row["component"], row["role"], row["reason"]) for row in told] == [
        ("web", "cold", "reserved, nothing runs"),
        ("db", "backup", "a copy of data, nothing runs"),
    ]


def test_a_preview_before_the_ground_is_laid_shows_every_server(plan: Plan) -> None:
    shown = run(partial(workloads, plan, "bj-a", Files()), preview=True)

    assert len(shown.names(SERVER)) == 4


def test_without_its_ground_nothing_is_carried_out_and_the_stack_to_apply_is_named(plan: Plan) -> None:
    with pytest.raises(pulumi.RunError, match=r"apply the stack foundation/test\.bj-a of"):
        run(partial(workloads, plan, "bj-a", Files()))
