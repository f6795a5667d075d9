"""Gives whole hosts of each manager other set-ups than an installer's: what people have on their servers."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_interface

from cmp.model.network import Manager

EXTRA = "198.51.100.{}/24"
"""An address of another network on the same interface, which no move may touch."""
IFUPDOWN = """\
# set up by hand in 2019; ring the bank before you touch it
source /etc/network/interfaces.d/*
auto lo
iface lo inet loopback

iface eth0 inet manual

auto br0
iface br0 inet static
    address {old}
    gateway 192.0.2.1
    bridge_ports eth0
    bridge_stp off
    bridge_fd 0
    mtu 1400
    hwaddress ether {mac}
    up ip addr add {extra} dev $IFACE
"""
NETDEV = "[NetDev]\nName=br0\nKind=bridge\nMTUBytes=1400\nMACAddress={mac}\n\n[Bridge]\nSTP=no\n"
SLAVE = "[Match]\nName=eth0\n\n[Network]\nBridge=br0\n"
UNIT = """\
[Match]
Name=br0

# the office
[Network]
IPv6AcceptRA=no
ConfigureWithoutCarrier=yes
Address={old}
Address={extra}
DNS=198.51.100.53

[Route]
Gateway=192.0.2.1
Metric=100
"""
NETPLAN = """\
# written by hand
network:
  version: 2
  renderer: {renderer}
  ethernets:
    eth0: {{dhcp4: false}}
  bridges:
    br0:
      interfaces: [eth0]
      mtu: 1400
      macaddress: "{mac}"
      parameters: {{stp: false, forward-delay: 0}}
      addresses:
        - {old}   # until the move
        - {extra}
      nameservers:
        addresses: [198.51.100.53]
      routes:
        - to: default
          via: 192.0.2.1
"""
PORT = """\
[connection]
id=port
uuid=1c1c3a0e-0000-4000-8000-000000000001
type=ethernet
interface-name=eth0
master=br0
slave-type=bridge
"""
PROFILE = """\
[connection]
id=office
uuid=1c1c3a0e-0000-4000-8000-000000000002
type=bridge
interface-name=br0

[bridge]
stp=false
mac-address={mac}

[ethernet]
mtu=1400

[ipv4]
method=manual
address1={old},192.0.2.1
address2={extra}
dns=198.51.100.53;

[ipv6]
method=ignore
"""


def bridged(manager: Manager, old: str) -> Mapping[str, str]:
    """The files of a host with a bridge that has its own mtu, hardware address and another address."""
    last = int(ip_interface(old).ip) & 255
    words = {"old": old, "extra": EXTRA.format(last), "mac": f"02:00:00:00:be:{last:02x}"}
    if manager is Manager.IFUPDOWN:
        return {"/etc/network/interfaces": IFUPDOWN.format(**words)}
    if manager is Manager.NETWORKD:
        folder = "/etc/systemd/network"
        return {
            f"{folder}/10-eth0.network": SLAVE,
            f"{folder}/br0.netdev": NETDEV.format(**words),
            f"{folder}/br0.network": UNIT.format(**words),
        }
    if manager is Manager.NETWORK_MANAGER:
        folder = "/etc/NetworkManager/system-connections"
        return {
            f"{folder}/eth0.nmconnection": PORT,
            f"{folder}/office.nmconnection": PROFILE.format(**words),
        }
    renderer = "networkd" if manager is Manager.NETPLAN else "NetworkManager"
    return {"/etc/netplan/50-lab.yaml": NETPLAN.format(renderer=renderer, **words)}


def retired(manager: Manager, old: str) -> Mapping[str, str]:
    """The same files once the old address and the old line's default have gone, and nothing else."""
    left = {}
    for path, text in bridged(manager, old).items():
        gone = {
            Manager.IFUPDOWN: [f"    address {old}\n", "    gateway 192.0.2.1\n"],
            Manager.NETWORKD: [f"Address={old}\n", "[Route]\nGateway=192.0.2.1\nMetric=100\n"],
            Manager.NETWORK_MANAGER: [f"address1={old},192.0.2.1\n"],
            Manager.NETPLAN: [
                f"        - {old}   # until the move\n",
                "      routes:\n        - to: default\n          via: 192.0.2.1\n",
            ],
        }
        for part in gone.get(manager, gone[Manager.NETPLAN]):
            text = text.replace(part, "")  # noqa: PLW2901 - step by step
        left[path] = text.replace("iface br0 inet static", "iface br0 inet manual")
    return left
