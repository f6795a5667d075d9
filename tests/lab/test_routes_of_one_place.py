"""Routes that stand beside each other at one metric come back in their order, as NetworkManager sets them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support.needs import needs
from support.plugin_files import PLUGINS

pytestmark = [pytest.mark.lab, pytest.mark.hosts, needs("ip", "unshare")]

HERE = str(PLUGINS / "module_utils")
SET_UP = """
ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up
for n in 49 51 53; do ip addr add 192.0.2.$n/24 dev eth0 noprefixroute; done
for n in 51 49 53; do
  ip route append 192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.$n metric 100
done
ip route append default via 192.0.2.1 dev eth0 metric 7
ip route append default via 192.0.2.2 dev eth0 metric 7
"""
TRY = """
import json, subprocess, sys
sys.path.insert(0, sys.argv[1])
import network_state
before = network_state.take()
subprocess.run(sys.argv[2], shell=True, check=True)
changed = network_state.take() != before
_said, left = network_state.put_back(before)
after = network_state.take()
print(json.dumps([changed, left, before["routes"], after["routes"], before["order"], after["order"]]))
"""


@pytest.mark.parametrize(
    "lost",
    [
        "ip route del 192.0.2.0/24 src 192.0.2.51",
        "ip route del 192.0.2.0/24 src 192.0.2.49",
        "ip route del 192.0.2.0/24 src 192.0.2.53",
        "ip route flush root 192.0.2.0/24",
        "ip addr del 192.0.2.49/24 dev eth0",
        "ip addr del 192.0.2.51/24 dev eth0; ip addr del 192.0.2.53/24 dev eth0",
        "ip addr flush dev eth0 scope global",
        "ip route del default via 192.0.2.1",
        "ip route replace default via 192.0.2.9 dev eth0 metric 7",
    ],
)
def test_what_was_lost_of_them_comes_back_where_it_stood(lost: str) -> None:
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", f'{SET_UP}\nexec "$0" -c "$@"', sys.executable, TRY, HERE, lost],
        capture_output=True,
        text=True,
        check=True,
    )
    changed, left, routes, routes_after, order, order_after = json.loads(done.stdout)

    assert changed
    assert left == []
    assert routes_after == routes
    assert order_after == order
