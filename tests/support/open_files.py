"""Writes every kind of file that Tricenter keeps, and finds those that others may read or write.

Run as a module it prints the figures, as `make open-files` does.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from support.builders import an_environment
from support.command_line import Site
from support.moving_network import a_migration_plan, some_hosts
from support.standing_servers import a_cloud_of, a_journal, a_standing_plan

from cmp.model.migration_journal import MigrationJournal, Rehearsal, Verification
from cmp.services.migrating import assessing
from cmp.services.migrating.migrating import hand_over
from cmp.services.migrating.planning import Planned
from cmp.settings import Layout
from cmp.store import journals, lock, migrations, plans
from cmp.store.file_ports import FileMove, file_ports
from cmp.wiring import kept_crash

UMASKS = (0o000, 0o077)
OTHERS = stat.S_IRWXG | stat.S_IRWXO
MEANT_FOR_OTHERS = frozenset({".zone", ".csv"})
"""What `ipam reverse --out` and `ipam export` write, as docs/security.md lists it."""
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ENVIRONMENT, NETWORK = "inventories/starter", "branch-net"


@contextmanager
def under(umask: int) -> Iterator[None]:
    """Within this, processes leave permissions to others but for those of the umask."""
    before = os.umask(umask)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(folder: Path) -> dict[str, int]:
    """Permissions that others have, by the file or folder; the folder itself counts too."""
    every = {path: path.lstat().st_mode for path in (folder, *folder.rglob("*"))}
    return {
        str(path.relative_to(folder.parent)): mode & OTHERS
        for path, mode in every.items()
        if mode & OTHERS and not stat.S_ISLNK(mode)
    }


def everything(state: Path, out: Path) -> None:
    """Have commands and use cases write whatever they keep in a state folder, or put where somebody says."""
    commands(Site(state), out)
    moves_of_servers(Layout(state))
    a_move_of_a_network(Layout(state))
    assert kept_crash(state, "details")


def commands(site: Site, out: Path) -> None:
    """What people call: planning, addresses, a network's plan; each has to end well."""
    for words in (
        ("plan", ENVIRONMENT, "--effort", "0"),
        ("plan", ENVIRONMENT, "--effort", "0", "--out", out / "plan.json"),
        ("net", "plan", ENVIRONMENT, NETWORK),
        ("net", "plan", ENVIRONMENT, NETWORK, "--out", out / "move.json"),
        ("ipam", "show"),
        ("ipam", "export", out / "tables"),
        ("ipam", "reverse", "--region", "starter", "--out", out / "zones"),
    ):
        answer = site.run(*words)
        assert answer.code == 0, (words, answer.said)


def moves_of_servers(layout: Layout) -> None:
    """What `apply` and `rebalance` keep."""
    plan = a_standing_plan()
    with lock.hold(layout.lock, command="tricenter apply", run="run", now=NOON):
        plans.record_applied(plan, layout.applied_plan("test"), complete=True)
    journals.save(a_journal(plan, a_cloud_of(plan, (1, 2, 3, 3))), layout.journals)


def a_move_of_a_network(layout: Layout) -> None:
    """What `net assess`, `rehearse`, `migrate` and its acceptance keep."""
    plan = a_migration_plan(some_hosts(2))
    folder = layout.migration(plan.environment, plan.network)
    planned = Planned(plan, an_environment(), FileMove(folder))
    journal = MigrationJournal(
        id="move",
        environment=plan.environment,
        network=plan.network,
        plan=plan.hash,
        began="2026-01-01",
        place="lab",
    )
    migrations.save_plan(plan, folder)
    migrations.JOURNALS.save(journal, folder)
    about = {"environment": plan.environment, "network": plan.network, "plan": plan.hash}
    rehearsal = Rehearsal(**about, ended="2026-01-01", passed=True, fired=(), journal=journal)
    verification = Verification(**about, journal=journal.id, at="2026-01-01", checks=())
    migrations.REHEARSALS.save(rehearsal, folder)
    migrations.VERIFICATIONS.save(verification, folder)
    matrix = assessing.Matrix(
        environment=plan.environment, network=plan.network, old=plan.segment.ipv4, looked_at="", rows=()
    )
    for part in assessing.written(matrix, {}, {}):
        planned.kept.keep_part(part)
    hand_over(planned, journal, file_ports(layout))


def main() -> None:
    """Print how many of the files are open, under each umask."""
    for umask in UMASKS:
        with tempfile.TemporaryDirectory(prefix="tricenter-open-files-") as name, under(umask):
            state, out = Path(name, "state"), Path(name, "out")
            everything(state, out)
            found = open_to_others(state)
            files = [path for path in state.rglob("*") if path.is_file()]
            handed = [path for path in out.rglob("*") if path.suffix in MEANT_FOR_OTHERS]
            sys.stdout.write(
                f"umask {umask:03o}: {len(found)} of {len(files)} files that are kept are open to others; "
                f"{len(handed)} more were written to be handed on\n"
            )
            sys.stdout.writelines(f"  {path}: {mode:03o}\n" for path, mode in found.items())


if __name__ == "__main__":
    main()
