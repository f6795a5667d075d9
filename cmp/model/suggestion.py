"""Defines what would help, as documents: proven changes, hosts to add, whose promises stand in the way."""

from __future__ import annotations

from cmp.model.base import Count, Document, Id, Positive, Told


class PartView(Document):
    """One change: `subject` is what changes, `amount` how much, in the unit of its `kind`.

    Units: hosts, replicas, grades (steps), Mbit/s (link, rate), a quota's own; the new level, the new bound
    in thousandths of a ms (rtt); 1 for what is there or not.
    """

    kind: str
    subject: str
    amount: Count
    change: Told


class Suggestion(Document):
    """A change, or two made together, that was tried by planning (or proving) again.

    `proven` is always True: what was not seen to help is not listed. `smallest` says that one less of any
    part was seen not to help.
    """

    change: Told
    kind: str
    proven: bool
    smallest: bool
    target: str
    """What it makes fit: `tax-api`, or `tax-api/web (cold) on bj-b-kunpeng`."""
    parts: tuple[PartView, ...]


class Search(Document):
    """How the search for changes went: how many were tried, whether it ended before it had tried all."""

    tried: Count = 0
    complete: bool = True


class Addition(Document):
    """Hosts that a pool lacks; `proven` with all other additions of the same failure."""

    pool: Id
    chip: Id
    hosts: Positive
    proven: bool


class Closing(Document):
    """What closes the shortfall of a failure, proven by proving again.

    `additions` are hosts, `changes` all else, made together; one less of any was seen not to do where
    `smallest`. With `replanned` they do only with a new Plan: what stands now could not take over.
    """

    additions: tuple[Addition, ...] = ()
    changes: tuple[PartView, ...] = ()
    replanned: bool = False
    beyond: tuple[Told, ...] = ()
    """Why these stay unplaced whatever is added: the rest is what is closed."""
    proven: bool = True
    smallest: bool = True
    tried: Count = 0


class InTheWay(Document):
    """A workload whose room another lacks, with the `group` that it stands and moves with.

    `promise` is True where giving up what their recovery grades reserve would be enough, False where the room
    is taken in normal time. `failures` are those for which they reserve room in `pools`. With `together` only
    all that are listed are enough.
    """

    workload: Id
    group: tuple[Id, ...]
    grade: Positive
    promise: bool
    together: bool = False
    pools: tuple[Id, ...]
    failures: tuple[str, ...] = ()
    proven: bool = True
    sentence: Told
