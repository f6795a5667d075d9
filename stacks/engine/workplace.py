"""Says where stacks are carried out: which engine, which state, and what its processes find around them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Self

from pulumi import automation

from cmp.clouds.binding import Files
from cmp.errors import Refused, TryLater
from cmp.installation import HERE
from cmp.model.estate import CloudKind
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.sentences import Sentence
from cmp.store.files import read, write_once
from cmp.store.plans import save_named
from stacks.engine.folders import VARIABLE, private_folder
from stacks.engine.private_command import PrivateCommand
from stacks.names import Project, StackName
from toolchain.engine import Engine, environment
from toolchain.nursery.asking import NURSERY
from toolchain.shelf import Origin

RUN = "TRICENTER_RUN"
"""Marks the processes of one run that changes things, so that a later run recognises what a dead one left."""

STATE = "TRICENTER_STATE"
"""Marks the state folder that such a run works on."""

ENVIRONMENT = "TRICENTER_ENVIRONMENT"
"""Marks the environment that such a run changes."""

NUMBER = "TRICENTER_LEASE"
"""Marks the number of the lease under which it does so: a later run has a higher one."""

PLAN = "TRICENTER_PLAN"
"""The file of the Plan that programs and policies read."""

_ASKING = Lock()
"""Held while the engine is asked for its version."""

BACKEND = "PULUMI_BACKEND_URL"
PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 - the name of a variable, not its value
PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE_FILE"  # noqa: S105 - the same


SHARED = "postgres://"
"""How the address of a state that several processes share begins."""

NO_CLUSTER: dict[str, str] = {"KUBECONFIG": os.devnull}
"""A cluster is the one that its provider names, never one of the shell's."""


def _ours() -> Path:
    return HERE.scripts


@dataclass(frozen=True, slots=True)
class Workplace:
    """An engine with the state it keeps.

    `state` is the state folder. `access` says where the clouds' access data lie. `backend` is the address of
    a state backend; empty means the `PULUMI_BACKEND_URL` of the environment, else files below `state`. `run`
    is the id of the run that changes something, `environment` what was lent to it and `number` under which
    number; all are empty for runs that change nothing. `left_out` are kinds of cloud that this run does not
    touch, and `part` is what of the Plan it carries out. `scripts` is the folder that holds our provider and
    analyzer; `nursery` is where these find themselves imported already, empty where nobody did that.
    """

    engine: Engine
    state: Path
    access: Files = field(default_factory=Files)
    backend: str = ""
    run: str = ""
    left_out: frozenset[CloudKind] = frozenset()
    part: Part = WHOLE
    environment: str = ""
    number: int = 0
    scripts: Path = field(default_factory=_ours)
    nursery: str = ""

    @property
    def in_files(self) -> Self:
        """The same with its state in files below the state folder, wherever it lies now."""
        return replace(self, backend=f"{self.folder.as_uri()}?metadata=skip")

    @property
    def folder(self) -> Path:
        """Where the state files and the passphrase lie."""
        return self.state.absolute() / "pulumi"

    @property
    def is_shared(self) -> bool:
        """True where the state lies in a database that processes of other machines reach, too."""
        return self.backend.startswith(SHARED)

    @property
    def copies(self) -> Path:
        """Where each center's copy of the state lies, one folder a center."""
        return self.state.absolute() / "copies"

    @property
    def passphrase(self) -> Path:
        """The file of the passphrase that encrypts secrets in the state."""
        return self.folder / "passphrase"

    def url(self, ambient: Mapping[str, str] = os.environ) -> str:
        """The address of the state backend.

        Our files have no sidecars with attributes: those are not written atomically, and one that a killed
        engine left half-written makes a stack unreadable.
        """
        return self.backend or ambient.get(BACKEND) or self.in_files.backend

    def variables(self, plan: Path | None = None, ambient: Mapping[str, str] = os.environ) -> dict[str, str]:
        """What the engine's processes find in their environment, on top of ours.

        Raises:
            NotOurs: somebody else may have put the passphrase there.
            Refused: others share the state, and no passphrase is given that they know.
            TryLater: the state folder cannot be written.
        """
        found = environment(self.engine, self.scripts, ambient) | {BACKEND: self.url(ambient)} | NO_CLUSTER
        if PASSPHRASE not in ambient and PASSPHRASE_FILE not in ambient:
            if self.is_shared:
                raise Refused(
                    "the state of stacks is shared, and no passphrase is given that all processes know",
                    hint=Sentence(
                        "name one file, such as a copy of {file}, to each in {variable}",
                        file=self.passphrase,
                        variable=PASSPHRASE_FILE,
                    ),
                )
            found[PASSPHRASE_FILE] = str(self._keep_passphrase())
        if self.run:
            found |= {RUN: self.run, STATE: str(self.state.absolute())}
            found |= {ENVIRONMENT: self.environment, NUMBER: str(self.number)}
        if self.nursery:
            found[NURSERY] = self.nursery
        if plan is not None:
            found[PLAN] = str(plan.absolute())
        return found

    def _keep_passphrase(self) -> Path:
        """Make the passphrase once; of two that make it at the same time, one wins and both use it."""
        if not self.passphrase.exists():
            write_once(self.passphrase, secrets.token_urlsafe(32).encode())
        read(self.passphrase, "the passphrase")
        return self.passphrase


def _command(engine: Engine) -> automation.PulumiCommand:
    """The engine's command, which asks for the version once, however many stacks are opened at a time."""
    with _ASKING:
        return _asked(engine)


@cache
def _asked(engine: Engine) -> automation.PulumiCommand:
    root = None if engine.origin is Origin.PATH else str(engine.pulumi.parent.parent)
    return PrivateCommand(root)


class _Named(automation.LocalWorkspace):
    """A workspace that selects no stack: each command of the engine names its own."""

    def select_stack(self, stack_name: str) -> None:
        """Leave it: asking the engine costs a start of it."""


@contextmanager
def opened(
    place: Workplace, name: StackName, program: Callable[[], None] | None = None, plan: Plan | None = None
) -> Iterator[automation.Stack]:
    """Open a stack, and make it where it does not exist yet.

    Args:
        place: the engine and its state.
        name: the stack.
        program: what declares its resources; None where none is run.
        plan: what the policies judge by. It is written for them here, so that they read the very Plan that
            the program declares, whatever becomes of the file that it came from.

    Yields:
        The engine's stack; its working folder lasts as long as the block.

    Raises:
        TryLater: the engine does not start or the backend cannot be reached.
    """
    with private_folder() as folder:
        kind = _Named if state_file(place, name) else automation.LocalWorkspace
        workspace = _workspace(place, name.project, folder, _written(plan, folder), kind)
        workspace.program = program or _nothing
        with told(f"open the stack {name}"):
            stack = automation.Stack.create_or_select(name.short, workspace)
        yield stack


def state_file(place: Workplace, name: StackName) -> Path | None:
    """Our own file that holds the stack; None without one: of other backends only the engine knows."""
    url = place.url()
    if not url.startswith(f"{place.folder.as_uri()}?"):
        return None
    file = file_of(place, name)
    return file if file.is_file() else None


def file_of(place: Workplace, name: StackName) -> Path:
    """The file that holds a stack where states lie in files."""
    return place.folder / ".pulumi" / "stacks" / name.project.full / f"{name.short}.json"


def existing(place: Workplace, project: Project, environment_name: str) -> tuple[StackName, ...]:
    """The stacks of a project that exist in an environment, by name.

    Raises:
        TryLater: the engine does not start or the backend cannot be reached.
    """
    with private_folder() as folder, told("list stacks"):
        found = _workspace(place, project, folder, None).list_stacks()
    shorts = [summary.name.rpartition("/")[2] for summary in found]
    ours = [short for short in shorts if short.startswith(f"{environment_name}.")]
    return tuple(sorted(StackName.within(project, short) for short in ours))


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn the engine's own failures into one sentence.

    Raises:
        TryLater: the engine could not do it.
        ConcurrentUpdateError: the engine's own lock is held.
    """
    try:
        yield
    except automation.ConcurrentUpdateError:
        raise
    except (automation.CommandError, OSError) as error:
        raise TryLater(
            f"the engine cannot {what}: {last_line(str(error))}",
            hint="`tricenter doctor` checks engine and state",
        ) from error


def last_line(said: str) -> str:
    """The last sentence of what the engine said, without its `error:`."""
    lines = [line.strip().removeprefix("stderr:").strip() for line in said.splitlines()]
    spoken = [line.removeprefix("error:").strip() for line in lines if line]
    return spoken[-1] if spoken else "it gives no reason"


def _written(plan: Plan | None, folder: Path) -> Path | None:
    if plan is None:
        return None
    save_named(plan, folder / "plan.json")
    return folder / "plan.json"


def _workspace(
    place: Workplace,
    project: Project,
    folder: Path,
    plan: Path | None,
    kind: type[automation.LocalWorkspace] = automation.LocalWorkspace,
) -> automation.LocalWorkspace:
    with told("start"):
        return kind(
            work_dir=str(folder),
            project_settings=automation.ProjectSettings(name=project.full, runtime="python"),
            env_vars=place.variables(plan) | {VARIABLE: str(folder)},
            pulumi_command=_command(place.engine),
        )


def _nothing() -> None:
    """Declare no resource."""
