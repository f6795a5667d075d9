"""Hosts on which others have a say beside the network's manager: firewalld, cloud-init, keepalived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from support.builders import a_network_host, a_private_network
from support.moving_lab import STATIONS, Moving, moving_lab
from support.needs import needs
from support.whole_moves import go, on, silent, unmoved, written

from cmp.model.lab_host import LabHost
from cmp.model.migration import Phase
from cmp.model.migration_journal import MoveState
from cmp.model.network import Manager, Ssh
from cmp.network.moving.readiness import Readiness
from cmp.network.moving.stages import backward
from cmp.services.migrating.assessing import assess
from cmp.services.migrating.carrying import carry

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(900),
    needs("ip", "nft", "systemd-nspawn", "mmdebstrap", "unshare", "nsenter"),
]

FIRE, CLOUD, PAIR = "h-fire", "h-cloud", "h-pair"
HOSTS = (
    a_network_host(FIRE, "192.0.2.11/24", ssh=Ssh(user="netops"), manager=Manager.NETWORK_MANAGER),
    a_network_host(CLOUD, "192.0.2.12/24", ssh=Ssh(user="netops"), manager=Manager.IFUPDOWN),
    a_network_host(PAIR, "192.0.2.13/24", ssh=Ssh(user="netops"), manager=Manager.IFUPDOWN),
)
PRIVATE = a_private_network("desk-net", witnesses=STATIONS, lab_host=LabHost.SYSTEM)
SEED = "/var/lib/cloud/seed/nocloud"
GIVEN = """\
version: 1
config:
  - type: physical
    name: eth0
    subnets: [{type: static, address: 192.0.2.12/24, gateway: 192.0.2.1}]
"""
CLOUD_FILES = {
    f"{SEED}/meta-data": "instance-id: desk-1\nlocal-hostname: h-cloud\n",
    f"{SEED}/user-data": "#cloud-config\nssh_deletekeys: false\nssh_genkeytypes: []\n",
    f"{SEED}/network-config": GIVEN,
    "/etc/cloud/cloud.cfg.d/90-lab.cfg": "datasource_list: [NoCloud]\nupdates: {network: {when: [boot]}}\n",
}
VIRTUAL = """\
vrrp_instance office {
    state MASTER
    interface eth0
    virtual_router_id 7
    priority 200
    advert_int 1
    virtual_ipaddress {
        192.0.2.50/24
    }
}
"""


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    with moving_lab(tmp_path_factory.mktemp("keepers"), HOSTS, PRIVATE) as found:
        on(found, FIRE, "rm -f /etc/systemd/system/firewalld.service; systemctl enable firewalld")
        for path, text in CLOUD_FILES.items():
            written(found, CLOUD, path, text)
        on(found, CLOUD, "rm /etc/cloud/cloud-init.disabled")
        written(found, PAIR, "/etc/keepalived/keepalived.conf", VIRTUAL)
        on(found, PAIR, "rm -f /etc/systemd/system/keepalived.service; systemctl enable keepalived")
        for host in (FIRE, CLOUD, PAIR):
            found.lab.reboot(host)
        yield found


def row(moving: Moving, name: str) -> Readiness:
    """What assess says of a host."""
    now = datetime.now(UTC)  # noqa: TID251 - a real look at real hosts
    hosts = tuple(host for host in HOSTS if host.name == name)
    matrix, _facts = assess("test", PRIVATE, hosts, moving.place(), now)
    return matrix.rows[0]


def test_a_host_on_which_firewalld_runs_moves_and_its_rules_stay_as_they_are(moving: Moving) -> None:
    assert on(moving, FIRE, "firewall-cmd --state").strip() == "running"
    assert row(moving, FIRE).blocks == ()
    rules = on(moving, FIRE, "nft -s list ruleset")
    assert "firewalld" in rules
    journal = unmoved(moving)
    only = moving.plan.model_copy(
        update={
            "moves": tuple(move for move in moving.plan.moves if move.host == FIRE),
            "waves": tuple(
                wave.model_copy(update={"hosts": (FIRE,)}) for wave in moving.plan.waves if FIRE in wave.hosts
            ),
        }
    )
    moving.plan, everybody = only, moving.plan
    try:
        for phase in (Phase.BESIDE, Phase.CUTOVER, Phase.RETIRE):
            journal = go(moving, journal, phase)
        assert on(moving, FIRE, "nft -s list ruleset") == rules
        moving.lab.reboot(FIRE)
        assert silent(moving, old=False, new=True) == ()
        assert on(moving, FIRE, "firewall-cmd --state").strip() == "running"

        back = carry(backward(journal, None), moving.carrier())

        assert back.state is MoveState.TAKEN_BACK
        assert on(moving, FIRE, "nft -s list ruleset") == rules
    finally:
        moving.plan = everybody


def test_cloud_init_that_writes_network_files_at_every_boot_is_named_until_it_is_told_not_to(
    moving: Moving,
) -> None:
    theirs = "/etc/network/interfaces.d/50-cloud-init"
    assert "192.0.2.12/24" in on(moving, CLOUD, f"cat {theirs}")
    on(moving, CLOUD, f"sed -i s/192.0.2.12/192.0.2.99/ {theirs}")
    moving.lab.reboot(CLOUD)
    assert "192.0.2.12/24" in on(moving, CLOUD, f"cat {theirs}"), "what it writes it writes again at boot"
    assert any("cloud-init writes its network files" in each for each in row(moving, CLOUD).blocks)

    written(moving, CLOUD, "/etc/cloud/cloud.cfg.d/99-own.cfg", "network: {config: disabled}\n")
    on(moving, CLOUD, f"sed -i 's/# This file.*/# mine now/' {theirs}; echo '# kept' >> {theirs}")
    moving.lab.reboot(CLOUD)

    assert "# kept" in on(moving, CLOUD, f"cat {theirs}")
    assert not any("cloud-init" in each for each in row(moving, CLOUD).blocks)


def test_an_address_that_keepalived_sets_is_named_with_its_file(moving: Moving) -> None:
    for _ in range(30):
        if "192.0.2.50" in on(moving, PAIR, "ip -4 addr show eth0; sleep 0.5"):
            break

    assert "192.0.2.50" in on(moving, PAIR, "ip -4 addr show eth0")
    blocks = row(moving, PAIR).blocks
    assert any(
        "keepalived sets or names 192.0.2.50 (/etc/keepalived/keepalived.conf:8)" in each for each in blocks
    )
