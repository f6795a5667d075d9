"""World-open prefixes are recognised in both families, however they are written."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from policies.rules.openness import open_families


@pytest.mark.parametrize(
    ("prefixes", "families"),
    [
        (["0.0.0.0/0"], (4,)),
        (["0.0.0.0/1"], (4,)),
        (["0.0.0.0/1", "128.0.0.0/1"], (4,)),
        (["0.0.0.0/2", "64.0.0.0/2"], (4,)),
        (["::ffff:0:0/96"], (4,)),
        (["64:ff9b::/96"], (4,)),
        (["::ffff:0:0/97", "192.0.2.0/24"], (4,)),
        (["::/0"], (6,)),
        (["::/1"], (6,)),
        (["8000::/1"], (6,)),
        (["2000::/3"], (6,)),
        (["2000::/4"], (6,)),
        (["2000::/5", "2800::/5"], (6,)),
        (["0.0.0.0/0", "::/0"], (4, 6)),
    ],
)
def test_the_world_is_recognised(prefixes: list[str], families: tuple[int, ...]) -> None:
    assert open_families([ip_network(prefix) for prefix in prefixes]) == families


@pytest.mark.parametrize(
    "prefixes",
    [
        [],
        ["10.64.0.0/12"],
        ["203.0.113.0/24", "198.51.100.0/24"],
        ["10.0.0.0/8", "10.0.0.0/9", "10.0.0.0/8"],
        ["2001:db8::/32"],
        ["3fff:100::/32", "fc00::/7"],
        ["::ffff:10.64.0.0/108"],
    ],
)
def test_a_bounded_source_is_not_the_world(prefixes: list[str]) -> None:
    assert open_families([ip_network(prefix) for prefix in prefixes]) == ()
