"""Keeps operations in memory and carries them out in threads: the twin for tests."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from cmp.errors import Conflict, Invalid, Stale
from cmp.model.happenings import Event, Numbered
from cmp.model.operations import OperationRecord, Revision
from cmp.ports.operations import Change, Driver, Wanted
from cmp.sentences import Sentence


@dataclass(slots=True)
class MemoryOperations:
    """Operations that are gone with the process; those of one environment follow each other."""

    records: dict[str, OperationRecord] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    documents: dict[str, bytes] = field(default_factory=dict)
    revisions: dict[str, list[Revision]] = field(default_factory=lambda: defaultdict(list))
    _turn: Lock = field(default_factory=Lock)
    _in_turn: dict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))
    _pool: ThreadPoolExecutor | None = None
    _driver: Driver | None = None

    def begin(self, record: OperationRecord) -> OperationRecord:
        """Keep a new operation and have it carried out."""
        with self._turn:
            known = self.records.get(record.id)
            if known is None:
                self.records[record.id] = record
        if known is not None:
            return same(known, record)
        self._hand_over(record)
        return record

    def found(self, key: str) -> OperationRecord | None:
        """The operation of that id."""
        return self.records.get(key)

    def listed(self, wanted: Wanted) -> tuple[OperationRecord, ...]:
        """Operations, the newest first."""
        every = sorted(self.records.values(), key=lambda each: (each.created, each.id), reverse=True)
        if wanted.before:
            edge = self.records.get(wanted.before)
            every = [e for e in every if edge and (e.created, e.id) < (edge.created, edge.id)]
        chosen = [
            each
            for each in every
            if wanted.environment in {"", each.environment} and wanted.state in {None, each.state}
        ]
        return tuple(chosen[: wanted.limit])

    def change(self, key: str, change: Change, *, carry_on: bool = False) -> OperationRecord:
        """Change an operation; with `carry_on` it is handed over again, where the change did so."""
        with self._turn:
            if key not in self.records:
                raise Invalid(Sentence("there is no operation {key}", key=key))
            before = self.records[key]
            self.records[key] = after = change(before)
        if carry_on and after.round != before.round:
            self._hand_over(after)
        return after

    def tell(self, key: str, events: tuple[Event, ...]) -> None:
        """Keep what happened."""
        with self._turn:
            self.events[key] += events

    def told(self, key: str, after: int = 0, limit: int = 500) -> tuple[Numbered, ...]:
        """What happened after the event of a number."""
        found = self.events.get(key, [])[after : after + limit]
        return tuple(Numbered(after + number, event) for number, event in enumerate(found, start=1))

    def keep(self, content: bytes, name: str = "") -> str:
        """Keep a document by its SHA-256, or under a name."""
        name = name or hashlib.sha256(content).hexdigest()
        self.documents[name] = content
        return name

    def kept(self, name: str) -> bytes | None:
        """The document of that SHA-256 or name."""
        return self.documents.get(name)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many operations there are by kind and state."""
        return Counter((each.kind, each.state.value) for each in list(self.records.values()))

    def push(self, revision: Revision, parent: str) -> Revision:
        """Make a revision the head of its environment."""
        with self._turn:
            line = self.revisions[revision.environment]
            made = following(revision, line[-1] if line else None, parent)
            if not line or made != line[-1]:
                line.append(made)
            return made

    def head(self, environment: str) -> Revision | None:
        """The newest revision."""
        line = self.revisions.get(environment)
        return line[-1] if line else None

    def heads(self) -> tuple[Revision, ...]:
        """The newest revision of every environment."""
        return tuple(line[-1] for _, line in sorted(self.revisions.items()) if line)

    def revision(self, environment: str, key: str) -> Revision | None:
        """A revision by its id."""
        return next((each for each in self.revisions.get(environment, []) if each.id == key), None)

    def start(self, driver: Driver) -> None:
        """Carry out what waits, from now on."""
        self._driver, self._pool = driver, ThreadPoolExecutor(8, thread_name_prefix="operation")
        for record in list(self.records.values()):
            if not record.state.is_over and record.needed is None:
                self._hand_over(record)

    def stop(self) -> None:
        """Take nothing new, and let what works come to its end."""
        pool, self._pool, self._driver = self._pool, None, None
        if pool is not None:
            pool.shutdown()

    def is_ready(self) -> bool:
        """True between `start` and `stop`."""
        return self._pool is not None

    def _hand_over(self, record: OperationRecord) -> None:
        if self._pool is not None and self._driver is not None:
            self._pool.submit(self._carry_out, self._driver, record)

    def _carry_out(self, driver: Driver, record: OperationRecord) -> None:
        with self._in_turn[record.environment]:
            for step in driver.steps(record.kind):
                if not driver.take(record.id, step):
                    return


def same(known: OperationRecord, asked: OperationRecord) -> OperationRecord:
    """The operation that is there, for whoever asked for the very same again.

    Raises:
        Conflict: something else was asked for.
    """
    if known.request != asked.request:
        raise Conflict("this Idempotency-Key was used for another request", hint="take a new key")
    return known


def following(revision: Revision, head: Revision | None, parent: str) -> Revision:
    """The revision as the next one after the head; the head itself where it has the same files.

    Raises:
        Stale: the head is not the parent that it was made from.
    """
    if head is not None and head.id == revision.id:
        return head
    if parent != (head.id if head else ""):
        now = f"revision {head.number} ({head.id[:12]})" if head else "no revision yet"
        raise Stale(
            Sentence(
                "{environment} has {now}, and this one was made from {parent}",
                environment=revision.environment,
                now=now,
                parent=parent[:12] or "none",
            ),
            hint="look at what changed, then push again from the newest revision",
        )
    if head is None:
        return revision.changed(number=1, parent="")
    return revision.changed(number=head.number + 1, parent=head.id, environment_id=head.environment_id)
