"""Moves the hosts of a lab phase by phase as `migrate` does, and asks them by commands of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from support.moving_lab import Moving

from cmp.model.migration import Phase
from cmp.model.migration_journal import MigrationJournal, MoveState
from cmp.network.moving.stages import entries, forward
from cmp.services.migrating.carrying import carry
from cmp.services.migrating.place import asks_of


def on(moving: Moving, node: str, script: str, given: str | None = None) -> str:
    """What a script says on a host, whatever it ends with."""
    done = subprocess.run(
        [*moving.lab.door(node), "sh", "-c", script], input=given, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def written(moving: Moving, node: str, path: str, text: str, mode: str = "644") -> None:
    """Write a file of a host, which lasts over its reboots."""
    subprocess.run(
        [
            *moving.lab.door(node),
            "sh",
            "-ec",
            f"mkdir -p $(dirname {path}); cat > {path}; chmod {mode} {path}",
        ],
        input=text,
        text=True,
        check=True,
    )


def unmoved(moving: Moving) -> MigrationJournal:
    """The journal of a move of which no phase is begun."""
    return moving.journal().model_copy(update={"stages": (), "entries": ()})


def go(moving: Moving, journal: MigrationJournal, phase: Phase) -> MigrationJournal:
    """The journal with one phase more that has been carried out."""
    stages = forward(moving.plan, [phase])
    more = journal.model_copy(
        update={
            "stages": (*journal.stages, *stages),
            "entries": (*journal.entries, *entries(moving.plan, stages)),
        }
    )
    done = carry(more, moving.carrier())
    assert done.state is MoveState.DONE
    return done


def silent(moving: Moving, *, old: bool, new: bool) -> Sequence[object]:
    """The addresses that do not answer from outside, after neighbours had time to be found."""
    left = tuple(ask for move in moving.plan.moves for ask in asks_of(move, old=old, new=new))
    for _ in range(20):
        if not (left := moving.place().outside.unanswered(left)):
            break
    return left
