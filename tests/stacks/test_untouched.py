"""What a part of a Plan leaves alone: it is kept from the engine by its URN, and stays exported."""

from __future__ import annotations

from functools import partial
from typing import Any

from support.simulated import run
from support.small_plan import KUBERNETES, LEASED

from cmp.clouds.binding import Files
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from stacks.engine.operations import stacks_of
from stacks.engine.parts import concerns, keeping, untouched
from stacks.names import Project, StackName
from stacks.programs.foundation import foundation

GROUND = StackName(Project.FOUNDATION, "test", "bj-a")
GOV, MARRIAGE = "bj-a-gov", Part(workloads=frozenset({"marriage"}))
MEMORIAL = Part(workloads=frozenset({"memorial"}))
PROVIDER = f"urn:pulumi:test.bj-a::tricenter-foundation::pulumi:providers:tricenter::{GOV}"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test.bj-a::tricenter-foundation::{kind}::{name}"


def a_record(kind: str, name: str, workload: str = "", parent: str = "") -> dict[str, Any]:
    """What the state says of one resource of the cloud."""
    found: dict[str, Any] = {
        "urn": urn(kind, name),
        "type": kind,
        "custom": not kind.startswith("tricenter:net"),
    }
    if found["custom"]:
        found |= {
            "provider": f"{PROVIDER}::id",
            "inputs": {"tags": {"workload": workload} if workload else {}},
        }
    return found | ({"parent": parent} if parent else {})


def a_state(*records: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    root = {"urn": "root", "type": "pulumi:pulumi:Stack", "custom": False, "outputs": outputs}
    provider = {"urn": PROVIDER, "type": "pulumi:providers:tricenter", "custom": True}
    return {"deployment": {"resources": [root, provider, *records]}}


FIREWALL = urn("tricenter:net:Firewall", "marriage.db")
STATE = a_state(
    a_record("tricenter:openstack:Network", "test.bj-a-gov.public"),
    a_record("tricenter:net:Firewall", "marriage.db"),
    a_record("tricenter:openstack:SecurityGroup", "marriage.db", "marriage", FIREWALL),
)


def test_what_is_shared_or_of_others_is_left_alone_and_components_go_with_what_is_in_them(plan: Plan) -> None:
    assert untouched(STATE, plan, MARRIAGE, GROUND) == [
        urn("tricenter:openstack:Network", "test.bj-a-gov.public")
    ]
    assert untouched(STATE, plan, MEMORIAL, GROUND) == [
        PROVIDER,
        *(record["urn"] for record in STATE["deployment"]["resources"][2:]),
    ]
    assert untouched(STATE, plan, Part(clouds=frozenset({GOV})), GROUND) == []
    assert untouched(STATE, plan, WHOLE, GROUND) == []


def test_a_stack_without_anything_of_a_part_is_not_concerned(plan: Plan) -> None:
    gone = plan.model_copy(update={"placements": (), "security_groups": (), "networks": ()})

    assert concerns(STATE, plan, MARRIAGE, GROUND)
    assert not concerns(STATE, plan, MEMORIAL, GROUND)
    assert concerns(STATE, gone, MARRIAGE, GROUND), "what is there of it has to go"
    assert not concerns(a_state(), gone, MARRIAGE, GROUND)


def test_a_cloud_concerns_the_stacks_of_its_center_or_its_own(plan: Plan) -> None:
    of_leased, of_cluster = (
        {str(name) for name in stacks_of(plan, part=Part(clouds=frozenset({cloud})))}
        for cloud in (LEASED, KUBERNETES)
    )

    assert of_leased == {"foundation/test.gy-c", "workloads/test.gy-c"}
    assert of_cluster == {f"platform/test.{KUBERNETES}", f"workloads/test.{KUBERNETES}"}


def test_what_stays_stays_exported(plan: Plan) -> None:
    before = {GOV: {"firewalls": {"old.web": "id"}, "networks": {}}, "other": {"networks": {"public": {}}}}
    state = a_state(clouds=before, plan="old")

    found = run(keeping(partial(foundation, plan, "bj-a", Files(), MARRIAGE), state)).outputs

    assert found["plan"] == plan.hash
    assert found["clouds"]["other"] == before["other"]
    assert {"old.web", "marriage.db.bj-a-gov.public"} <= set(found["clouds"][GOV]["firewalls"])
