"""Field cases of texts on hosts and name servers: the old address goes out of them, and nothing else."""

from __future__ import annotations

import dns.rdatatype
import dns.zone
import pytest
from support.plugin_files import plugin

ifupdown_text = plugin("module_utils/ifupdown_text.py")
networkd_text = plugin("module_utils/networkd_text.py")
zone_text = plugin("module_utils/zone_text.py")

OLD = ["192.0.2.10"]
GATEWAYS = ["192.0.2.1"]

STANZAS = {
    "bridge": (
        (
            "auto br0\niface br0 inet static\n    address 192.0.2.10/24\n    gateway 192.0.2.1\n"
            "    bridge_ports eth0\n    bridge_stp off\n    mtu 1400\n"
        ),
        ("bridge_ports eth0", "bridge_stp off", "mtu 1400"),
    ),
    "bond": (
        (
            "auto bond0\niface bond0 inet static\n    address 192.0.2.10/24\n    gateway 192.0.2.1\n"
            "    bond-slaves eth0 eth1\n    bond-mode 802.3ad\n"
        ),
        ("bond-slaves eth0 eth1", "bond-mode 802.3ad"),
    ),
    "vlan": (
        "auto vlan40\niface vlan40 inet static\n    address 192.0.2.10/24\n    vlan-raw-device eth0\n",
        ("vlan-raw-device eth0",),
    ),
    "dns-and-routes": (
        (
            "auto eth0\niface eth0 inet static\n    address 192.0.2.10/24\n    gateway 192.0.2.1\n"
            "    dns-nameservers 203.0.113.53\n"
            "    up ip route add 203.0.113.128/25 via 203.0.113.254 dev eth1\n"
            "    hwaddress ether 02:00:00:00:00:01\n"
        ),
        ("dns-nameservers 203.0.113.53", "203.0.113.128/25", "hwaddress ether"),
    ),
    "two-addresses": (
        (
            "auto eth0\niface eth0\n    address 192.0.2.10/24\n    address 203.0.113.10/24\n"
            "    gateway 203.0.113.1\n"
        ),
        ("address 203.0.113.10/24", "gateway 203.0.113.1"),
    ),
    "comment": (
        (
            "# office line, do not touch\nallow-hotplug eth0\niface eth0 inet static\n"
            "    address 192.0.2.10\n"
            "    netmask 255.255.255.0\n    gateway 192.0.2.1\n\n# second line of the bank\nauto eth1\n"
            "iface eth1 inet static\n    address 203.0.113.10/24\n"
        ),
        ("# second line of the bank", "address 203.0.113.10/24"),
    ),
    "inherits": (
        (
            "iface common inet static\n    netmask 255.255.255.0\n    mtu 1400\nauto eth0\n"
            "iface eth0 inet static inherits common\n    address 192.0.2.10\n"
        ),
        ("iface common inet static", "inherits common"),
    ),
    "command": (
        (
            "auto eth0\niface eth0 inet static\n    address 203.0.113.10/24\n"
            "    up ip addr add 192.0.2.10/24 dev $IFACE\n    down ip addr del 192.0.2.10/24 dev $IFACE\n"
        ),
        ("address 203.0.113.10/24",),
    ),
    "alias": (
        (
            "auto eth0\niface eth0 inet static\n    address 203.0.113.10/24\nauto eth0:1\n"
            "iface eth0:1 inet static\n    address 192.0.2.10/24\n"
        ),
        ("address 203.0.113.10/24",),
    ),
}
"""Stanzas of ifupdown, and what has to stay of them: all that is not of the old network."""

UNITS = {
    "dns": (
        "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\nDNS=203.0.113.53\n",
        ("DNS=203.0.113.53",),
    ),
    "route": (
        (
            "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\n"
            "Address=203.0.113.10/24\n[Route]\nDestination=203.0.113.128/25\nGateway=203.0.113.254\n"
        ),
        ("Address=203.0.113.10/24", "[Route]\nDestination=203.0.113.128/25\nGateway=203.0.113.254"),
    ),
    "own-ipv6": (
        (
            "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\n"
            "Address=2001:db8:7::10/64\nGateway=2001:db8:7::1\n"
        ),
        ("Address=2001:db8:7::10/64", "Gateway=2001:db8:7::1"),
    ),
}
"""Files of systemd-networkd, and what has to stay of them."""


@pytest.mark.parametrize("kind", sorted(STANZAS))
def test_ifupdown_keeps_all_but_the_old_address(kind: str) -> None:
    text, stays = STANZAS[kind]

    left = ifupdown_text.without(text, OLD, GATEWAYS)

    assert OLD[0] not in left
    assert [part for part in stays if part not in left] == []


@pytest.mark.parametrize("kind", sorted(UNITS))
def test_networkd_keeps_all_but_the_old_address(kind: str) -> None:
    text, stays = UNITS[kind]

    left = networkd_text.without(text, OLD, GATEWAYS)

    assert OLD[0] not in left
    assert "Gateway=192.0.2.1" not in left.splitlines()
    assert [part for part in stays if part not in left] == []


ZONE = "unit.example."
NEW = [("h1", "A", "198.51.100.10"), ("h1", "AAAA", "2001:db8:100:1::a")]
GONE = [("h1", "A", "192.0.2.10")]
HEAD = (
    "$TTL 300\n@ IN SOA ns1.unit.example. host.unit.example. ( 2026010101 7200 900 1209600 300 )\n"
    "@ IN NS ns1.unit.example.\nns1 IN A 192.0.2.53\n"
)
ZONES = {
    "plain": HEAD + "h1 IN A 192.0.2.10\n",
    "ttl": HEAD + "h1 1h30m IN A 192.0.2.10\n",
    "smiley": HEAD + 'room IN TXT "third floor :-) ring twice"\nh1 IN A 192.0.2.10\n',
    "origin": HEAD + "$ORIGIN sub\nx1 IN A 192.0.2.99\n$ORIGIN unit.example.\nh1 IN A 192.0.2.10\n",
    "inherited-owner": HEAD + 'h1 IN A 192.0.2.10\n   IN TXT "desk"\n   IN A 192.0.2.11\n',
    "lower-case": HEAD.replace("@ IN SOA", "@ in soa") + "H1 in a 192.0.2.10\n",
    "soa-lower": HEAD.replace("SOA", "soa") + "h1 IN A 192.0.2.10\n",
    "soa-comments": "$TTL 300\n@ IN SOA ns1.unit.example. host.unit.example. ( ; the serial is a date\n"
    " ; YYYYMMDDnn\n 2026010101 ; serial\n 7200 900 1209600 300 )\n@ IN NS ns1\nns1 IN A 192.0.2.53\n"
    "h1 IN A 192.0.2.10\n",
    "parentheses": HEAD + "h1 IN A (\n 192.0.2.10 )\n",
    "cname": HEAD + "w1 IN A 192.0.2.10\nh1 IN CNAME w1\n",
    "wildcard": HEAD + "* IN A 192.0.2.10\n",
    "generate": HEAD + "$GENERATE 1-20 h$ A 192.0.2.$\n",
}


@pytest.mark.parametrize("kind", sorted(ZONES))
def test_a_zone_is_edited_right_with_its_serial_up_or_refused(kind: str) -> None:
    before = ZONES[kind]
    try:
        published, added, _ = zone_text.changed(before, ZONE, NEW, [], 300)
        retired, _, _ = zone_text.changed(published, ZONE, NEW, GONE, 300)
    except zone_text.Refused:
        return  # right, too

    assert added
    assert _addresses(published) == _addresses(before) | {"198.51.100.10", "2001:db8:100:1::a"}
    assert _addresses(retired) == _addresses(published) - {"192.0.2.10"}
    assert _serial(before) < _serial(published) <= _serial(retired)


def _read(text: str) -> dns.zone.Zone:
    return dns.zone.from_text(text, origin=ZONE, relativize=False, allow_include=False)


def _addresses(text: str) -> set[str]:
    """What dnspython finds of h1."""
    zone = _read(text)
    found = (zone.get_rdataset(f"h1.{ZONE}", kind) for kind in ("A", "AAAA"))
    return {record.address for records in found if records for record in records}


def _serial(text: str) -> int:
    (soa,) = (record for _, _, record in _read(text).iterate_rdatas(dns.rdatatype.SOA))
    return int(soa.serial)
