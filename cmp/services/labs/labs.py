"""Starts, stops and looks at the labs that an environment bound to the lab stands on."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cmp.errors import Refused
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.model.happenings import Event
from cmp.sentences import Sentence
from cmp.services.addresses.addressing import allocated
from cmp.services.carrying_out.access import LAB
from cmp.services.labs.host_labs import host_labs
from lab.base import ComponentState, Lab
from lab.elsewhere import running_elsewhere, stop_elsewhere
from lab.hosts.lab import HostLab
from lab.registry import labs_for, open_lab


def labs_of(means: Means, environment: Environment, names: Sequence[str] = ()) -> tuple[Lab, ...]:
    """The labs of an environment: those named, or all that its clouds ask for.

    Raises:
        Refused: the environment is bound to clouds of its own.
        Invalid: it has no cloud for a lab of that name, or no private network for the host lab.
    """
    if environment.bindings != LAB:
        raise Refused(
            Sentence("{name} is bound to clouds of its own, not to the lab", name=environment.name),
            hint="labs belong to environments with `bindings: lab`",
        )
    return tuple(_open(means, name, environment) for name in names or labs_for(environment.estate))


def _open(means: Means, name: str, environment: Environment) -> Lab:
    """A cloud of the estate, or the hosts of all private networks, which come up only when they are named."""
    if name == HostLab.name:
        return host_labs(means, environment)
    networks = allocated(environment, means.ports) if name == CloudKind.KUBERNETES.value else ()
    return open_lab(name, environment.estate, means.workshop.root, networks=networks)


def wanted(means: Means, environment: Environment) -> tuple[str, ...]:
    """The labs of an environment's clouds, but for kinds that are left out."""
    return tuple(name for name in labs_for(environment.estate) if name not in means.workshop.left_out)


def start(means: Means, environment: Environment, names: Sequence[str] = ()) -> None:
    """Bring labs up side by side; one that is up stays as it is.

    Raises:
        TryLater: one of them did not come up.
    """
    labs = labs_of(means, environment, names or wanted(means, environment))
    with ThreadPoolExecutor(len(labs)) as pool:
        for done in [pool.submit(lab.up, means.say) for lab in labs]:
            done.result()
    for other in running_elsewhere(environment.estate, means.workshop.root):
        means.say(Event("other-lab-runs", other))


def stop_others(means: Means, environment: Environment) -> None:
    """Stop the labs of other estates, such as the one of this estate before it was changed."""
    stop_elsewhere(environment.estate, means.workshop.root, means.say)


def stop(means: Means, environment: Environment, names: Sequence[str] = ()) -> None:
    """Stop labs, also those that are left out now; their data stays where their kind can keep it."""
    for lab in labs_of(means, environment, names):
        lab.down(means.say)


def reset(means: Means, environment: Environment, names: Sequence[str] = ()) -> None:
    """Put labs back to their clean start."""
    for lab in labs_of(means, environment, names):
        lab.reset(means.say)


def status(means: Means, environment: Environment, names: Sequence[str] = ()) -> tuple[ComponentState, ...]:
    """How the components of the labs are doing."""
    return tuple(state for lab in labs_of(means, environment, names) for state in lab.status())
