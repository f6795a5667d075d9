"""Keeps environments as folders of YAML: the twin of the port for one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cmp.errors import Conflict, Invalid, Refused, TryLater
from cmp.model.references import EnvironmentRef
from cmp.ports.loaded import Loaded
from cmp.sentences import Sentence

SHORT: Final = 12
"""Digits of a revision that people are shown."""
_OCCUPIED: Final = "name a new folder, or an empty one"


@dataclass(frozen=True, slots=True)
class FolderEnvironments:
    """Environments as folders, each named by its path."""

    def load(self, ref: EnvironmentRef) -> Loaded:
        """Read and cross-check the environment in a folder."""
        from cmp.loaders.loading import load  # noqa: PLC0415 - commands without an environment have to be quick

        loaded = load(folder_of(ref))
        refuse_other(ref, loaded)
        return loaded

    def create(self, ref: EnvironmentRef, files: Mapping[str, bytes]) -> Loaded:
        """Write a new folder, or fill an empty one; a failure leaves nothing of it behind."""
        folder = folder_of(ref)
        self.refuse_occupied(ref)
        return _written(folder, files)

    def refuse_occupied(self, ref: EnvironmentRef) -> None:
        """Refuse what is no folder, or holds something."""
        folder = folder_of(ref)
        try:
            there = folder.exists() or folder.is_symlink()
            what = "" if not there else "is no folder" if not folder.is_dir() else "is not empty"
            if not what or (folder.is_dir() and not any(folder.iterdir())):
                return
        except OSError as problem:
            raise TryLater(
                Sentence(
                    "{folder} cannot be looked into: {strerror}", folder=folder, strerror=problem.strerror
                )
            ) from problem
        raise Refused(
            Sentence("{folder} {what}: nothing was written", folder=folder, what=what), hint=_OCCUPIED
        )

    def keep(self, ref: EnvironmentRef, loaded: Loaded) -> EnvironmentRef:
        """A folder keeps itself."""
        return EnvironmentRef(ref.name, loaded.revision)

    def named(self, ref: EnvironmentRef, _loaded: Loaded) -> str:
        """The folder: relative to the current one where it lies below it."""
        folder = folder_of(ref).resolve()
        try:
            return folder.relative_to(Path.cwd()).as_posix()
        except ValueError:
            return folder.as_posix()

    def found_again(self, source: str, _name: str) -> EnvironmentRef:
        """The folder that a Plan names."""
        return EnvironmentRef.of(source)

    def revisions(self, _name: str) -> tuple[EnvironmentRef, ...]:
        """None: a folder is what it is now."""
        return ()


def folder_of(ref: EnvironmentRef) -> Path:
    """The folder that is meant.

    Raises:
        Invalid: a shared state is meant, and this is none.
    """
    if ref.is_stored:
        raise Invalid(
            Sentence("{ref} is kept by a shared state, and none is named", ref=ref),
            hint="name it with --store, or name a folder",
        )
    return Path(ref.name)


def refuse_other(ref: EnvironmentRef, loaded: Loaded) -> None:
    """Refuse what has changed since the revision that is meant.

    Raises:
        Conflict: it has.
    """
    if ref.revision and not loaded.revision.startswith(ref.revision):
        raise Conflict(
            Sentence(
                "{name} is at revision {revision} now, not at {revision2}",
                name=ref.name,
                revision=loaded.revision[:SHORT],
                revision2=ref.revision[:SHORT],
            ),
            hint="look what has changed, and ask again",
        )


def _written(folder: Path, files: Mapping[str, bytes]) -> Loaded:
    """Write all files and read them back; a failure leaves nothing of them behind.

    The last file, its header, makes it an environment: a folder without one is none, should somebody pull the
    plug. Of two that write the same folder the first file decides: the second finds it there.
    """
    from cmp.loaders.loading import load  # noqa: PLC0415 - few commands make one

    written: list[Path] = []
    new = not folder.exists()
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
        return load(folder)
    except BaseException as problem:
        _take_back(folder, written, new=new)
        if isinstance(problem, FileExistsError):
            raise Refused(
                Sentence("somebody else is writing {folder}: nothing was written", folder=folder),
                hint=_OCCUPIED,
            ) from problem
        if isinstance(problem, OSError):
            raise TryLater(
                Sentence("{folder} cannot be written: {strerror}", folder=folder, strerror=problem.strerror)
            ) from problem
        raise


def _take_back(folder: Path, written: Sequence[Path], *, new: bool) -> None:
    """Remove what was written, and the folders that were made for it."""
    for path in written:
        path.unlink(missing_ok=True)
    made = {path.parent for path in written} - {folder}
    for each in (*made, *((folder,) if new else ())):
        with suppress(OSError):
            each.rmdir()
