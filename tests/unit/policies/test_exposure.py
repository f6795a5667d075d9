"""Management and data ports are never open to the whole world, in IPv4 and in IPv6."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from policies.rules.exposure import data_stays_inside, management_stays_inside
from policies.rules.ports import DATA, MANAGEMENT
from policies.rules.values import ANY_PORT, Opening

WORLDS = pytest.mark.parametrize(("world", "family"), [("0.0.0.0/0", 4), ("::/0", 6)])
INSIDE = pytest.mark.parametrize("prefix", ["203.0.113.0/24", "2001:db8:1::/48"])


def an_opening(port: int, source: str, resource: str = "portal/web") -> Opening:
    return Opening(resource, port, port, ip_network(source))


@WORLDS
@pytest.mark.parametrize("port", sorted(MANAGEMENT))
def test_a_management_port_open_to_the_world_is_named(port: int, world: str, family: int) -> None:
    (sentence,) = management_stays_inside([an_opening(port, world)])

    assert sentence.startswith(f"portal/web: port {port} ({MANAGEMENT[port]})")
    assert f"IPv{family}" in sentence


@WORLDS
@pytest.mark.parametrize("port", sorted(DATA))
def test_a_data_port_open_to_the_world_is_named(port: int, world: str, family: int) -> None:
    (sentence,) = data_stays_inside([an_opening(port, world)])

    assert sentence.startswith(f"portal/web: port {port} ({DATA[port]})")
    assert f"IPv{family}" in sentence


@INSIDE
def test_a_bastion_prefix_may_reach_management_and_data(prefix: str) -> None:
    openings = [an_opening(22, prefix), an_opening(5432, prefix)]

    assert not list(management_stays_inside(openings))
    assert not list(data_stays_inside(openings))


@WORLDS
def test_a_web_port_may_be_open_to_the_world(world: str, family: int) -> None:
    assert not list(management_stays_inside([an_opening(443, world)]))
    assert not list(data_stays_inside([an_opening(443, world)]))


@pytest.mark.parametrize("halves", [("0.0.0.0/2", "64.0.0.0/2"), ("2000::/5", "2800::/5")])
def test_two_rules_that_together_open_a_family_are_one_finding(halves: tuple[str, str]) -> None:
    apart = [an_opening(22, half) for half in halves]

    assert not list(management_stays_inside(apart[:1]))
    assert len(list(management_stays_inside(apart))) == 1


def test_two_resources_are_never_added_up() -> None:
    openings = [an_opening(22, "0.0.0.0/2", "one"), an_opening(22, "64.0.0.0/2", "other")]

    assert not list(management_stays_inside(openings))


@pytest.mark.parametrize(("family", "words"), [(4, ["IPv4"]), (6, ["IPv6"]), (None, ["IPv4", "IPv6"])])
def test_a_rule_without_source_means_anybody_of_its_family(family: int | None, words: list[str]) -> None:
    sentences = list(management_stays_inside([Opening("group", 22, 22, None, family)]))

    assert [word in sentence for word, sentence in zip(words, sentences, strict=True)] == [True] * len(words)


@pytest.mark.parametrize("world", ["0.0.0.0/0", "::/0"])
def test_a_rule_for_any_port_opens_every_port(world: str) -> None:
    opening = Opening("group", *ANY_PORT, ip_network(world))

    assert len(list(management_stays_inside([opening]))) == len(MANAGEMENT)
    assert len(list(data_stays_inside([opening]))) == len(DATA)
