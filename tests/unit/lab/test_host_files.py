"""What a lab's nodes find on their disks: interfaces, routing, filters, names, translation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.host_site import a_host, a_site

from cmp.errors import TryLater
from lab.hosts import disk, names, scripts, sources, translating
from lab.hosts.contents import Keys, contents
from lab.hosts.features import PROBES, refuse_unknown
from lab.hosts.gaps import GAPS
from lab.hosts.interfaces import interfaces
from lab.hosts.routing import frr, start
from lab.hosts.topology import topology

KEYS = Keys("ssh-ed25519 AAAA\n", "private\n", "secret")
USERS = "root:x:0:0:root:/root:/bin/bash\n"


def files(node: str, **changed: Any) -> dict[str, str]:
    """The files of a node of the small site."""
    site = a_site(**changed)
    return dict(contents(topology(site).nodes[node], site, KEYS, USERS))


def test_a_host_boots_with_its_old_address_and_gateway() -> None:
    text = interfaces(topology(a_site()).nodes["web-1"])

    assert "auto eth0\niface eth0 inet static\n    address 192.0.2.11/24\n    gateway 192.0.2.1\n" in text
    assert text.endswith("source /etc/network/interfaces.d/*\n")
    assert "dad-attempts" not in text


def test_a_second_interface_is_up_and_has_no_address() -> None:
    site = a_site(hosts=(a_host("web-1", 11, new_interface="eth1"),))

    assert "auto eth1\niface eth1 inet manual\n" in interfaces(topology(site).nodes["web-1"])


def test_routers_do_not_wait_for_the_check_of_their_own_addresses() -> None:
    text = interfaces(topology(a_site()).nodes["edge-new"])

    assert "iface lan inet6 static\n    address 3fff:100:a:1::1/64\n    dad-attempts 0\n" in text


def test_routers_speak_both_versions_of_ospf_with_a_secret_on_links_between_them_alone() -> None:
    site = a_site()
    text = frr(topology(site).nodes["edge-new"], site, "secret")
    lan, core = (
        text.split("interface lan")[1].split("exit")[0],
        text.split("interface core")[1].split("exit")[0],
    )

    assert " ip ospf passive\n ipv6 ospf6 passive" in lan
    assert "message-digest-key 1 md5 secret" in core
    assert "hash-algo hmac-sha-256 key secret" in core
    assert "secret" not in lan


def test_timers_are_set_before_a_router_says_anything() -> None:
    lines = start(topology(a_site()).nodes["core"])

    assert "timers throttle lsa all 100" in lines[-3]
    assert lines[-1] == "vtysh -b"


def test_the_core_leads_what_is_translated_to_the_translator() -> None:
    site = a_site()
    text = frr(topology(site).nodes["core"], site, "secret")

    assert "ip route 198.51.100.0/24 198.18.102.10\nipv6 route 3fff:100:64::/96 2001:db8:102::10\n" in text
    assert "ip route" not in frr(topology(site).nodes["edge-old"], site, "secret")


def test_each_edge_drops_what_is_not_of_its_own_prefix() -> None:
    site = a_site()
    nodes = topology(site).nodes

    assert "ip saddr != 192.0.2.0/24 counter drop" in sources.filtered(nodes["edge-old"], site)
    assert "ip saddr != 203.0.113.0/24 counter drop" in sources.filtered(nodes["edge-new"], site)
    assert sources.filtered(nodes["core"], site) == ""
    assert sources.filtered(nodes["edge-new"], a_site(filters_sources=False)) == ""


def test_neighbour_discovery_is_accepted_before_the_strict_check_of_ipv6() -> None:
    text = sources.filtered(topology(a_site()).nodes["edge-new"], a_site())

    assert text.index("nd-neighbor-solicit") < text.index("fib saddr . iif oif missing counter drop")


def test_names_of_hosts_have_their_old_addresses_and_the_station_has_both_families() -> None:
    text = names.zone(a_site())

    assert "web-1.office.example. 5 IN A 192.0.2.11\n" in text
    assert "station.office.example. 5 IN AAAA 2001:db8:100::10\n" in text
    assert "web-1.office.example. 5 IN AAAA" not in text


def test_answers_are_synthesised_only_where_there_is_a_translator() -> None:
    assert 'module-config: "dns64 iterator"' in names.unbound(a_site())
    assert "dns64-prefix: 3fff:100:64::/96" in names.unbound(a_site())
    assert "dns64" not in names.unbound(a_site(translation=None))


def test_the_translator_has_the_prefix_and_the_pool_of_the_site() -> None:
    text = files("nat64")[translating.TAYGA]

    assert "prefix 3fff:100:64::/96\ndynamic-pool 198.51.100.0/24\n" in text


def test_router_advertisements_are_off_unless_asked_for() -> None:
    assert translating.RADVD not in files("edge-new")
    assert "prefix 3fff:100:a:1::/64" in files("edge-new", advertises=True)[translating.RADVD]


def test_the_operator_is_root_of_the_node_under_his_own_name() -> None:
    assert "netops:x:0:0:" in files("web-1")["/etc/passwd"]
    assert files("web-1", hosts=(a_host("web-1", 11, user="root"),))["/etc/passwd"] == USERS
    assert "/etc/ssh/sshd_config" not in files("zone-private")


def test_a_host_without_ipv6_has_it_switched_off_before_its_network_comes_up() -> None:
    site = a_site()
    boot = {name: scripts.boot(node, site) for name, node in topology(site).nodes.items()}

    assert boot["scanner-1"].index("disable_ipv6 1") < boot["scanner-1"].index("ifup -a")
    assert "disable_ipv6 1" not in boot["web-1"]


def test_hosts_forward_nothing_and_routers_do() -> None:
    site = a_site()
    nodes = topology(site).nodes

    assert "echo 0 > /proc/sys/net/ipv6/conf/all/forwarding" in scripts.boot(nodes["web-1"], site)
    assert "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding" in scripts.boot(nodes["core"], site)


def test_commands_of_the_site_come_last() -> None:
    site = a_site(router_commands={"core": ("tc qdisc show",)})

    assert scripts.boot(topology(site).nodes["core"], site).endswith("vtysh -b\ntc qdisc show\n")


def test_hooks_run_when_the_network_is_up_and_before_anybody_can_log_in() -> None:
    boot = scripts.boot(topology(a_site()).nodes["web-1"], a_site())

    assert (
        boot.index("ifup -a") < boot.index("run-parts /etc/tricenter/boot.d") < boot.index("/usr/sbin/sshd")
    )


def test_what_lasts_over_a_boot_has_a_place_on_the_disk() -> None:
    assert disk.place(Path("lab/web-1"), Path("/var/lib/a")) == Path("lab/web-1/var-lib/upper/a")

    with pytest.raises(ValueError, match="does not last"):
        disk.place(Path("lab/web-1"), Path("/run/a"))


def test_every_gap_is_tried_and_has_a_stand_in() -> None:
    assert set(GAPS) <= set(PROBES)
    assert all(GAPS.values())


def test_a_known_gap_is_no_reason_to_refuse_and_any_other_lack_is() -> None:
    refuse_unknown(["vlan", "vrf"])

    with pytest.raises(TryLater, match="lacks veth, overlay"):
        refuse_unknown(["veth", "vlan", "overlay"])
