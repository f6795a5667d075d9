"""Lines of FRR: what is missing, what would be removed, and the text that goes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.plugin_files import plugin

GOLDEN = Path(__file__).resolve().parents[2] / "data/network/edge-b.frr"
frr_text = plugin("module_utils/frr_text.py")

RUNNING = """\
Current configuration:
!
frr version 8.4.4
interface lan
 ip ospf area 0
exit
!
router ospf
 ospf router-id 198.18.255.3
exit
!
end
"""
WANTED = """\
interface lan
 ip ospf area 0
 ip ospf cost 20
exit
router bgp 65001
 neighbor 192.0.2.1 remote-as 65000
 address-family ipv6 unicast
  network 2001:db8::/32
 exit-address-family
exit
ip route 192.0.2.0/24 blackhole
"""


def test_only_missing_lines_are_written_each_within_its_block() -> None:
    missing = frr_text.lacking(frr_text.paths(WANTED), frr_text.paths(RUNNING))

    assert frr_text.written(missing) == WANTED.replace(" ip ospf area 0\n", "")


def test_going_back_removes_new_blocks_whole_and_of_interfaces_only_lines() -> None:
    before = frr_text.paths(RUNNING)
    after = [*before, *frr_text.lacking(frr_text.paths(WANTED), before)]

    assert frr_text.inverse(before, after).splitlines() == [
        "no ip route 192.0.2.0/24 blackhole",
        "no router bgp 65001",
        "interface lan",
        " no ip ospf cost 20",
        "exit",
    ]


def test_going_back_restores_a_line_that_was_replaced() -> None:
    before = frr_text.paths("interface lan\n ip ospf cost 10\nexit\n")
    after = frr_text.paths("interface lan\n ip ospf cost 20\nexit\n")

    lines = frr_text.inverse(before, after).splitlines()

    assert lines.index(" no ip ospf cost 20") < lines.index(" ip ospf cost 10")


@pytest.mark.parametrize(
    ("text", "removes"),
    [
        ("no router ospf\n", True),
        ("interface lan\n no ip ospf area\n", True),
        ("interface lan\n no ipv6 nd suppress-ra\n", False),
        ("interface wan\n no ip ospf area 0\n", False),
    ],
)
def test_a_no_removes_only_what_is_there(text: str, removes: bool) -> None:
    assert bool(frr_text.takes_away(frr_text.paths(text), frr_text.paths(RUNNING))) is removes


def test_secrets_are_not_said() -> None:
    path = ("interface wan", "ip ospf message-digest-key 1 md5 secret")

    assert frr_text.said([path]) == ["interface wan / ip ospf message-digest-key 1 md5 (hidden)"]


def test_what_we_render_for_frr_is_read_whole() -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    written = frr_text.written(frr_text.paths(text))

    assert frr_text.paths(written) == list(dict.fromkeys(frr_text.paths(text)))
