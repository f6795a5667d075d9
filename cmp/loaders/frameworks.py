"""Reads the recovery grades that policy.yaml chooses from the data that the policies ship."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from cmp.loaders.hints import did_you_mean
from cmp.loaders.layering import SUFFIX, listing
from cmp.loaders.reading import File, Reader
from cmp.loaders.tree import Node, locate
from cmp.loaders.validating import validate
from cmp.model.codes import Code
from cmp.model.policy import Policy
from cmp.model.recovery import RecoveryFramework

PACKAGE: Final = "policies"
FOLDER: Final = "data"


def read_framework(policy: Policy, tree: Node, reader: Reader) -> RecoveryFramework | None:
    """The framework of recovery grades; None, and a problem, where there is no data of that name.

    `tree` is that of policy.yaml. Data of the protection framework, where there is any, counts as read.
    """
    folder = Path(str(files(PACKAGE) / FOLDER))
    there = [Path(name).stem for name in listing(folder) if name.endswith(SUFFIX)]
    if policy.framework.protection in there:
        reader.content(_file(folder, policy.framework.protection))
    name = policy.framework.recovery_grades
    if name not in there:
        place = locate(tree, ("framework", "recovery_grades"))
        message = f"there is no policy data `{name}`"
        reader.problems.append(place.problem(Code.DANGLING, message, did_you_mean(name, there)))
        return None
    node = reader.document(_file(folder, name))
    if node is None:
        return None
    framework, problems = validate(RecoveryFramework, node)
    reader.problems.extend(problems)
    return framework


def _file(folder: Path, name: str) -> File:
    return File(folder / f"{name}{SUFFIX}", f"{PACKAGE}/{FOLDER}/{name}{SUFFIX}")
