"""Keeps environments revision by revision, in a database or in memory: the twins of the port for a team."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from cmp.errors import Conflict, Invalid, Refused, TryLater
from cmp.model.json_texts import Malformed, parsed
from cmp.model.references import STORED, EnvironmentRef
from cmp.model.sealing import canonical
from cmp.ports.loaded import Loaded, revision_of
from cmp.sentences import Sentence
from cmp.store.environments import SHORT, FolderEnvironments

MOST_TRIES: Final = 20
"""Others that keep a revision at the same moment are let through so often."""
UP: Final = ".."


class Revisions(Protocol):
    """Where revisions lie, by environment, numbered from 1."""

    def all_of(self, name: str) -> tuple[str, ...]:
        """The revisions of an environment, the oldest first."""

    def content(self, name: str, number: int) -> bytes:
        """What is kept under that number, which is there."""

    def add(self, name: str, number: int, revision: str, content: bytes) -> None:
        """Keep the next one.

        Raises:
            Conflict: somebody else has just kept one of that number.
        """


@dataclass(frozen=True, slots=True)
class KeptEnvironments:
    """Environments of a shared state, named `state:NAME`; folders are read as they are."""

    rows: Revisions
    folders: FolderEnvironments = field(default_factory=FolderEnvironments)

    def load(self, ref: EnvironmentRef) -> Loaded:
        """Read and cross-check a folder, or what is kept of an environment."""
        if not ref.is_stored:
            return self.folders.load(ref)
        found = self.rows.all_of(ref.stored_name)
        if not found:
            raise Invalid(
                Sentence("no environment {name} is kept", name=ref.name),
                hint="`tricenter plan DIR` keeps the one that it plans",
            )
        numbers = [number for number, each in enumerate(found, 1) if each.startswith(ref.revision)]
        if not numbers or (ref.revision and len({found[number - 1] for number in numbers}) > 1):
            known = ", ".join(each[:SHORT] for each in found)
            raise Invalid(
                Sentence(
                    "{name} has no revision {revision}, or several",
                    name=ref.name,
                    revision=f"{ref.revision:.80}",
                ),
                hint=Sentence("known: {known}", known=known),
            )
        number = numbers[-1]
        files = files_in(self.rows.content(ref.stored_name, number), ref)
        if revision_of(files) != found[number - 1]:
            raise Invalid(
                Sentence(
                    "revision {found} of {name} was changed after it was kept",
                    found=found[number - 1][:SHORT],
                    name=ref.name,
                )
            )
        return loaded_from(files, str(ref))

    def create(self, ref: EnvironmentRef, files: Mapping[str, bytes]) -> Loaded:
        """Write a new folder, or keep the first revision of an environment."""
        if not ref.is_stored:
            return self.folders.create(ref, files)
        self.refuse_occupied(ref)
        loaded = loaded_from(files, str(ref))
        name = loaded.environment.name
        if name != ref.stored_name:
            raise Invalid(
                Sentence(
                    "the files are of {name}, not of {stored_name}", name=name, stored_name=ref.stored_name
                ),
                hint=Sentence("call it {STORED}{name}", STORED=STORED, name=name),
            )
        try:
            self.rows.add(name, 1, loaded.revision, content_of(loaded.files))
        except Conflict as error:
            raise Refused(
                Sentence("somebody else has just made {ref}: nothing was kept", ref=ref),
                hint="take another name",
            ) from error
        return loaded

    def refuse_occupied(self, ref: EnvironmentRef) -> None:
        """Refuse a folder that holds something, or an environment that is kept."""
        if not ref.is_stored:
            self.folders.refuse_occupied(ref)
        elif self.rows.all_of(ref.stored_name):
            raise Refused(
                Sentence("{name} is kept already: nothing was changed", name=ref.name),
                hint="take another name",
            )

    def keep(self, _ref: EnvironmentRef, loaded: Loaded) -> EnvironmentRef:
        """Keep what was read as the newest revision, unless it is that already."""
        name, revision = loaded.environment.name, loaded.revision
        for _ in range(MOST_TRIES):
            found = self.rows.all_of(name)
            if found and found[-1] == revision:
                return EnvironmentRef(f"{STORED}{name}", revision)
            try:
                self.rows.add(name, len(found) + 1, revision, content_of(loaded.files))
            except Conflict:
                continue
        raise TryLater(
            Sentence("{name} is changed by many others at once", name=name), hint="run the same command again"
        )

    def named(self, _ref: EnvironmentRef, loaded: Loaded) -> str:
        """The newest that is kept of it: whoever shares the state finds it, wherever they are."""
        return f"{STORED}{loaded.environment.name}"

    def found_again(self, source: str, name: str) -> EnvironmentRef:
        """What is kept of it; before anything was, the folder that a Plan names."""
        ref = EnvironmentRef.of(source)
        kept = EnvironmentRef(f"{STORED}{name}")
        return kept if not ref.is_stored and self.rows.all_of(name) else ref

    def revisions(self, name: str) -> tuple[EnvironmentRef, ...]:
        """The revisions that are kept, the oldest first."""
        return tuple(EnvironmentRef(f"{STORED}{name}", each) for each in self.rows.all_of(name))


@dataclass(frozen=True, slots=True)
class MemoryRevisions:
    """Revisions that are gone with the process."""

    known: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    def all_of(self, name: str) -> tuple[str, ...]:
        """The revisions of an environment, the oldest first."""
        return tuple(revision for revision, _ in self.known.get(name, ()))

    def content(self, name: str, number: int) -> bytes:
        """What is kept under that number."""
        return self.known[name][number - 1][1]

    def add(self, name: str, number: int, revision: str, content: bytes) -> None:
        """Keep the next one."""
        mine = self.known.setdefault(name, [])
        if len(mine) != number - 1:
            raise Conflict(Sentence("{name} has {mine} revisions by now", name=name, mine=len(mine)))
        mine.append((revision, content))


def content_of(files: Mapping[str, bytes]) -> bytes:
    """Files by their names as one canonical document."""
    return canonical({name: base64.b64encode(content).decode() for name, content in files.items()})


def files_in(content: bytes, ref: EnvironmentRef) -> Mapping[str, bytes]:
    """The files of a document.

    Raises:
        Invalid: it is no such document.
    """
    try:
        document = parsed(content)
        return {str(name): base64.b64decode(text, validate=True) for name, text in document.items()}
    except (Malformed, AttributeError, TypeError, binascii.Error, ValueError) as error:
        raise Invalid(
            Sentence("what is kept of {ref} is no environment", ref=ref), hint="put it back from a copy"
        ) from error


def loaded_from(files: Mapping[str, bytes], shown: str) -> Loaded:
    """Read an environment from its files by their names; problems say `shown` and the name.

    Those that it extends lie above it by their names, and do so for as long as it is read.

    Raises:
        Invalid: a name leads elsewhere, or something is wrong; every problem is told.
        TryLater: there is no room for a moment.
    """
    from cmp.loaders.loading import load  # noqa: PLC0415 - commands without an environment have to be quick

    if wrong := [name for name in files if not _is_plain(name)]:
        raise Invalid(
            Sentence(
                "{wrong} in {shown} is no name of a file of an environment",
                wrong=f"{wrong[0]!r:.80}",
                shown=shown,
            )
        )
    try:
        with TemporaryDirectory(prefix="tricenter-") as above:
            depth = max((PurePosixPath(name).parts.count(UP) for name in files), default=0)
            folder = Path(above).resolve().joinpath(*["_"] * depth, "_")
            folder.mkdir(parents=True)
            for name, content in files.items():
                path = Path(folder, *PurePosixPath(name).parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return load(folder, shown)
    except OSError as error:
        raise TryLater(
            Sentence(
                "{shown} cannot be laid out to be read: {strerror}", shown=shown, strerror=error.strerror
            )
        ) from error


def _is_plain(name: str) -> bool:
    """True for a relative path whose steps upwards all come first."""
    path = PurePosixPath(name)
    below = path.parts[path.parts.count(UP) :]
    return not path.is_absolute() and bool(below) and UP not in below and "\0" not in name
