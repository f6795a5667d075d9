"""Reads the grades and takeover times that policy.yaml chooses from the data that the policies ship."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final, TypeVar

from cmp.errors import Invalid
from cmp.loaders.hints import did_you_mean
from cmp.loaders.layering import SUFFIX, listing
from cmp.loaders.reading import File, Reader
from cmp.loaders.validating import validate
from cmp.model.base import Document
from cmp.model.codes import Code
from cmp.model.policy import Policy
from cmp.model.recovery import RecoveryFramework
from cmp.model.takeover import TakeoverTimes
from cmp.ports.tree import Node, locate
from cmp.sentences import Sentence

D = TypeVar("D", bound=Document)

PACKAGE: Final = "policies"
FOLDER: Final = "data"


def read_framework(policy: Policy, tree: Node, reader: Reader) -> RecoveryFramework | None:
    """The framework of recovery grades; None, and a problem, where there is no data of that name.

    `tree` is that of policy.yaml. Data of the protection framework, where there is any, counts as read.
    """
    if policy.framework.protection in _there():
        reader.content(_file(policy.framework.protection))
    return _read(RecoveryFramework, "recovery_grades", policy.framework.recovery_grades, tree, reader)


def read_takeover(policy: Policy, tree: Node, reader: Reader) -> TakeoverTimes | None:
    """What a takeover takes, as the policy data say and policy.yaml corrects; None as for the framework."""
    times = _read(TakeoverTimes, "takeover", policy.framework.takeover, tree, reader)
    return policy.takeover.of(times) if times else None


def shipped_grades(name: str = "gbt-20988-2007") -> RecoveryFramework:
    """The recovery grades that the policies ship under a name.

    Raises:
        Invalid: there are none of that name, or they cannot be read.
    """
    return _shipped(RecoveryFramework, name)


def shipped_times(name: str = "takeover-2026") -> TakeoverTimes:
    """The times of a takeover that the policies ship under a name.

    Raises:
        Invalid: there are none of that name, or they cannot be read.
    """
    return _shipped(TakeoverTimes, name)


def _shipped(model: type[D], name: str) -> D:
    reader = Reader()
    node = reader.document(_file(name))
    document, problems = validate(model, node) if node else (None, ())
    if document is None:
        raise Invalid(
            Sentence("the policy data `{name}` cannot be read", name=name), (*reader.problems, *problems)
        )
    return document


def _read(model: type[D], field: str, name: str, tree: Node, reader: Reader) -> D | None:
    if name not in _there():
        place = locate(tree, ("framework", field))
        message = f"there is no policy data `{name}`"
        reader.problems.append(place.problem(Code.DANGLING, message, did_you_mean(name, _there())))
        return None
    node = reader.document(_file(name))
    if node is None:
        return None
    document, problems = validate(model, node)
    reader.problems.extend(problems)
    return document


def _there() -> list[str]:
    return [Path(name).stem for name in listing(_folder()) if name.endswith(SUFFIX)]


def _folder() -> Path:
    return Path(str(files(PACKAGE) / FOLDER))


def _file(name: str) -> File:
    return File(_folder() / f"{name}{SUFFIX}", f"{PACKAGE}/{FOLDER}/{name}{SUFFIX}", shipped=True)
