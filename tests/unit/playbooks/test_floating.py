"""What keepalived moves between hosts is told from its files, and from nothing else in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.plugin_files import plugin

floating = plugin("module_utils/floating.py")

CONFIG = """\
! 192.0.2.1 was the gateway
vrrp_instance office {
    unicast_src_ip 192.0.2.11
    unicast_peer { 192.0.2.12 }
    virtual_ipaddress {
        192.0.2.100/24 dev eth0 label eth0:vip   # not 192.0.2.101
        2001:db8:1::0064/64
    }
    virtual_ipaddress_excluded { 198.51.100.7/24 brd 198.51.100.255 }
}
virtual_server 192.0.2.200 443 { real_server 192.0.2.201 443 { } }
"""


def test_virtual_addresses_alone_float(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "office.conf").write_text(CONFIG)

    found = floating.addresses(tmp_path)

    assert found >= {"192.0.2.100", "2001:db8:1::64", "198.51.100.7"}
    assert found.isdisjoint({"192.0.2.1", "192.0.2.11", "192.0.2.12", "192.0.2.101", "192.0.2.200"})


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_host_without_keepalived_has_none(folder: str, tmp_path: Path) -> None:
    assert floating.addresses(tmp_path / folder) == set()


def test_what_floats_is_left_out_of_what_a_host_holds() -> None:
    links = [{"ifname": "eth0", "addr_info": [{"local": "192.0.2.11"}, {"local": "192.0.2.100"}]}]

    assert floating.without(links, {"192.0.2.100"}) == [
        {"ifname": "eth0", "addr_info": [{"local": "192.0.2.11"}]}
    ]
