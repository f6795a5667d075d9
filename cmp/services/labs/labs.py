"""Starts, stops and looks at the labs that an environment bound to the lab stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from cmp.errors import Refused
from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.services.carrying_out.access import LAB
from cmp.services.labs.host_labs import host_labs
from cmp.settings import Layout
from lab.base import ComponentState, Lab
from lab.elsewhere import running_elsewhere, stop_elsewhere
from lab.hosts.lab import HostLab
from lab.registry import labs_for, open_lab

Report = Callable[[Event | str], None]


def labs_of(environment: Environment, layout: Layout, names: Sequence[str] = ()) -> tuple[Lab, ...]:
    """The labs of an environment: those named, or all that its clouds ask for.

    Raises:
        Refused: the environment is bound to clouds of its own.
        Invalid: it has no cloud for a lab of that name, or no private network for the host lab.
    """
    if environment.bindings != LAB:
        raise Refused(
            f"{environment.name} is bound to clouds of its own, not to the lab",
            hint="labs belong to environments with `bindings: lab`",
        )
    wanted = names or [name for name in labs_for(environment.estate) if name not in layout.left_out]
    return tuple(_open(name, environment, layout) for name in wanted)


def _open(name: str, environment: Environment, layout: Layout) -> Lab:
    """A cloud of the estate, or the hosts of all private networks, which come up only when they are named."""
    if name == HostLab.name:
        return host_labs(environment, layout)
    return open_lab(name, environment.estate, layout.root)


def start(environment: Environment, layout: Layout, report: Report, names: Sequence[str] = ()) -> None:
    """Bring labs up side by side; one that is up stays as it is.

    Raises:
        TryLater: one of them did not come up.
    """
    labs = labs_of(environment, layout, names)
    with ThreadPoolExecutor(len(labs)) as pool:
        for done in [pool.submit(lab.up, report) for lab in labs]:
            done.result()
    for other in running_elsewhere(environment.estate, layout.root):
        report(Event("other-lab-runs", other))


def stop_others(environment: Environment, layout: Layout, report: Report) -> None:
    """Stop the labs of other estates, such as the one of this estate before it was changed."""
    stop_elsewhere(environment.estate, layout.root, report)


def stop(environment: Environment, layout: Layout, report: Report, names: Sequence[str] = ()) -> None:
    """Stop labs; their data stays where their kind can keep it."""
    for lab in labs_of(environment, layout, names):
        lab.down(report)


def reset(environment: Environment, layout: Layout, report: Report, names: Sequence[str] = ()) -> None:
    """Put labs back to their clean start."""
    for lab in labs_of(environment, layout, names):
        lab.reset(report)


def status(environment: Environment, layout: Layout, names: Sequence[str] = ()) -> tuple[ComponentState, ...]:
    """How the components of the labs are doing."""
    return tuple(state for lab in labs_of(environment, layout, names) for state in lab.status())
