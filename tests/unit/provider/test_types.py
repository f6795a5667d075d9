"""Inputs are checked field by field, and differences are named as updates or replacements."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.provider.fields import UNKNOWN
from stacks.provider.table import TYPES, type_of
from stacks.provider.types import check, compare, compare_told

SERVER = type_of("tricenter:openstack:Server")
SUBNET = type_of("tricenter:openstack:Subnet")
GROUP = type_of("tricenter:openstack:SecurityGroup")
FLAVOR = type_of("tricenter:openstack:Flavor")

A_SERVER: dict[str, Any] = {
    "name": "web-1",
    "image": "web:2.4",
    "isa": "amd64",
    "flavor": "f-1",
    "network": "n-1",
    "security_groups": ["g-2", "g-1"],
}


def problems(type_: Any, **given: Any) -> dict[str, str]:
    return dict(check(type_, given).problems)


def test_missing_and_unknown_fields_are_all_named() -> None:
    found = problems(SUBNET, name="s", cidr="192.0.2.0/24", colour="red")

    assert found["network"].startswith("tricenter:openstack:Subnet needs `network`")
    assert "has no field `colour`" in found["colour"]
    assert "gateway" in found["colour"]


WRONG = [
    (SUBNET, {"cidr": "192.0.2.1/24"}, "has host bits set"),
    (SUBNET, {"cidr": "everything"}, "must be a prefix such as 192.0.2.0/24"),
    (type_of("tricenter:aws:Vpc"), {"cidr": "2001:db8::/56"}, "must be an IPv4 prefix"),
    (SUBNET, {"gateway": "yes"}, "must be true or false"),
    (SUBNET, {"ipv6_mode": "magic"}, "must be one of slaac"),
    (SUBNET, {"dns_servers": ["nowhere"]}, "does not appear to be an IPv4 or IPv6 address"),
    (SUBNET, {"name": ""}, "must be a text"),
    (SUBNET, {"tags": {"plan": 3}}, "must be texts by name"),
    (SUBNET, {"tags": {"urn": "x"}}, "must not hold 'urn': the provider sets it"),
    (SUBNET, {"tags": {"a=b": "x"}}, "has the name 'a=b'"),
    (SUBNET, {"tags": {"plan": "x" * 200}}, "longer than 160"),
    (SERVER, {"isa": "z80"}, "must be one of amd64"),
    (SERVER, {"security_groups": []}, "must not be empty"),
    (SERVER, {"security_groups": "g"}, "must be a list of texts"),
    (FLAVOR, {"vcpus": 0}, "must be above 0"),
    (FLAVOR, {"disk_gib": -1}, "must be a number of at least 0"),
    (FLAVOR, {"accelerators": {"ascend-910b": 0.5}}, "must be a whole number of at least 1"),
    (type_of("tricenter:openstack:ServerGroup"), {"policy": "near"}, "must be one of anti-affinity"),
    (type_of("tricenter:aws:Subnet"), {"ipv6_index": 256}, "from 0 to 255"),
    (GROUP, {"rules": "all"}, "must be a list of rules"),
]


@pytest.mark.parametrize(("type_", "given", "sentence"), WRONG, ids=[case[2][:40] for case in WRONG])
def test_a_wrong_value_gets_a_sentence(type_: Any, given: dict[str, Any], sentence: str) -> None:
    (name,) = given

    assert sentence in problems(type_, **given)[name]


def test_the_normal_form_rounds_sorts_and_fills_in() -> None:
    flavor = check(FLAVOR, {"name": "f", "vcpus": 1.5, "memory_mib": 1024, "disk_gib": 0}).inputs
    server = check(SERVER, A_SERVER).inputs

    assert flavor["vcpus"] == 2
    assert server["security_groups"] == ["g-1", "g-2"]
    assert (server["user_data"], server["tags"]) == ("", {})


def test_what_is_not_known_yet_passes() -> None:
    checked = check(SERVER, {**A_SERVER, "network": UNKNOWN, "security_groups": ["g-1", UNKNOWN]})

    assert not checked.problems
    assert checked.inputs["network"] == UNKNOWN


def test_the_same_wish_in_another_order_is_no_difference() -> None:
    state = check(SERVER, A_SERVER).inputs

    change = compare(SERVER, state, {**A_SERVER, "security_groups": ["g-1", "g-2"]})

    assert not change.updating | change.replacing


def test_updates_and_replacements_are_told_apart() -> None:
    state = check(SERVER, A_SERVER).inputs

    change = compare(SERVER, state, {**state, "name": "web-2", "tags": {"plan": "b"}, "image": "web:3"})

    assert change.updating == {"name", "tags"}
    assert change.replacing == {"image"}


def test_an_unknown_id_replaces_where_the_field_replaces() -> None:
    state = check(SERVER, A_SERVER).inputs

    assert compare(SERVER, state, {**state, "network": UNKNOWN}).replacing == {"network"}


def test_what_was_left_to_the_cloud_is_no_difference() -> None:
    state = {**check(SERVER, A_SERVER).inputs, "availability_zone": "bj-a-hygon", "subnets": ["s-1"]}

    change = compare(SERVER, state, check(SERVER, A_SERVER).inputs)

    assert not change.updating | change.replacing


def test_a_zone_that_is_wished_counts() -> None:
    state = {**check(SERVER, A_SERVER).inputs, "availability_zone": "bj-a-hygon"}

    assert compare(SERVER, state, {**state, "availability_zone": "bj-a-kunpeng"}).replacing


def test_what_a_cloud_does_not_tell_is_taken_to_be_as_wished() -> None:
    wish = {**check(SERVER, A_SERVER).inputs, "user_data": "#cloud-config"}

    assert not compare_told(SERVER, {"name": "web-1"}, wish).replacing
    assert compare_told(SERVER, {"user_data": "other"}, wish).replacing == {"user_data"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(token=st.sampled_from(sorted(TYPES)), data=st.data())
def test_no_input_ends_in_anything_but_sentences(token: str, data: st.DataObject) -> None:
    type_ = TYPES[token]
    given = data.draw(st.dictionaries(st.sampled_from(sorted(type_.fields)), values, max_size=4))

    checked = check(type_, given)

    assert all(sentence for _, sentence in checked.problems)
    again = check(type_, checked.inputs).inputs
    assert {name: again[name] for name in checked.inputs} == checked.inputs
