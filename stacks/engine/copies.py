"""Keeps a copy of every stack's state in each center's folder: no center's loss takes the record along."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pulumi import automation

from cmp.store.files import read_if_there, remove, write_atomically
from stacks.engine.workplace import Workplace, told
from stacks.names import StackName


def copy_state(place: Workplace, stack: automation.Stack, name: StackName, centers: Iterable[str]) -> None:
    """Write a stack's state, as `pulumi stack import` reads it, into the folder of each center.

    Secrets in it stay encrypted, which the SDK's own export does not leave them; the passphrase's file goes
    with it, readable for its owner only.

    Raises:
        TryLater: the state cannot be read or a folder cannot be written; older copies are unchanged.
    """
    with told(f"read the state of {name}"):
        document = exported(stack, name)
    content = json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"
    passphrase = read_if_there(place.passphrase, "the passphrase")
    for center in centers:
        write_atomically(_file(place, center, name), content)
        if passphrase is not None:
            write_atomically(place.copies / center / "passphrase", passphrase)


def exported(stack: automation.Stack, name: StackName) -> Mapping[str, Any]:
    """A stack's state with its secrets encrypted.

    Raises:
        CommandError: the engine cannot read it.
    """
    space = stack.workspace
    words = ["stack", "export", "--stack", name.short]
    said: Mapping[str, Any] = json.loads(
        space.pulumi_command.run(words, space.work_dir, space.env_vars).stdout
    )
    return {"version": said.get("version"), "deployment": said.get("deployment")}


def of_file(file: Path) -> Mapping[str, Any]:
    """The same from our own file that holds the stack: no engine is started for it.

    Raises:
        OSError: it cannot be read.
    """
    said: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {"version": said.get("version"), "deployment": (said.get("checkpoint") or {}).get("latest")}


def is_copied(place: Workplace, name: StackName, centers: Iterable[str]) -> bool:
    """True when each center has some copy of a stack's state."""
    return all(_file(place, center, name).exists() for center in centers)


def forget_copies(place: Workplace, name: StackName) -> None:
    """Remove the copies of a stack that is no more."""
    for folder in place.copies.glob("*"):
        remove(_file(place, folder.name, name))


def _file(place: Workplace, center: str, name: StackName) -> Path:
    return place.copies / center / name.project / f"{name.short}.json"
