"""A Plan with nothing wrong is accepted: one assembled from rows, one written out to the last claim."""

from __future__ import annotations

from ipaddress import ip_network

from support.builders import a_placement, a_plan, a_zone_network, an_environment

from cmp.model.plan import HostPacking, Packed, Packing, Plan, Reservation, SecurityGroup, Takeover
from cmp.model.recovery import Role
from cmp.verifier.checking import check


def written_out() -> Plan:
    """tax-api of grade 3: two replicas in bj-a, two more reserved in bj-b."""
    primary = Packed(workload="tax-api", component="web", role=Role.PRIMARY, count=1)
    cold = Packed(workload="tax-api", component="web", role=Role.COLD, count=1)
    lost = ("center:bj-a", "cloud:bj-a-gov")
    return a_plan(
        environment=an_environment(),
        placements=(
            a_placement("bj-a-hygon"),
            a_placement("bj-b-hygon", role=Role.COLD, replicas=0),
        ),
        networks=(
            a_zone_network("bj-a-gov"),
            a_zone_network(
                "bj-b-gov", ipv4=ip_network("10.64.16.0/20"), ipv6=ip_network("3fff:100:0:1::/64")
            ),
        ),
        security_groups=tuple(
            SecurityGroup(cloud=cloud, zone="public", workload="tax-api", component="web", rules=())
            for cloud in ("bj-a-gov", "bj-b-gov")
        ),
        takeovers=tuple(Takeover(failure=failure, group=("tax-api",), center="bj-b") for failure in lost),
        reservations=tuple(
            Reservation(
                pool="bj-b-hygon", center="bj-b", failure=failure, vcpus=4.0, memory_gib=8.0, disk_gib=40
            )
            for failure in lost
        ),
        packings=(
            Packing(
                pool="bj-a-hygon",
                hosts=(HostPacking(host=1, rows=(primary,)), HostPacking(host=3, rows=(primary,))),
                any_order=True,
            ),
            *(
                Packing(
                    pool="bj-b-hygon",
                    failure=failure,
                    hosts=(HostPacking(host=2, rows=(cold,)), HostPacking(host=4, rows=(cold,))),
                    any_order=True,
                )
                for failure in lost
            ),
        ),
    )


def test_a_plan_written_out_by_hand_is_accepted() -> None:
    assert check(written_out()) == ()


def test_a_plan_of_every_grade_is_accepted(accepted: Plan) -> None:
    assert check(accepted) == ()


def test_a_plan_read_back_from_its_own_json_is_accepted(accepted: Plan) -> None:
    again = Plan.model_validate_json(accepted.to_json())

    assert check(again) == ()
