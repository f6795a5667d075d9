"""Lists the gates as data: what each runs, what it needs of the machine, and how many cores it keeps busy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from cmp.errors import Invalid, TryLater
from cmp.sentences import Sentence
from toolchain.doctor import CONTROL_PLANE, HOST_LAB, KUBERNETES_PLUGIN

_OFFLINE = ("--disable-socket", "--allow-unix-socket", "--timeout=300")
_PATIENT = ("--timeout=900",)
_SIDE_BY_SIDE = ("--numprocesses=2", "--dist=worksteal")
_LAB_BY_LAB = ("--numprocesses=2",)
"""Two workers; tests/lab/conftest.py keeps tests that share a lab on one of them."""
_NO_OTHERS = "not chaos and not hosts and not kubernetes and not reference and not service_all"
_PLAIN = "not engine and not lab and not chaos"

_EVERY_HOST = "" if os.environ.get("TRICENTER_HOSTS") == "all" else " and not hosts_all"
"""`make test-hosts-all` asks for all of them."""

_OURS = ("cli", "cmp", "lab", "playbooks", "policies", "stacks", "toolchain")
"""What runs for people; tests may do what they like to themselves."""

ENGINE_CHECKS = ("pulumi", "language host")
"""The doctor's checks that `BRING` answers; a gate that needs them brings it along."""
KUBERNETES_CHECKS = (CONTROL_PLANE, KUBERNETES_PLUGIN)
"""The doctor's checks that `BRING_KUBERNETES` answers."""
_LAB = (*ENGINE_CHECKS, "memory", "loopback", "ports", "/proc")
_CLUSTERS = (*_LAB, *KUBERNETES_CHECKS)
_HOSTS = (HOST_LAB, "memory", "/proc")


@dataclass(frozen=True, slots=True)
class Gate:
    """One command that must end well."""

    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """The doctor's checks without which it cannot run."""
    folder: str = "."
    """Where it runs, below the repository."""
    cores: int = 1
    """How many it keeps busy; 0 takes only what others leave, at the lowest priority."""
    after: tuple[str, ...] = ()
    """The gates that must have ended before it starts, where they are run at all."""
    unknown: int = 0
    """The exit code by which it says that it could ask nobody: that is told, and is no failure; 0: none."""
    may_fail: bool = False
    """It prepares and looks at nothing itself: a failure is a gap, as it is for those who needed it."""


def _tests(
    name: str, folder: str, marks: str, *options: str, needs: tuple[str, ...] = (), cores: int = 1
) -> Gate:
    words = ("pytest", "-q", "-rs", "--no-header", f"tests/{folder}", "-m", marks, *options)
    awaited = (NATIVE.name, *_brought(needs))
    return Gate(name, words, needs, cores=cores, after=awaited)


def needs_engine(needs: Sequence[str]) -> bool:
    """True when one of the checks asks for the engine."""
    return not set(ENGINE_CHECKS).isdisjoint(needs)


def _brought(needs: Sequence[str]) -> tuple[str, ...]:
    """The gates that bring what such checks ask for."""
    engine = (BRING.name,) if needs_engine(needs) else ()
    return engine if set(KUBERNETES_CHECKS).isdisjoint(needs) else (*engine, BRING_KUBERNETES.name)


BRING = Gate("bring engine", ("tricenter", "engine", "install"), cores=0, may_fail=True)
"""Builds the engine where it is missing, in whatever the gates before its users leave idle."""

BRING_KUBERNETES = Gate(
    "bring kubernetes",
    ("tricenter", "engine", "install", "--kubernetes"),
    cores=0,
    after=(BRING.name,),
    may_fail=True,
)
"""Builds the provider and the programs of the lab's clusters, once for this machine."""

NATIVE = Gate("native", ("tricenter", "doctor", "--warm"))
"""Compiles what searches before tests do, which would wait for it against their own clocks."""

GATES = (
    BRING,
    BRING_KUBERNETES,
    Gate("format", ("ruff", "format", "--check", "--quiet", ".")),
    Gate("lint", ("ruff", "check", "--quiet", ".")),
    Gate("layers", ("lint-imports",)),
    Gate(
        "yaml",
        (
            *("yamllint", "--strict", "inventories", "playbooks", "policies", "stacks"),
            *("tests/field", "tests/scenarios"),
        ),
    ),
    Gate("plays", ("ansible-lint", "--profile", "production", "--offline", "-q"), folder="playbooks"),
    Gate("bandit", ("bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml", *_OURS)),
    Gate("bill", ("python", "-m", "toolchain.supply")),
    Gate("advisories", ("python", "-m", "toolchain.supply.advisories"), unknown=TryLater.exit_code),
    Gate("types", ("mypy",)),
    NATIVE,
    _tests("unit", "unit", _PLAIN, *_OFFLINE, *_SIDE_BY_SIDE, cores=2),
    _tests("scenarios", "scenarios", _PLAIN, *_OFFLINE),
    _tests("field", "field", f"{_PLAIN} and not hosts", *_OFFLINE),
    _tests("contract", "contract", _PLAIN, *_OFFLINE),
    _tests("stacks", "stacks", _PLAIN, *_OFFLINE),
    _tests("wheel", "wheel", _PLAIN, *_PATIENT),
    _tests("engine", "stacks", "engine", *_PATIENT, needs=ENGINE_CHECKS),
    _tests("hosts", "lab", f"hosts and not chaos{_EVERY_HOST}", *_PATIENT, *_LAB_BY_LAB, needs=_HOSTS),
    _tests("field hosts", "field", "hosts", *_PATIENT, needs=_HOSTS),
    _tests("lab", "lab", f"lab and {_NO_OTHERS}", *_PATIENT, *_LAB_BY_LAB, needs=_LAB),
    _tests("kubernetes", "lab", "kubernetes and not kubernetes_all", *_PATIENT, needs=_CLUSTERS),
    _tests("chaos", "chaos", "chaos and not hosts and not chaos_all", *_PATIENT, needs=_LAB, cores=2),
)
"""Fastest first; each is a group that `python -m toolchain.gates NAME…` runs alone.

The host lab waits most of its time (0.3 cores were measured), so others run beside it. Chaos kills clouds,
whose ports another lab could take meanwhile: it has the machine to itself.
"""


def named(names: Sequence[str]) -> tuple[Gate, ...]:
    """The gates of these names in the order they run, and what they need the engine of; or all of them.

    Raises:
        Invalid: there is no gate of such a name.
    """
    known = [gate.name for gate in GATES]
    if unknown := [name for name in names if name not in known]:
        raise Invalid(
            Sentence("there is no gate {names}", names=", ".join(unknown)),
            hint=Sentence("gates are: {names}", names=", ".join(known)),
        )
    chosen = {gate.name for gate in GATES if not names or gate.name in names}
    for gate in GATES:
        chosen |= set(_brought(gate.needs)) if gate.name in chosen else set()
    return tuple(gate for gate in GATES if gate.name in chosen)
