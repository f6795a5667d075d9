"""Moves the hosts of a lab phase by phase as `migrate` does, and asks them by commands of their own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from support.moving_lab import Moving

from cmp.model.migration import Phase
from cmp.model.migration_journal import MigrationJournal, MoveState
from cmp.network.moving.stages import entries, forward
from cmp.services.migrating.carrying import carry
from cmp.services.migrating.place import Place, asks_of

LONG_SECONDS = 600.0
"""How long a change waits to be confirmed, of hosts that share a machine with other work."""


def patiently() -> AbstractContextManager[object]:
    """Let changes wait long to be confirmed while a block runs: how long is not what is tried there."""
    return patch("cmp.services.migrating.carrying.seconds_to_confirm", return_value=LONG_SECONDS)


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


def go(
    moving: Moving, journal: MigrationJournal, phase: Phase, place: Place | None = None
) -> MigrationJournal:
    """The journal with one phase more that has been carried out, from the lab's place or another."""
    stages = forward(moving.plan, [phase])
    more = journal.model_copy(
        update={
            "stages": (*journal.stages, *stages),
            "entries": (*journal.entries, *entries(moving.plan, stages)),
        }
    )
    carrier = moving.carrier()
    done = carry(more, replace(carrier, place=place) if place else carrier)
    assert done.state is MoveState.DONE
    return done


def silent(moving: Moving, *, old: bool, new: bool) -> Sequence[object]:
    """The addresses that do not answer from outside, after neighbours had time to be found."""
    left = tuple(ask for move in moving.plan.moves for ask in asks_of(move, old=old, new=new))
    for _ in range(20):
        if not (left := moving.place().outside.unanswered(left)):
            break
    return left


def armed(moving: Moving, node: str, phase: Phase, token: str) -> None:
    """Make a change on a host that nobody confirms, by the dead-man that an earlier phase left there."""
    move = moving.plan.move(node)
    change = move.phases[phase].forward.model_dump(mode="json")
    given = {
        **change,
        "old": move.interface or "",
        "new": move.new_interface or "",
        "old_address": str(move.old),
    }
    told = deadman(moving, node, "deadman.switch(*given)", [token, "unconfirmed", LONG_SECONDS, given])
    assert told["state"] == "armed", told


def look(moving: Moving, node: str, token: str) -> Any:
    """Where a change of a host stands."""
    return deadman(moving, node, "deadman.look(*given)", [token])


def deadman(moving: Moving, node: str, code: str, given: Any) -> Any:
    """Call the dead-man that stays on a host: an expression over `given`."""
    program = (
        "import json, sys; sys.path.insert(0, '/usr/local/lib/tricenter'); import deadman; "
        f"given = json.load(sys.stdin); print(json.dumps({code}))"
    )
    return json.loads(on(moving, node, f'python3 -c "{program}"', json.dumps(given)))
