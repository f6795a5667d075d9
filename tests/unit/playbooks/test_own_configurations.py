"""What sets an old address goes out of each manager's own files; every other byte stays, or it is refused."""

from __future__ import annotations

import pytest
import yaml
from support.plugin_files import plugin

ifupdown = plugin("module_utils/ifupdown_text.py")
networkd = plugin("module_utils/networkd_text.py")
keyfile = plugin("module_utils/keyfile_text.py")
netplan = plugin("module_utils/netplan_text.py")

OLD, GATEWAY, NEW = {"192.0.2.10"}, {"192.0.2.1"}, {"192.0.2.10": "203.0.113.10/24"}
GONE = "<<"
"""Marks a line of the cases below that has to go; `A => B` on one becomes B."""

IFUPDOWN = """\
# This file describes the interfaces of the bank's server.
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

auto eno1 br0
iface eno1 inet manual

iface br0 inet static => iface br0 inet manual
\taddress 192.0.2.10/24 <<
\tnetmask 255.255.255.0 <<
\tbroadcast 192.0.2.255 <<
\tgateway 192.0.2.1 <<
\tmetric 100 <<
\tbridge_ports eno1 \\
\t    eno2
\tbridge_fd 0
\tmtu 9000
\thwaddress ether 02:00:00:00:00:01
\tdns-nameservers 203.0.113.53
\t# 192.0.2.10 was the address until the move
\tpost-up ip route add default via 192.0.2.1 table main <<
\tpost-up ethtool -K $IFACE tso off

iface br0 inet6 static
\taddress 2001:db8:7::10/64

allow-hotplug wlan0
"""
NETWORKD = """\
# office
[Match]
Name=eno1

[Link]
MTUBytes=9000

[Network]
DNS=203.0.113.53
Address=192.0.2.10/24 <<
Address=192.0.2.100/24
Gateway=192.0.2.1 <<
VLAN=vlan40

[Address] <<
Label=eno1:1 <<
Address=192.0.2.10/32 <<

[Route]
Gateway=192.0.2.1
Table=100

[Route] <<
Gateway=192.0.2.1 <<
Metric=100 <<

[Route]
Gateway=192.0.2.1
Destination=10.0.0.0/8
"""
KEYFILE = """\
[connection]
id=office
uuid=1c1c3a0e-0000-4000-8000-000000000001
type=ethernet

[ethernet]
mtu=9000

[ipv4]
# fixed
address1=192.0.2.10/24,192.0.2.1 <<
address2=192.0.2.100/24,192.0.2.1 => address2=192.0.2.100/24
dns=203.0.113.53;
gateway=192.0.2.1 <<
method=manual
route1=0.0.0.0/0,192.0.2.1,50 <<
route2=10.0.0.0/8,192.0.2.1

[ipv6]
address1=2001:db8:7::10/64
method=manual
"""
NETPLAN = """\
# written by the installer
network:
  version: 2
  renderer: networkd
  bonds:
    bond0:
      interfaces: [eno1, eno2]
      mtu: 9000 # jumbo
      parameters: {mode: 802.3ad}
      addresses:
        - 192.0.2.10/24 <<
        # of the cluster
        - 192.0.2.100/24:
            label: bond0:1
      gateway4: 192.0.2.1 <<
      nameservers:
        addresses: [203.0.113.53]
      routes:
        - to: default <<
          via: 192.0.2.1 <<
          metric: 100 <<
        - to: default
          via: 192.0.2.1
          table: 100
        - {to: 10.0.0.0/8, via: 192.0.2.1}
  vlans:
    bond0.40: {id: 40, link: bond0}
"""
KINDS = {
    "ifupdown": (ifupdown.without, IFUPDOWN),
    "networkd": (networkd.without, NETWORKD),
    "keyfile": (keyfile.without, KEYFILE),
    "netplan": (netplan.without, NETPLAN),
}


def before(case: str) -> str:
    lines = (line.removesuffix(f" {GONE}").split(" => ")[0] for line in case.splitlines())
    return "\n".join(lines) + "\n"


def after(case: str) -> str:
    lines = (line.split(" => ")[-1] for line in case.splitlines() if not line.endswith(f" {GONE}"))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_the_old_address_and_the_old_default_go(kind: str) -> None:
    without, case = KINDS[kind]

    assert without(before(case), OLD, GATEWAY) == after(case)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_does_not_hold_the_address_stays_byte_for_byte(kind: str) -> None:
    without, case = KINDS[kind]

    assert without(before(case), {"192.0.2.11"}, {"192.0.2.10"}) == before(case)
    assert without(before(case), {"92.0.2.10", "192.0.2.101"}, {"192.0.2.11"}) == before(case)


def test_a_keyfile_that_loses_its_last_address_has_the_new_one_or_no_ipv4() -> None:
    text = "[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n"

    assert keyfile.without(text, OLD, GATEWAY, NEW) == "[ipv4]\nmethod=manual\naddress1=203.0.113.10/24\n"
    assert keyfile.without(text, OLD, GATEWAY) == "[ipv4]\nmethod=disabled\n"


def test_a_route_of_a_keyfile_goes_with_its_options_and_that_of_another_table_stays() -> None:
    text = (
        "[ipv4]\nmethod=manual\naddress1=203.0.113.9/24\nroute1=0.0.0.0/0,192.0.2.1\nroute1_options=mtu=1400\n"
        "route2=0.0.0.0/0,192.0.2.1,50\nroute2_options=table=100\nroute3=0.0.0.0/0,192.0.2.1\n"
    )

    left = keyfile.without(text, OLD, GATEWAY)

    assert left == (
        "[ipv4]\nmethod=manual\naddress1=203.0.113.9/24\n"
        "route2=0.0.0.0/0,192.0.2.1,50\nroute2_options=table=100\n"
    )


def test_a_profile_whose_names_need_an_address_is_refused_without_one() -> None:
    text = "[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\ndns=203.0.113.53;\n"

    with pytest.raises(keyfile.Kept, match="`dns` needs an IPv4 address"):
        keyfile.without(text, OLD, GATEWAY)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "{network: {ethernets: {e0: {addresses: [192.0.2.10/24]}}}}\n",
            "{network: {ethernets: {e0: {}}}}\n",
        ),
        (
            "network:\n  ethernets:\n    e0: {addresses: [192.0.2.9/24, 192.0.2.10/24], mtu: 1400}\n",
            "network:\n  ethernets:\n    e0: {addresses: [192.0.2.9/24], mtu: 1400}\n",
        ),
        (
            'network:\n  ethernets:\n    e0:\n      addresses: ["192.0.2.10/24"]\n    e1: {}\n',
            "network:\n  ethernets:\n    e0: {}\n    e1: {}\n",
        ),
    ],
)
def test_flows_and_definitions_of_an_address_alone_stay_yaml(text: str, left: str) -> None:
    assert netplan.without(text, OLD, GATEWAY) == left


FLOW = "network: {version: 2, ethernets: {eth0: {addresses: [%s], dhcp4: false}}}\n"


@pytest.mark.parametrize(
    ("held", "left"),
    [
        (["192.0.2.10/24", "192.0.2.11/24", "192.0.2.12/24"], ["198.51.100.10/24"]),
        (["192.0.2.10/24", "203.0.113.9/24", "192.0.2.11/24", "192.0.2.12/24"], ["203.0.113.9/24"]),
        (["203.0.113.9/24", "192.0.2.10/24", "192.0.2.11/24"], ["203.0.113.9/24"]),
        (["192.0.2.10/24", "192.0.2.11/24", "203.0.113.9/24"], ["203.0.113.9/24"]),
        (
            ["203.0.113.8/24", "192.0.2.10/24", "192.0.2.12/24", "203.0.113.9/24"],
            ["203.0.113.8/24", "203.0.113.9/24"],
        ),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_neighbours_in_a_flow_go_together_with_their_commas(
    held: list[str], left: list[str], quote: str
) -> None:
    text = FLOW % ", ".join(f"{quote}{each}{quote}" for each in held)
    olds = {f"192.0.2.{number}" for number in range(10, 13)}

    after = netplan.without(text, olds, set(), {"192.0.2.10": "198.51.100.10/24"})

    assert yaml.safe_load(after)["network"]["ethernets"]["eth0"] == {"addresses": left, "dhcp4": False}


def test_netplan_puts_the_new_address_where_the_last_old_one_was() -> None:
    text = "network:\n  ethernets:\n    e0:\n      addresses:\n      - 192.0.2.10/24  # office\n"

    assert netplan.without(text, OLD, GATEWAY, NEW) == text.replace("192.0.2.10/24", "203.0.113.10/24")


def test_yaml_that_cannot_be_edited_safely_is_refused() -> None:
    shared = "x: &a [192.0.2.10/24, 192.0.2.9/24]\nnetwork:\n  ethernets:\n    e0: {addresses: *a}\n"

    with pytest.raises(netplan.Kept, match="cannot be edited safely"):
        netplan.without(shared, OLD, GATEWAY)
    with pytest.raises(netplan.Kept, match="cannot be read"):
        netplan.without("network: [", OLD, GATEWAY)


@pytest.mark.parametrize("line", ["up /usr/local/bin/vip 192.0.2.10", "pre-down logger bye 192.0.2.10"])
def test_a_command_that_names_the_address_and_is_not_understood_is_refused(line: str) -> None:
    text = f"iface e0 inet static\n    address 203.0.113.9/24\n    {line}\n"

    with pytest.raises(ifupdown.Kept, match="put it right by hand"):
        ifupdown.without(text, OLD, GATEWAY)


def test_an_alias_goes_whole_and_out_of_the_list_of_what_comes_up() -> None:
    text = "auto e0 e0:1\niface e0 inet manual\niface e0:1 inet static\n  address 192.0.2.10/32\n"

    assert ifupdown.without(text, OLD, GATEWAY) == "auto e0\niface e0 inet manual\n"
