"""Handles the labs of all private networks of an environment as one; addresses overlap, so each is apart."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lab.base import ComponentState, Health, Report
from lab.hosts.lab import HostLab
from lab.hosts.preflight import refuse_without_root

_AT_ONCE = 2
"""Labs that come up side by side: one waits for its routes while another boots."""


@dataclass(frozen=True, slots=True)
class HostLabs:
    """One lab for every private network."""

    labs: tuple[HostLab, ...]

    @property
    def name(self) -> str:
        """The word that the command line uses."""
        return HostLab.name

    def up(self, report: Report) -> None:
        """Start what does not run.

        Raises:
            Refused: we are not root, or a folder holds another site.
            TryLater: a package or a feature of the kernel is missing, or something did not come up.
        """
        refuse_without_root()
        self._each(lambda lab: lab.up(report))

    def down(self, report: Report) -> None:
        """End all labs; their nodes' disks stay.

        Raises:
            Refused: one is up, and we are not root.
        """
        self._each(lambda lab: lab.down(report))

    def reset(self, report: Report) -> None:
        """Forget all that nodes have on their disks; labs that were running run again afterwards.

        Raises:
            Refused: we are not root.
        """
        self._each(lambda lab: lab.reset(report))

    def status(self) -> tuple[ComponentState, ...]:
        """How each private network is doing."""
        return tuple(_summary(lab) for lab in self.labs)

    def _each(self, act: Callable[[HostLab], None]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done in [pool.submit(act, lab) for lab in self.labs]:
                done.result()


def _summary(lab: HostLab) -> ComponentState:
    states = lab.status()
    absent = [state.name for state in states if state.state is not Health.RUNNING]
    if len(absent) == len(states):
        return ComponentState(f"hosts/{lab.site.name}", states[0].state)
    if absent:
        return ComponentState(f"hosts/{lab.site.name}", Health.BROKEN, note=f"down: {', '.join(absent)}")
    hosts = len(lab.site.hosts)
    note = f"{hosts} hosts, {len(states) - hosts} routers and services"
    return ComponentState(f"hosts/{lab.site.name}", Health.RUNNING, note=note)
