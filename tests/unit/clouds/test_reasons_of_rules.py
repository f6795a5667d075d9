"""What a rule allows stays allowed at every moment, whatever its reason says and whatever else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from moto import mock_aws

from cmp.clouds.aws.api import Api as AwsApi
from cmp.clouds.aws.security_groups import SecurityGroups as AwsGroups
from cmp.clouds.aws.security_groups import rules_of
from cmp.clouds.base import Mark, Noun
from cmp.clouds.binding import Binding
from cmp.clouds.openstack.api import Api as OpenStackApi
from cmp.clouds.openstack.security_groups import SecurityGroups as OpenStackGroups
from cmp.clouds.openstack.security_groups import rules_of as rules_of_neutron
from cmp.model.estate import CloudKind
from stacks.provider.rules import identity, rules
from stacks.provider.table import type_of
from stacks.provider.types import compare

MARK = Mark("lab", "lab.gy-c", "0" * 32)
Rules = list[dict[str, Any]]
Seen = list[frozenset[tuple[str, ...]]]


def a_rule(prefix: str = "192.0.2.0/24", why: str = "web", **changes: Any) -> dict[str, Any]:
    usual = {"direction": "ingress", "protocol": "tcp", "port": 443, "prefix": prefix, "why": why}
    return usual | changes


BEFORE = rules(
    [
        a_rule(),
        a_rule("2001:db8::/32"),
        a_rule("192.0.2.7/32"),
        a_rule("0.0.0.0/0", direction="egress", port=53, protocol="udp", why="names"),
        a_rule("::/0", direction="egress", port=53, protocol="udp", why=""),
    ]
)
TAKEN_AWAY = "no reason any more"
"""EC2 takes a reason away that is not given again; moto keeps it."""

CHANGES: Mapping[str, Callable[[Rules], Rules]] = {
    "all reasons": lambda known: [rule | {"why": f"{rule['why']}; mail"} for rule in known],
    "one reason": lambda known: [known[0] | {"why": "another"}, *known[1:]],
    TAKEN_AWAY: lambda known: [rule | {"why": ""} for rule in known],
    "a rule more, one less": lambda known: [*known[1:], a_rule("198.51.100.0/24")],
    "a wider range of ports": lambda known: [known[0] | {"port_end": 444}, *known[1:]],
    "nothing": lambda known: known,
}


def allowed(listed: Rules) -> frozenset[tuple[str, ...]]:
    return frozenset(map(identity, listed))


class Neutron:
    """A twin of neutron's groups: it refuses two rules for one flow, and changes none."""

    def __init__(self) -> None:
        self.rules: list[dict[str, Any]] = [self._default("IPv4"), self._default("IPv6")]
        self.tags: list[str] = []
        self.seen: Seen = []
        self._number = count()

    def _default(self, family: str) -> dict[str, Any]:
        empty = dict.fromkeys(("protocol", "port_range_min", "port_range_max", "remote_ip_prefix"))
        return {"id": family, "direction": "egress", "ethertype": family, "description": None, **empty}

    @property
    def group(self) -> SimpleNamespace:
        return SimpleNamespace(id="g-1", name="web", tags=self.tags, security_group_rules=list(self.rules))

    def create_security_group(self, **_: Any) -> SimpleNamespace:
        return self.group

    def update_security_group(self, _ref: str, **_changes: Any) -> SimpleNamespace:
        return self.group

    def get_security_group(self, _ref: str) -> SimpleNamespace:
        return self.group

    def set_tags(self, _made: Any, tags: list[str]) -> None:
        self.tags = tags

    def create_security_group_rules(self, asked: Rules) -> Rules:
        for rule in asked:
            flow = {key: value for key, value in rule.items() if key not in ("id", "description")}
            assert not any(flow.items() <= known.items() for known in self.rules), "SecurityGroupRuleExists"
            self.rules.append({**rule, "id": f"r-{next(self._number)}"})
        self._look()
        return asked

    def delete_security_group_rule(self, ref: str) -> None:
        self.rules = [rule for rule in self.rules if rule["id"] != ref]
        self._look()

    def _look(self) -> None:
        listed = [{"remote_group_id": None, **rule} for rule in self.rules]
        self.seen.append(allowed(rules_of_neutron(SimpleNamespace(security_group_rules=listed))))


def in_neutron() -> tuple[Noun, Seen]:
    twin = Neutron()
    for rule in twin.rules:
        rule["remote_group_id"] = None
    cloud = SimpleNamespace(network=twin)
    api = SimpleNamespace(
        cloud="bj-a", ask=lambda _, action: action(cloud), look=lambda _, action: action(cloud)
    )
    return OpenStackGroups(cast("OpenStackApi", api)), twin.seen


@pytest.fixture
def in_ec2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Noun, Seen, str]]:
    """Groups of an account, what a listing shows after each call that changes something, and a VPC."""
    (tmp_path / "config").write_text("[profile gy-c]\nregion = us-east-1\n")
    (tmp_path / "keys").write_text("[gy-c]\naws_access_key_id = a\naws_secret_access_key = b\n")
    files = {"config_file": str(tmp_path / "config"), "credentials_file": str(tmp_path / "keys")}
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    seen: Seen = []
    with mock_aws():
        api = AwsApi(Binding("gy-c", CloudKind.AWS, profile="gy-c", **files))
        client: Any = api.ask("look at the client", lambda made: made)

        def look(model: Any, **_: Any) -> None:
            if not model.name.startswith("Describe"):
                for group in client.describe_security_groups()["SecurityGroups"]:
                    if group["GroupName"] == "web":
                        seen.append(allowed(rules_of(group)))

        vpc = client.create_vpc(CidrBlock="192.0.2.0/24")["Vpc"]["VpcId"]
        client.meta.events.register("after-call.ec2", look)
        yield AwsGroups(api), seen, vpc


def changed(noun: Noun, seen: Seen, change: str, **more: Any) -> tuple[Rules, Rules]:
    """What is listed after a change, and what was wished; nothing that stays was ever away."""
    wish = {"name": "web", "tags": {}, "rules": BEFORE, **more}
    made = noun.create(wish, MARK)
    assert allowed(list(made.state["rules"])) == allowed(BEFORE)
    seen.clear()
    wanted = rules(CHANGES[change](BEFORE))

    after = noun.update(made.id, wish | {"rules": wanted}, frozenset({"rules"}), MARK)

    staying = allowed(BEFORE) & allowed(wanted)
    assert all(staying <= listing for listing in seen)
    assert allowed(list(after.state["rules"])) == allowed(wanted)
    return list(after.state["rules"]), wanted


@pytest.mark.parametrize("change", CHANGES)
def test_no_flow_is_away_for_a_moment_in_openstack(change: str) -> None:
    after, wanted = changed(*in_neutron(), change)

    group = type_of("tricenter:openstack:SecurityGroup")
    assert not compare(group, {"name": "web", "rules": after}, {"name": "web", "rules": wanted}).updating


@pytest.mark.parametrize("change", [name for name in CHANGES if name != TAKEN_AWAY])
def test_no_flow_is_away_for_a_moment_in_aws(in_ec2: tuple[Noun, Seen, str], change: str) -> None:
    noun, seen, vpc = in_ec2

    after, wanted = changed(noun, seen, change, vpc=vpc)

    assert after == wanted


def test_a_new_group_has_every_reason_as_declared() -> None:
    noun, _ = in_neutron()
    wanted = rules([a_rule("0.0.0.0/0", direction="egress", why="out"), *BEFORE])
    wanted = rules([{"direction": "egress", "protocol": "any", "prefix": "::/0", "why": "all"}, *wanted])

    assert noun.create({"name": "web", "rules": wanted}, MARK).state["rules"] == wanted


def test_another_flow_is_still_a_change_in_openstack() -> None:
    group = type_of("tricenter:openstack:SecurityGroup")
    wider = [a_rule(port_end=444)]

    assert compare(group, {"name": "a", "rules": [a_rule()]}, {"name": "a", "rules": wider}).updating
    assert compare(group, {"name": "a", "rules": [a_rule()]}, {"name": "a", "rules": []}).updating
