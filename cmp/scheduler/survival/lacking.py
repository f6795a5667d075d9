"""Names what falls short after a failure: a value of its own for each kind, put in words where it is told."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.scheduler.constraints.beside import Misplaced
from cmp.scheduler.constraints.latency import Breach
from cmp.scheduler.constraints.quotas import Excess
from cmp.scheduler.recovery.lateness import too_late, too_much_lost
from cmp.scheduler.recovery.timetable import Back
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Stranded:
    """A group that no center can take over."""

    group: str

    def __str__(self) -> str:
        """Say it."""
        return Sentence(
            "{group}: no center has a side of every component on pools that remain", group=self.group
        )


@dataclass(frozen=True, slots=True)
class Absent:
    """A workload that does not run even before the failure, and the sentence that says why."""

    workload: str
    why: str

    def __str__(self) -> str:
        """Say it."""
        return self.why


@dataclass(frozen=True, slots=True)
class Outvoted:
    """A component's quorum (workload and component) of which too few members are left."""

    of: tuple[str, str]
    left: int
    needed: int

    def __str__(self) -> str:
        """Say it."""
        return Sentence(
            "{names}: {left} members are left, {needed} are needed",
            names="/".join(self.of),
            left=self.left,
            needed=self.needed,
        )


@dataclass(frozen=True, slots=True)
class NoRoom:
    """A pool whose hosts cannot carry what is `wanted` there; nothing where they are oversold already."""

    pool: str
    wanted: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it."""
        if not self.wanted:
            return Sentence("{pool}: its hosts are oversold already in normal time", pool=self.pool)
        return Sentence(
            "{pool}: its hosts have no room for all of {names}", pool=self.pool, names=", ".join(self.wanted)
        )


@dataclass(frozen=True, slots=True)
class NoRefuge:
    """A lost host (from 1) whose components find no room on the others of its pool; `because` of a spread."""

    pool: str
    host: int
    components: int
    because: str = ""

    def __str__(self) -> str:
        """Say it."""
        where = f"{self.pool}/{self.host}"
        return Sentence(
            "{where}: the other hosts have no room for its {components} components{because}",
            where=where,
            components=self.components,
            because=self.because,
        )


@dataclass(frozen=True, slots=True)
class LinkFull:
    """A link, by its centers in order of name, over which more kbit/s of changes would go than it carries."""

    between: tuple[str, str]
    kbps: int
    usable: int

    def __str__(self) -> str:
        """Say it."""
        changes = f"{self.kbps / 1000:g} Mbit/s of changes, {self.usable / 1000:g} usable"
        return Sentence("link between {names}: {changes}", names=" and ".join(self.between), changes=changes)


@dataclass(frozen=True, slots=True)
class TooLate:
    """A workload that is back later than its RTO."""

    back: Back

    def __str__(self) -> str:
        """Say it."""
        return too_late(self.back)


@dataclass(frozen=True, slots=True)
class LosesTooMuch:
    """A workload that loses more than its RPO allows."""

    back: Back

    def __str__(self) -> str:
        """Say it."""
        return too_much_lost(self.back)


Lack = (
    Stranded
    | Absent
    | Outvoted
    | NoRoom
    | NoRefuge
    | LinkFull
    | Excess
    | Breach
    | TooLate
    | LosesTooMuch
    | Misplaced
)
"""One thing that falls short; `str` says it."""
