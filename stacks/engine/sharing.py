"""Takes stacks whose states lie in files of one machine into the database that several processes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi import automation

from cmp.errors import Conflict, Refused, TryLater
from cmp.sentences import Sentence
from stacks.engine.copies import exported
from stacks.engine.recovery import end_leftovers
from stacks.engine.workplace import Workplace, existing, file_of, opened, told
from stacks.names import Project, StackName

MOVED: Final = ".moved"
"""What the name of a file ends with whose stack lies in the database; nobody reads it any more."""


def prepare(place: Workplace) -> None:
    """Have the engine make its table in a shared database, before it opens several stacks at once.

    It makes the table wherever there is none, and of several that do so at the same time all but one fail.

    Raises:
        TryLater: the database cannot be reached or written.
    """
    if not place.is_shared:
        return
    try:
        existing(place, Project.FOUNDATION, "")
    except TryLater:  # another process may have made it at the same moment
        existing(place, Project.FOUNDATION, "")


def refuse_apart(place: Workplace, environment: str) -> None:
    """Refuse to look where some states of an environment lie apart, in files of this machine.

    Raises:
        Refused: some do; whoever only looks moves nothing.
    """
    if apart := _apart(place, environment):
        raise Refused(
            Sentence(
                "the states of {count} stacks of {environment} lie in files of this machine, not in the "
                "shared database: {stacks}",
                count=len(apart),
                environment=environment,
                stacks=", ".join(map(str, apart)),
            ),
            hint="`tricenter apply` of its Plan takes them there first",
        )


def bring_over(place: Workplace, environment: str) -> tuple[StackName, ...]:
    """Take the states that lie in files of this machine into the shared database; the files stay, renamed.

    A kill between the two leaves both alike, and the next run renames the file. The caller was lent the
    environment.

    Returns:
        The stacks that were taken over.

    Raises:
        Conflict: the database knows the stack without something that the file tells of.
        TryLater: the engine cannot read the one or write the other: another passphrase, for example.
    """
    apart = _apart(place, environment)
    if apart:
        end_leftovers(place)
    for name in apart:
        _bring(place, name)
    return apart


def _apart(place: Workplace, environment: str) -> tuple[StackName, ...]:
    if not place.is_shared:
        return ()
    found = (
        StackName.within(project, file.name.removesuffix(".json"))
        for project in Project
        for file in file_of(place, StackName(project, environment, "*")).parent.glob(f"{environment}.*.json")
    )
    return tuple(sorted(found))


def _bring(place: Workplace, name: StackName) -> None:
    with opened(place.in_files, name) as old, told(f"read the state of {name}"):
        before = exported(old, name)
    with opened(place, name) as new, told(f"write the state of {name}"):
        after = exported(new, name)
        if not _urns(after):
            new.import_stack(automation.Deployment(before["version"], before["deployment"]))
        elif missing := _urns(before) - _urns(after):
            raise Conflict(
                Sentence(
                    "the shared state of {stack} lacks {count} of the resources in {file}",
                    stack=name,
                    count=len(missing),
                    file=file_of(place, name),
                ),
                hint="two states of one stack: find out which one the clouds follow, and move the other away",
            )
    file = file_of(place, name)
    file.rename(file.with_name(file.name + MOVED))


def _urns(state: Mapping[str, Any]) -> frozenset[str]:
    resources = (state["deployment"] or {}).get("resources") or []
    return frozenset(each["urn"] for each in resources if each["type"] != "pulumi:pulumi:Stack")
