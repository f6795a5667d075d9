"""Imports a service's code once and forks a process per region, so that regions share its memory.

The parent stays: on SIGHUP it forks whatever region is wanted and does not run, so that one region can be
stopped and started alone and still shares the code.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import pkgutil
import signal
from pathlib import Path

from .layout import Layout, say

_PRELOAD = {
    "glance": ("glance.common.wsgi_app", "glance.api.v2.router"),
    "neutron": (
        "neutron.server.api",
        "neutron.pecan_wsgi.app",
        "neutron.plugins.ml2.plugin",
        "neutron.services.l3_router.l3_router_plugin",
    ),
    "nova": (
        "nova.api.openstack.wsgi_app",
        "nova.api.openstack.compute",
        "nova.compute.manager",
        "nova.conductor.manager",
        "nova.scheduler.manager",
        "nova.virt.fake",
        "nova.service",
        "placement.wsgi",
        "placement.deploy",
    ),
}
_AWAITED = {signal.SIGHUP, signal.SIGCHLD}
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def fork_wanted(lab: Layout, service: str) -> str:
    """Fork a child per wanted region, for ever; returns only in the children, with their region's name."""
    for module in _PRELOAD[service]:
        pkgutil.resolve_name(module)
    gc.collect()
    gc.freeze()
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    children: dict[int, str] = {}
    while True:
        _forget_ended(children)
        for region in lab.wanted():
            if region not in children.values():
                pid = os.fork()
                if not pid:
                    return _become_child(lab, service, region)
                children[pid] = region
        while signal.sigwait(_AWAITED) != signal.SIGHUP:
            _forget_ended(children)


def _become_child(lab: Layout, service: str, region: str) -> str:
    """Die when the parent dies, take signals again, and leave a record by which others find this process."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    record = {"name": f"{service}.{region}", "pid": os.getpid(), "started": int(started)}
    path = lab.folder / "run" / f"{service}.{region}.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(record))
    fresh.replace(path)
    return region


def _forget_ended(children: dict[int, str]) -> None:
    """Take leave of children that have ended; nobody starts them again unasked."""
    for pid in list(children):
        if os.waitpid(pid, os.WNOHANG)[0]:
            say(f"{children.pop(pid)} has ended")
