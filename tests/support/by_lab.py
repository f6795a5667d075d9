"""Sends tests of labs to workers: those that share a lab stay together, in their order.

The groups of xdist would do, but they are written into the names of tests, which pytest 9 lets nobody change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED: Final = {
    "lab_clouds": (
        "test_drivers_aws",
        "test_drivers_openstack",
        "test_end_to_end",
        "test_faults_of_access",
        "test_faults_of_changes",
        "test_lab_inventory",
        "test_moving",
        "test_provider_engine",
    ),
    "made": ("test_hosts_openstack", "test_lab_openstack", "test_lab_openstack_processes"),
    "cluster_made": ("test_drivers_kubernetes", "test_lab_kubernetes"),
    "host_lab": ("test_host_lab", "test_host_lab_life"),
}
"""The labs of a session, and the files whose tests share them: these stay on one worker, in their order."""

APART: Final = ("test_deadman", "test_killed_controller", "test_migration", "test_names_of_a_move")
"""Files in which every test brings a lab of its own, and takes long enough to be sent anywhere."""


def unit_of(test: str) -> str:
    """What goes to one worker as a whole: the tests of a lab, those of a file, or one test alone."""
    file = Path(test.partition("::")[0]).stem
    if file in APART:
        return test
    return next((lab for lab, files in SHARED.items() if file in files), file)


class ByLab(LoadScopeScheduling):
    """Sends units to workers that are free, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def refuse_to_tear(items: Sequence[pytest.Item]) -> None:
    """See that tests which share something stay together: else the lists above are wrong.

    Raises:
        UsageError: a test would be sent away from what it shares.
    """
    for item in items:
        found = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # there is no public word
        scopes = {name: known[-1].scope for name, known in found.items() if known[-1].baseid}
        shared, unit = shared_by(scopes, item.path.stem), unit_of(item.nodeid)
        if shared and unit != shared:
            raise pytest.UsageError(f"{item.nodeid} shares {shared}, and would be sent away with {unit}")


def shared_by(scopes: Mapping[str, str], file: str) -> str:
    """What a test of a file shares, by the scopes of our fixtures that it asks for; empty when nothing."""
    labs = [name for name in SHARED if scopes.get(name) == "session"]
    return labs[0] if labs else file if "module" in scopes.values() else ""
