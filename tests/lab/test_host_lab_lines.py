"""A site whose new line ends at interfaces of its own, with router advertisements and a Windows host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.host_labs import Nodes
from support.host_site import a_host, a_site
from support.needs import skip_without_host_lab

from cmp.model.network import HostKind
from lab.hosts.features import check
from lab.hosts.gaps import GAPS
from lab.hosts.lab import HostLab
from lab.processes import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.hosts, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Two hosts with two interfaces each; one of them is a Windows host."""
    skip_without_host_lab()
    site = a_site(
        hosts=(
            a_host("web-1", 11, new_interface="eth1"),
            a_host("desk-1", 12, new_interface="eth1", kind=HostKind.WINDOWS),
        ),
        translation=None,
        zones={},
        advertises=True,
        filters_sources=False,
        router_commands={"core": ("echo hello > /run/said",)},
    )
    lab = HostLab(site, tmp_path_factory.mktemp("lines"))
    try:
        lab.up(print)
        yield Nodes(lab)
    finally:
        lab.down(print)


def test_the_new_line_is_another_link_than_the_old_one(lines: Nodes) -> None:
    shown = lines.said("edge-new", "ip", "-6", "-br", "address", "show", "dev", "lan", "scope", "link")
    edge = shown.split()[2].partition("/")[0]

    assert lines.reaches("web-1", f"{edge}%eth1")
    assert not lines.reaches("web-1", f"{edge}%eth0")


def test_a_host_gives_itself_an_address_where_the_new_edge_advertises(lines: Nodes) -> None:
    def addresses(interface: str) -> str:
        return lines.said("web-1", "ip", "-6", "address", "show", "dev", interface, "scope", "global")

    assert wait_until(lambda: "3fff:100:a:1:" in addresses("eth1"), 30)
    assert addresses("eth0") == ""


def test_nobody_logs_in_to_a_host_that_plays_cannot_change(lines: Nodes) -> None:
    assert lines.echoes("ctl", "192.0.2.12", 443, "tcp")
    assert not lines.echoes("ctl", "192.0.2.12", 22, "tcp")


def test_edges_that_filter_nothing_let_foreign_sources_through(lines: Nodes) -> None:
    assert lines.said("edge-new", "nft", "list", "ruleset") == ""


def test_commands_of_the_site_have_run(lines: Nodes) -> None:
    assert lines.said("core", "cat", "/run/said") == "hello"


def test_this_kernel_lacks_nothing_but_known_gaps(lines: Nodes) -> None:
    assert set(check(lines.lab.folder)) <= set(GAPS)
