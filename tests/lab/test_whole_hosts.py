"""Whole Debians with systemd move by each manager; every phase lasts over a reboot, nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.needs import needs
from support.reboots import PHASES, SHAPES, Cell, a_lab, cells, differing, table

from cmp.model.network import Manager

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(900),
    needs("ip", "nft", "systemd-nspawn", "mmdebstrap", "unshare", "nsenter"),
]

TRIED = SHAPES if os.environ.get("TRICENTER_HOSTS") == "all" else ("bridge",)
"""`make test` tries the richer one; `make test-hosts-all` both, `make test-hosts-reboots` prints them."""


@pytest.mark.parametrize("shape", TRIED)
def test_every_phase_lasts_over_a_reboot_and_the_old_address_alone_goes(tmp_path: Path, shape: str) -> None:
    with a_lab(tmp_path) as moving:
        found = list(cells(moving, shape))

    assert len(found) == len(Manager) * len(PHASES)
    assert [cell for cell in found if cell.lost or cell.left] == []


def test_what_is_lost_or_left_over_stands_in_the_table() -> None:
    lost, left = differing({"addresses": ["a", "b"]}, {"addresses": ["b", "c"]})
    found = [
        Cell(manager, phase, lost if phase == "beside" else (), left)
        for manager in Manager
        for phase in PHASES
    ]

    told = "\n".join(table("plain", found))

    assert "networkd, beside: lost addresses: a" in told
    assert "networkd, retired: left addresses: c" in told
    assert told.count("lost 1, left 1") == len(Manager)
