"""Runs a region's placement and compute API, conductor, scheduler and compute hosts in one process."""

from __future__ import annotations

import json
import socket
import time
import uuid
from pathlib import Path
from typing import Any

from . import web
from .layout import SHARED, Layout, say

_KEYSTONE_WITHIN = 240.0


def set_up(lab: Layout, region: str) -> None:
    """Make the schemas of the API and both cells, and map the cells."""
    import nova.conf
    from nova import config, objects
    from nova.cmd import manage
    from nova.db import migration

    config.parse_args(["nova-manage", "--config-file", str(lab.etc(region) / "nova.conf")])
    objects.register_all()
    cell1 = nova.conf.CONF.database.connection
    migration.db_sync(None, database="api")
    cells = manage.CellV2Commands()
    cells.map_cell0(database_connection=cell1.replace("cell1", "cell0"))
    cells.create_cell(name="cell1", database_connection=cell1, transport_url="fake:///")
    manage.DbCommands().sync(None)


def run(lab: Layout, region: str) -> None:
    """Start everything; the compute API opens last, when every host is known."""
    from placement.wsgi.api import application as placement

    web.serve_aside(placement, lab.port(region, "placement"))
    from nova.wsgi.osapi_compute import application as compute

    say("nova-api loaded")
    hosts = json.loads((lab.etc(region) / "hosts.json").read_text())
    _wait_for_keystone(lab)
    running = _start_services(hosts)
    say(f"{len(running)} services started")
    web.serve(compute, lab.port(region, "nova"))


def _start_services(hosts: dict[str, dict[str, Any]]) -> list[Any]:
    """Start conductor, scheduler and one compute service per host, all on the in-memory bus."""
    import nova.conf
    import os_vif
    from nova import context, service
    from nova.objects import host_mapping
    from nova.servicegroup import api as service_group

    from . import bus, hypervisor

    conf = nova.conf.CONF
    _name_the_node(Path(conf.state_path) / "compute_id")
    bus.ring_on_delivery()
    hypervisor.install(hosts)
    os_vif.initialize()
    controller = conf.host
    service_group.INITIAL_REPORTING_DELAY = 0  # else hosts count as down for 5 s after a long rest
    running = []
    for binary, topic in (("nova-conductor", "conductor"), ("nova-scheduler", "scheduler")):
        running.append(service.Service.create(host=controller, binary=binary, topic=topic))
        running[-1].start()
    for host in hosts:
        conf.set_override("host", host)  # the driver and the resource tracker ask for it while they are made
        compute = service.Service.create(
            host=host, binary="nova-compute", topic="compute", topic_alt="compute-alt"
        )
        compute.start()
        running.append(compute)
    conf.set_override("host", controller)
    host_mapping.discover_hosts(context.get_admin_context())
    return running


def _name_the_node(path: Path) -> None:
    """Write the node identity that a compute service insists on; each host has its own from the driver."""
    if not path.exists():
        path.write_text(str(uuid.uuid4()))


def _wait_for_keystone(lab: Layout) -> None:
    """Compute services ask placement as they start, and end when keystone does not know their user yet."""
    deadline = time.monotonic() + _KEYSTONE_WITHIN
    while not (lab.is_registered() and _listens(lab.port(SHARED, "keystone"))):
        if time.monotonic() > deadline:
            raise TimeoutError(f"keystone does not know the services after {_KEYSTONE_WITHIN:.0f} s")
        time.sleep(0.1)  # noqa: TID251 - a poll with a deadline


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
