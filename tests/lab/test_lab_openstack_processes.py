"""An OpenStack lab comes up and goes down as a whole and by region, and says what is in its way."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest
from support.builders import a_pool
from support.small_lab import EAST, SERVER_SECONDS, WEST, Region, small_estate

from cmp.errors import Invalid, TryLater
from lab.base import Health
from lab.elsewhere import running_elsewhere, stop_elsewhere
from lab.openstack.cloud import OpenStackLab
from lab.processes import Process, recorded, wait_until
from lab.registry import openstack_lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


def _processes(small_lab: OpenStackLab) -> tuple[Process, ...]:
    return recorded(small_lab.layout.run)


def test_up_leaves_a_lab_that_is_up_as_it_is(small_lab: OpenStackLab) -> None:
    before = _processes(small_lab)
    lines: list[str] = []

    small_lab.up(lines.append)

    assert _processes(small_lab) == before
    assert lines == [f"openstack is up already: {EAST}, {WEST}"]


def test_one_region_stops_and_comes_back_alone_with_its_servers(
    small_lab: OpenStackLab, east: Region, west: Region
) -> None:
    server = west.boot("gy-c-kunpeng", "arm64", {})
    others = {process for process in _processes(small_lab) if not process.name.endswith(WEST)}

    small_lab.down(print, region=WEST)

    states = {component.name: component.state for component in small_lab.status()}
    assert states[f"openstack/{WEST}"] is Health.STOPPED
    assert states[f"openstack/{EAST}"] is Health.RUNNING
    assert list(east.cloud.compute.aggregates())
    assert {process for process in _processes(small_lab) if process.is_running} == others

    small_lab.up(print, region=WEST)

    assert west.status(server) == "ACTIVE"
    west.cloud.compute.stop_server(server)
    assert wait_until(lambda: west.status(server) == "SHUTOFF", SERVER_SECONDS, pause=0.2)
    assert others < set(_processes(small_lab))


def test_a_killed_process_shows_as_broken_and_up_starts_it_again(small_lab: OpenStackLab) -> None:
    victim = next(process for process in _processes(small_lab) if process.name == f"neutron.{EAST}")
    os.kill(victim.pid, signal.SIGKILL)
    assert wait_until(lambda: not victim.is_running, 10)
    broken = {component.name for component in small_lab.status() if component.state is Health.BROKEN}

    small_lab.up(print)

    assert broken == {f"openstack/{EAST}"}
    assert {component.state for component in small_lab.status()} == {Health.RUNNING}


def test_a_killed_parent_takes_its_regions_along_and_up_repairs_all(small_lab: OpenStackLab) -> None:
    parent = next(process for process in _processes(small_lab) if process.name == "glance")
    children = [process for process in _processes(small_lab) if process.name.startswith("glance.")]
    os.kill(parent.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(child.is_running for child in children), 10)

    small_lab.up(print)

    assert {component.state for component in small_lab.status()} == {Health.RUNNING}


def test_down_leaves_no_process_and_is_harmless_twice(small_lab: OpenStackLab) -> None:
    before = _processes(small_lab)

    small_lab.down(print)
    small_lab.down(print)

    assert not [process for process in before if process.is_running]
    assert _processes(small_lab) == ()
    assert {component.state for component in small_lab.status()} == {Health.STOPPED}


def test_a_port_held_by_a_stranger_is_named_with_its_holder(made: OpenStackLab) -> None:
    made.down(print)
    port = made.layout.region_ports(WEST)["glance"]
    taken = rf"port {port}, .* is taken by process {os.getpid()}"
    with closing(socket.create_server(("127.0.0.1", port))), pytest.raises(TryLater, match=taken):
        made.up(print)

    assert not [process for process in _processes(made) if process.is_running]


def test_an_unknown_region_is_refused(made: OpenStackLab) -> None:
    with pytest.raises(Invalid, match="no region nowhere"):
        made.down(print, region="nowhere")


def test_another_estate_gets_its_own_lab_and_the_old_one_is_named(
    small_lab: OpenStackLab, small_state: Path
) -> None:
    changed = small_estate().model_copy(update={"pools": (a_pool("bj-a-hygon", hosts=3),)})

    other = openstack_lab(changed, small_state)

    assert other.layout.folder != small_lab.layout.folder
    assert not set(other.layout.ports) & set(small_lab.layout.ports)
    assert running_elsewhere(changed, small_state) == (small_lab.layout.folder.parent.name,)
    assert running_elsewhere(small_estate(), small_state) == ()


def test_labs_of_other_estates_can_be_stopped_and_come_back(
    small_lab: OpenStackLab, small_state: Path
) -> None:
    changed = small_estate().model_copy(update={"pools": (a_pool("bj-a-hygon", hosts=3),)})
    before = _processes(small_lab)

    stop_elsewhere(changed, small_state, print)

    assert not [process for process in before if process.is_running]
    assert {component.state for component in small_lab.status()} == {Health.STOPPED}
