"""A customer's network is rehearsed on its own addresses, names and logins, none of which is the lab's."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.environment_files import a_copy, replace_in
from support.moving_lab import moving_lab
from support.needs import needs_host_lab

from cmp.errors import Invalid
from lab.hosts.places import CONTROLLER, EDGE_NEW, STATION

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("tricenter")

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(600),
    needs_host_lab(),
]

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).close()"
NETWORK = """\
zones: [{id: public}, {id: private, isolated: true}, {id: internet}]
address_plan:
  ipv4: {supernet: 10.64.0.0/12}
  ipv6: {prefix: "fd5b:82c4:9e17::/48", site_length: 52, subnet_length: 64}
allocations:
  - {center: bj-a, zone: private, ipv4: 10.64.0.0/16, ipv6: "fd5b:82c4:9e17:a000::/52"}
private_networks:
  - id: rescue-net
    ipv4: 192.168.40.0/24
    hosts: rescue-net.yaml
    target: {zone: private, center: bj-a}
    witnesses: [10.20.0.7, "fd1c:0e4a:77b3:7::7"]
    administered_from: [10.30.4.0/27, "fd1c:0e4a:77b3:40::/64"]
    names:
      domain: hosts.rescue.example
      resolvers: [10.20.0.53, "fd1c:0e4a:77b3:53::53"]
      server:
        name: ns-1
        zone_file: /etc/bind/zones/rescue.db
        ssh: {user: keeper, address: 10.20.0.54, port: 2200}
    edge:
      router:
        name: rescue-edge
        interface: ens3
        uplink: bond0.210
        ssh: {user: carrier, address: 10.30.5.5, port: 2222}
"""
HOSTS = """\
hosts:
  - name: register-1
    addresses: [192.168.40.10/24]
    gateways: [192.168.40.254]
    services: [{port: 443, name: https}]
    ssh: {user: clerk, address: 192.168.40.10, port: 2022}
  - name: register-2
    addresses: [192.168.40.11/24]
    gateways: [192.168.40.254]
    services: [{port: 443, name: https}]
    ssh: {user: clerk, address: 10.30.6.11}
  - name: fax-1
    addresses: [192.168.40.12/24]
    gateways: [192.168.40.254]
    ssh: {user: clerk}
"""


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of somebody else: no address of it is the lab's, and none is for documentation."""
    folder = a_copy(tmp_path_factory.mktemp("customer"))
    replace_in(folder / "environment.yaml", "bindings: lab\n", "")
    (folder / "network.yaml").write_text(NETWORK, encoding="utf-8")
    (folder / "rescue-net.yaml").write_text(HOSTS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rehearsed(customer: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the command says of the rehearsal, as a document."""
    state = tmp_path_factory.mktemp("state")
    for step in ("plan", "rehearse"):
        ended = subprocess.run(
            [PROGRAM, "--state", state, "--json", "net", step, customer, "rescue-net"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )
        assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)


def test_a_customers_network_is_rehearsed_on_its_own_addresses(rehearsed: Mapping[str, Any]) -> None:
    assert rehearsed["reasons"] == []
    assert rehearsed["passed"]
    assert {entry["standing"] for entry in rehearsed["journal"]["entries"]} == {"confirmed"}


def test_a_way_back_of_each_type_was_fired_and_left_nothing(rehearsed: Mapping[str, Any]) -> None:
    assert {each["host"] for each in rehearsed["fired"]} >= {"rescue-edge", "register-1"}
    assert all(each["exact"] for each in rehearsed["fired"])


def test_the_customers_resolvers_are_asked_and_nothing_leaks(rehearsed: Mapping[str, Any]) -> None:
    said = {check["name"]: check for check in rehearsed["checks"]}

    assert said["names"]["ok"]
    assert "2 resolvers" in said["names"]["said"]
    assert said["leaks"]["ok"]


def test_what_the_lab_cannot_imitate_is_refused_by_name_before_anything_starts(
    customer: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(customer, tmp_path / "other"))
    replace_in(other / "network.yaml", "10.20.0.53", "192.168.40.10")

    ended = subprocess.run(
        [PROGRAM, "--state", tmp_path / "state", "net", "rehearse", other, "rescue-net"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == Invalid.exit_code
    assert "cannot imitate rescue-net: 192.168.40.10 would be of station" in ended.stderr
    assert not (tmp_path / "state" / "lab").exists()


def test_no_way_leads_from_a_lab_to_the_machine_that_it_runs_on(tmp_path: Path) -> None:
    listed = json.loads(subprocess.check_output(["ip", "-j", "address", "show", "scope", "global"]))
    own = [each["local"] for link in listed for each in link.get("addr_info", ()) if "local" in each]
    with socket.create_server(("", 0)) as server, moving_lab(tmp_path) as moving:
        port = str(server.getsockname()[1])
        for node in (CONTROLLER, STATION, EDGE_NEW, "desk-1"):
            for address in own:
                done = subprocess.run(
                    [*moving.lab.door(node), "python3", "-c", CONNECT, address, port],
                    check=False,
                    capture_output=True,
                )
                assert done.returncode == 1
