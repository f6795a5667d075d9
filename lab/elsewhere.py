"""Finds labs of other estates that still run in the same state folder, and stops them when asked.

An estate that changes gets a lab of its own; the one of the estate as it was keeps running, since nobody
but the user knows whether it is still wanted.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from cmp.model.estate import Estate
from lab.base import Report
from lab.folder import exclusive, folder_of
from lab.processes import Process, recorded, stop

RUN = "run"
"""The folder of process records in every lab's folder."""


def running_elsewhere(estate: Estate, state_dir: Path) -> tuple[str, ...]:
    """Name the folders of other estates' labs that have a living process."""
    return tuple(folder.name for folder in _others(estate, state_dir) if any(_living(folder)))


def stop_elsewhere(estate: Estate, state_dir: Path, report: Report) -> None:
    """Stop every lab of other estates; what their kinds can keep is kept."""
    for folder in _others(estate, state_dir):
        if not any(_living(folder)):
            continue
        for run in folder.glob(f"*/{RUN}"):
            with exclusive(run.parent, report):
                stop(recorded(run))
                shutil.rmtree(run)
        report(f"the labs in {folder.name} are down")


def _others(estate: Estate, state_dir: Path) -> list[Path]:
    own = folder_of(estate, state_dir)
    return sorted(marker.parent for marker in own.parent.glob("*/lab.json") if marker.parent != own)


def _living(folder: Path) -> list[Process]:
    return [found for run in folder.glob(f"*/{RUN}") for found in recorded(run) if found.is_running]
