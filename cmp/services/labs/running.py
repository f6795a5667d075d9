"""Runs labs as they are asked for, and answers how each is doing then; the environment is read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cmp.installation import HERE
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.references import EnvironmentRef
from cmp.services.labs import labs
from lab.base import ComponentState
from lab.hosts.lab import HostLab

CLOUDS_OF: Final = "inventories/lab"
HOSTS_OF: Final = "inventories/reference"
"""Its private networks are those that docs and examples move."""

Act = Callable[[Means, Environment, Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class LabWish:
    """Which lab is meant, None: all clouds of the environment; and which environment, None: an example."""

    name: str | None = None
    environment: EnvironmentRef | None = None

    @property
    def followed(self) -> EnvironmentRef:
        """The environment that the labs follow: by default the example for hosts, or for clouds."""
        shipped = HERE.shipped(HOSTS_OF if self.name == HostLab.name else CLOUDS_OF)
        return self.environment or EnvironmentRef.of(shipped)

    @property
    def names(self) -> tuple[str, ...]:
        """The one that is meant, or none: all."""
        return (self.name,) if self.name else ()


@dataclass(frozen=True, slots=True)
class LabsFound:
    """How the components of labs are doing, and where their APIs answer."""

    components: tuple[ComponentState, ...]

    @property
    def document(self) -> dict[str, Any]:
        """One entry a component."""
        return {
            "components": [
                {"name": s.name, "state": s.state, "endpoints": dict(s.endpoints), "note": s.note}
                for s in self.components
            ]
        }


def bring_up(means: Means, wish: LabWish) -> LabsFound:
    """Bring labs up; what runs already stays as it is.

    Raises:
        Invalid: the environment is wrong, or has nothing for that lab.
        Refused: the environment is bound to clouds of its own.
        TryLater: one of them did not come up.
    """
    return _done(means, wish, labs.start)


def take_down(means: Means, wish: LabWish, *, others: bool = False) -> LabsFound:
    """Stop labs, or with `others` those of other estates instead.

    Raises:
        Invalid: the environment is wrong, or has nothing for that lab.
        Refused: the environment is bound to clouds of its own.
    """
    return _done(means, wish, _stop_others if others else labs.stop)


def reset(means: Means, wish: LabWish) -> LabsFound:
    """Put labs back to their clean start: everything made in them is gone.

    Raises:
        Invalid: the environment is wrong, or has nothing for that lab.
        Refused: the environment is bound to clouds of its own.
        TryLater: one of them did not come up again.
    """
    return _done(means, wish, labs.reset)


def status(means: Means, wish: LabWish) -> LabsFound:
    """How labs are doing; asks no API and starts nothing.

    Raises:
        Invalid: the environment is wrong, or has nothing for that lab.
        Refused: the environment is bound to clouds of its own.
    """
    return _done(means, wish, _nothing)


def _done(means: Means, wish: LabWish, act: Act) -> LabsFound:
    environment = means.ports.environments.load(wish.followed).environment
    act(means, environment, wish.names)
    return LabsFound(labs.status(means, environment, wish.names))


def _stop_others(means: Means, environment: Environment, _names: Sequence[str]) -> None:
    labs.stop_others(means, environment)


def _nothing(_means: Means, _environment: Environment, _names: Sequence[str]) -> None:
    """Only look."""
