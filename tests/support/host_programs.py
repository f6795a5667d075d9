"""Gives whole hosts the programs that people run on them: set up so that a move would break, then mended.

Every program is Debian's own, run by systemd, and each set-up is what its manual says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmp.model.network import Manager

VIRTUAL, ELSEWHERE = "192.0.2.100", "198.51.100.100"
"""What keepalived moves between two hosts: an address of the old network, and one that no move may touch."""
MACS = "@mac"
"""Stands for the hardware address of the host that asks for its address."""


@dataclass(frozen=True, slots=True)
class Programs:
    """One host: what is on it that breaks a move, what `assess` says of that, and how to mend it."""

    address: str
    manager: Manager
    wrong: Mapping[str, str]
    """Files by path; an empty text takes one away."""
    said: tuple[str, ...]
    """Each is part of a sentence by which the host is refused, and no sentence is without one."""
    right: Mapping[str, str]
    start: str = ""
    """A script that has the programs run from the next boot on."""
    mend: str = ""
    """What else is done to mend it."""
    up: tuple[str, ...] = field(default=())
    """Units that have to be active once the host has booted."""


ZONE = """\
<?xml version="1.0" encoding="utf-8"?>
<zone>
  <short>Public</short>
  <service name="ssh"/>
  <service name="https"/>
  <rule family="ipv4">
    {named}
    <service name="http"/>
    <accept/>
  </rule>
</zone>
"""
KEEPALIVED = """\
global_defs {{
    router_id {name}
}}

vrrp_instance office {{
    state {state}
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        {address}/24 dev eth0   # the name `office` leads here
    }}
}}
"""
DNSMASQ = "port=0\ninterface=eth0\ndhcp-authoritative\n"
LEASED = """\
[Match]
Name=eth0

[Network]
DHCP=ipv4
IPv6AcceptRA=no

[DHCPv4]
ClientIdentifier=mac
AllowList=192.0.2.15
"""
FOR_GOOD = """\
[Match]
Name=eth0

[Network]
DHCP=no
IPv6AcceptRA=no
Address={address}/24
Gateway=192.0.2.1
"""
POOL = "DHCPServer=yes\n\n[DHCPServer]\nPoolOffset=230\nPoolSize=10\nEmitRouter=no\nEmitDNS=no\n"
SEED = "/var/lib/cloud/seed/nocloud"
CLOUD = {
    f"{SEED}/meta-data": "instance-id: office-1\nlocal-hostname: h-cloud\n",
    f"{SEED}/user-data": "#cloud-config\nupdates: {network: {when: [boot]}}\n",
    f"{SEED}/network-config": (
        "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.12/24]\n"
        "    routes: [{to: 0.0.0.0/0, via: 192.0.2.1}]\n"
    ),
    "/etc/cloud/cloud.cfg.d/90-lab.cfg": (
        "datasource_list: [NoCloud]\nupdates: {network: {when: [boot]}}\n"
        "system_info: {network: {renderers: [netplan]}}\n"
        "preserve_hostname: true\nmanage_etc_hosts: false\nssh_deletekeys: false\ndisable_root: false\n"
    ),
    "/etc/cloud/cloud-init.disabled": "",
    "/etc/netplan/50-lab.yaml": "",
}
_UNMASK = "rm -f /etc/systemd/system/{unit}; systemctl enable {unit}"


def _keepalived(name: str, state: str, priority: int, address: str) -> str:
    return KEEPALIVED.format(name=name, state=state, priority=priority, address=address)


HOSTS: Mapping[str, Programs] = {
    "h-firewall": Programs(
        "192.0.2.11",
        Manager.NETWORK_MANAGER,
        {"/etc/firewalld/zones/public.xml": ZONE.format(named='<destination address="192.0.2.11"/>')},
        ("firewalld has a rule for 192.0.2.11 (/etc/firewalld/zones/public.xml:7)",),
        {"/etc/firewalld/zones/public.xml": ZONE.format(named='<source address="198.18.0.0/15"/>')},
        _UNMASK.format(unit="firewalld.service"),
        up=("firewalld.service",),
    ),
    "h-cloud": Programs(
        "192.0.2.12",
        Manager.NETPLAN,
        CLOUD,
        ("cloud-init writes its network files at every boot",),
        {"/etc/cloud/cloud.cfg.d/99-network.cfg": "network: {config: disabled}\n"},
        up=("cloud-init.service",),
    ),
    "h-vrrp-1": Programs(
        "192.0.2.13",
        Manager.IFUPDOWN,
        {"/etc/keepalived/keepalived.conf": _keepalived("h-vrrp-1", "MASTER", 150, VIRTUAL)},
        (
            f"{VIRTUAL} is second to 192.0.2.13",
            f"keepalived sets or names {VIRTUAL}",
            f"nothing that is known sets {VIRTUAL} at boot",
        ),
        {"/etc/keepalived/keepalived.conf": _keepalived("h-vrrp-1", "MASTER", 150, ELSEWHERE)},
        _UNMASK.format(unit="keepalived.service"),
        up=("keepalived.service",),
    ),
    "h-vrrp-2": Programs(
        "192.0.2.14",
        Manager.IFUPDOWN,
        {"/etc/keepalived/keepalived.conf": _keepalived("h-vrrp-2", "BACKUP", 100, VIRTUAL)},
        (f"keepalived sets or names {VIRTUAL}", "sshd listens on 192.0.2.14 alone (ListenAddress)"),
        {"/etc/keepalived/keepalived.conf": _keepalived("h-vrrp-2", "BACKUP", 100, ELSEWHERE)},
        _UNMASK.format(unit="keepalived.service")
        + "; echo 'ListenAddress 192.0.2.14' >> /etc/ssh/sshd_config",
        "sed -i '/^ListenAddress/d' /etc/ssh/sshd_config",
        up=("keepalived.service", "ssh.service"),
    ),
    "h-dhcpd": Programs(
        "192.0.2.15",
        Manager.IFUPDOWN,
        {
            "/etc/dnsmasq.d/office.conf": DNSMASQ
            + f"dhcp-range=192.0.2.200,192.0.2.220,1h\ndhcp-host={MACS},192.0.2.16,1h\n"
            "dhcp-option=option:router,192.0.2.1\n"
        },
        ("/etc/dnsmasq.d/office.conf:4 gives out 192.0.2.200",),
        {"/etc/dnsmasq.d/office.conf": DNSMASQ + "dhcp-range=198.51.100.50,198.51.100.90,255.255.255.0,1h\n"},
        _UNMASK.format(unit="dnsmasq.service"),
        up=("dnsmasq.service",),
    ),
    "h-leased": Programs(
        "192.0.2.16",
        Manager.NETWORKD,
        {"/etc/systemd/network/10-eth0.network": LEASED},
        (
            "192.0.2.16 was given for a time (DHCP)",
            "nothing that is known sets 192.0.2.16 at boot",
            "nothing that is known leads the default by 192.0.2.1 at boot",
            "its route to 192.0.2.1 sends from 192.0.2.16, which goes",
        ),
        {"/etc/systemd/network/10-eth0.network": FOR_GOOD.format(address="192.0.2.16")},
    ),
    "h-pool": Programs(
        "192.0.2.17",
        Manager.NETWORKD,
        {"/etc/systemd/network/10-eth0.network": FOR_GOOD.format(address="192.0.2.17") + POOL},
        ("it gives out addresses on eth0 by DHCP (udp/67)",),
        {"/etc/systemd/network/10-eth0.network": FOR_GOOD.format(address="192.0.2.17")},
    ),
}


MORE = ("docker.io", "libvirt-daemon-system", "libvirt-clients")
"""Packages of hosts with containers and guests, beside those of every whole host."""
_PUBLISHED = (
    "iptables -t nat -A DOCKER {to} ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination {at}"
)
_OFFICE = """\
<network>
  <name>office</name>
  <forward mode="nat">{source}</forward>
  <bridge name="virbr7"/>
  <ip address="198.18.77.1" netmask="255.255.255.0">
    <dhcp><range start="198.18.77.2" end="198.18.77.9"/></dhcp>
  </ip>
</network>
"""
_SOURCE = '<nat><address start="192.0.2.12" end="192.0.2.12"/></nat>'
_NETWORK = (
    "virsh -q -c network:///system net-destroy office || true;"
    "virsh -q -c network:///system net-define /etc/office.xml;"
    "virsh -q -c network:///system net-autostart office; virsh -q -c network:///system net-start office"
)
_CONTAINER = "172.17.0.2:80"

WITH_GUESTS: Mapping[str, Programs] = {
    "h-docker": Programs(
        "192.0.2.11",
        Manager.IFUPDOWN,
        {"/etc/docker/daemon.json": '{"ip": "192.0.2.11"}\n'},
        (
            "docker is told to use 192.0.2.11 (/etc/docker/daemon.json:1)",
            "a rule of docker in chain DOCKER translates from or to 192.0.2.11",
        ),
        {"/etc/docker/daemon.json": "{}\n"},
        # as docker publishes a port: its containers want the kernel's keyrings, which nspawn keeps from hosts
        "systemctl start docker; " + _PUBLISHED.format(to="-d 192.0.2.11/32", at=_CONTAINER),
        "systemctl restart docker; " + _PUBLISHED.format(to="", at=_CONTAINER),
        up=("docker.service",),
    ),
    "h-libvirt": Programs(
        "192.0.2.12",
        Manager.NETWORKD,
        {"/etc/office.xml": _OFFICE.format(source=_SOURCE)},
        (
            "a network of libvirt names 192.0.2.12 (/etc/libvirt/qemu/networks/office.xml:",
            "a rule of libvirt in chain LIBVIRT_PRT translates from or to 192.0.2.12",
        ),
        {"/etc/office.xml": _OFFICE.format(source="")},
        _NETWORK,
        "virsh -q -c network:///system net-undefine office; " + _NETWORK,
        up=("libvirtd.service",),
    ),
}
