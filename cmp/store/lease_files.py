"""Lends environments by locks on files: the kernel frees each when its holder ends, however it ends.

Beside an environment's lock lies the number that was given last. Versions before this one held a single lock
over everything: while anybody of us holds an environment, that lock is shared, so that neither runs beside
the other.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import Conflict, Invalid, TryLater
from cmp.files.placing import open_own
from cmp.ports.leases import Asked, Former, Lease
from cmp.sentences import Sentence
from cmp.settings import Layout
from cmp.store.files import read_if_there, write_atomically
from cmp.store.lock import Holder, hold, holder_in


@dataclass(frozen=True, slots=True)
class FileLeases:
    """Leases of a state folder."""

    layout: Layout

    @contextmanager
    def held(self, asked: Asked) -> Iterator[Lease]:
        """Hold an environment while the block runs."""
        words = {"command": f"{asked.command} {asked.environment}", "run": asked.run, "actor": asked.actor.id}
        with (
            _beside_older_versions(self.layout.lock) as before,
            hold(self.layout.lease(asked.environment), now=asked.now, **words) as held,
        ):
            number = self._given(asked.environment) + 1
            write_atomically(self._number(asked.environment), f"{number}\n".encode())
            yield Lease(asked.environment, number, asked.run, _former(held.left_by or before))

    def refuse_lost(self, lease: Lease) -> None:
        """Refuse whoever was away so long that the environment was lent to somebody else meanwhile."""
        if (given := self._given(lease.environment)) != lease.number:
            raise Conflict(
                Sentence(
                    "{environment} was lent to somebody else while this run was away (lease "
                    "{given}, ours is {number}): nothing more is written",
                    environment=lease.environment,
                    given=given,
                    number=lease.number,
                ),
                hint="run the same command again: it goes on from what is recorded",
            )

    def _number(self, environment: str) -> Path:
        return self.layout.lease(environment).with_suffix(".number")

    def _given(self, environment: str) -> int:
        """The number that was given last; 0 before the first.

        Raises:
            Invalid: the file says something else: nobody knows any more who may write.
        """
        path = self._number(environment)
        content = read_if_there(path, "the number of the lease")
        if content is None:
            return 0
        if not content.strip().isdigit():
            raise Invalid(Sentence("{path} holds no number", path=path), hint="put it back from a copy")
        return int(content)


@contextmanager
def _beside_older_versions(path: Path) -> Iterator[Holder | None]:
    """Share the lock that older versions hold alone; tells who of them died holding it.

    Raises:
        Conflict: a run of an older version changes something.
        NotOurs: what stands in its place is no lock of ours.
        TryLater: it cannot be opened.
    """
    try:
        file = open_own(path)
    except OSError as error:
        raise TryLater(
            Sentence("cannot open the lock {path}: {strerror}", path=path, strerror=error.strerror)
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                "the estate is being changed by a run of an older version",
                hint=Sentence("wait until it has finished; the lock is {path}", path=path),
            ) from error
        left_by = holder_in(file, path)
        if left_by is not None:
            file.seek(0)
            file.truncate()
        yield left_by


def _former(holder: Holder | None) -> Former | None:
    if holder is None:
        return None
    return Former(holder.pid, holder.host, holder.since, holder.command)
