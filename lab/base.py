"""Says what every lab cloud can do: come up, go down, tell its state, and go back to its clean start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Report = Callable[[str], None]
"""Takes one line of progress, without a line end."""


class Health(StrEnum):
    """How a component of a lab is doing."""

    RUNNING = "running"
    STOPPED = "stopped"
    BROKEN = "broken"
    """It was started and not stopped, but a process of it is gone: `up` starts that again."""


@dataclass(frozen=True, slots=True)
class ComponentState:
    """One part of a lab that can be up or down by itself, and where its APIs answer.

    `endpoints` maps a service type (compute, network, …) to its URL; a stopped component keeps its URLs,
    since its ports stay reserved. `note` is what a reader should know besides.
    """

    name: str
    state: Health
    endpoints: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


class Lab(Protocol):
    """A cloud that runs on this machine and follows one estate."""

    @property
    def name(self) -> str:
        """The word that the command line uses: openstack or aws."""
        ...

    def up(self, report: Report) -> None:
        """Install, create and start whatever is missing; a lab that is up stays as it is.

        Raises:
            TryLater: a port is taken, a download failed or a service did not start.
        """
        ...

    def down(self, report: Report) -> None:
        """Stop every process of the lab; its data stays where its kind can keep data."""
        ...

    def status(self) -> tuple[ComponentState, ...]:
        """Look at the processes; asks no API and starts nothing."""
        ...

    def reset(self, report: Report) -> None:
        """Go back to the clean, seeded cloud; a lab that was running runs again afterwards."""
        ...
