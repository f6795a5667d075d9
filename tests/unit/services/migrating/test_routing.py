"""The change of a network's new edge is written in every maker's language, with its way back."""

from __future__ import annotations

import shutil
from ipaddress import IPv4Interface, IPv6Interface
from pathlib import Path

import pytest
from support.at_hand import means_at
from support.environment_files import replace_in
from support.moving_network import a_segment, an_edge_router

from cmp.errors import Invalid
from cmp.model.references import EnvironmentRef
from cmp.services.migrating.routing import edge_change, router_texts

ROOT = Path(__file__).parents[4]
NETWORK = "archives-net"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    return tmp_path / "inventories" / "lab"


def test_the_edge_gets_the_new_gateways_and_lets_out_only_its_own_addresses() -> None:
    segment = a_segment()

    (port,) = edge_change(an_edge_router(), segment, filters_sources=True).ports

    assert port.name == "lan"
    assert port.addresses == (IPv4Interface("203.0.113.1/24"), IPv6Interface("2001:db8:a::1/64"))
    assert port.sources == (segment.old, segment.ipv4, segment.ipv6)
    assert port.advertisement is not None
    assert not port.advertisement.autonomous
    assert edge_change(an_edge_router(), segment, filters_sources=False).ports[0].sources == ()


def test_every_maker_gets_a_text_and_its_way_back(folder: Path, tmp_path: Path) -> None:
    found = router_texts(means_at(tmp_path / "state"), EnvironmentRef.of(folder), NETWORK)

    assert (found.router, found.interface) == ("archives-edge", "lan")
    assert [text.maker for text in found.texts] == ["frr", "vrp", "comware"]
    assert [text.maker for text in found.texts if text.tried] == ["frr"]
    for text in found.texts:
        assert "interface lan" in text.forward
        assert "interface lan" in text.back
        assert ("not tried on a device" in text.forward) is not text.tried
    assert "drop" in found.texts[0].sources


def test_a_network_without_a_router_for_its_edge_is_refused(folder: Path, tmp_path: Path) -> None:
    network = folder.parent / "reference" / "network.yaml"
    line = (
        "router: {name: office-edge, interface: lan, uplink: core, ssh: {user: netops, address: 198.18.2.2}}"
    )
    replace_in(network, line, "mtu: 1500")

    with pytest.raises(Invalid, match="names no router for the edge of office-old-net") as refusal:
        router_texts(means_at(tmp_path / "state"), EnvironmentRef.of(folder), "office-old-net")

    assert "edge.router" in (refusal.value.hint or "")
