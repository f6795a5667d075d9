"""A file by the name that somebody calls it by: where it lies is the affair of whoever reads or writes it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NamedFile:
    """What somebody hands in or is handed: a name, `/` between its parts, and the bytes.

    Refusals about its content name it so; use cases never look where it came from or goes to.
    """

    name: str
    content: bytes = field(repr=False)

    @property
    def last(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """All but the last part of its name; `.` where there is no other."""
        return self.name.rpartition("/")[0] or "."
