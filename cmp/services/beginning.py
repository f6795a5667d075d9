"""Begins an environment: writes an example that ships with Tricenter as a folder of its own, and schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.loaders.editors import ENDING, FILES, SHIPPED, named_in
from cmp.loaders.hints import did_you_mean
from cmp.means import Means
from cmp.model.base import Id
from cmp.model.named_file import NamedFile
from cmp.model.references import EnvironmentRef
from cmp.ports.loaded import Loaded
from cmp.sentences import Sentence

EXAMPLES: Final = ("starter", "lab", "reference")
"""Folders of `inventories/`; the first is written where none is named."""

HEADER: Final = "environment.yaml"
BESIDE: Final = "README.md"
"""Comes along where the example extends no other: the text of one that does speaks of its neighbour."""

SCHEMAS: Final = "schema"
"""Where a begun folder keeps its schemas for editors."""

_LAYERS: Final = re.compile(r"^(\.\./[^/]+/)+")
"""How the files of an extended example are named, from the one that extends it."""

_NAME: Final = re.compile(r"^name: [a-z0-9-]+", re.MULTILINE)
_EXTENDS: Final = re.compile(r"^extends: .*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Begun:
    """An environment that was begun: its name, its folder, and what is in each file, by its path there.

    Where it is not `written` that is what would be.
    """

    name: str
    folder: str
    example: str
    files: Mapping[str, bytes]
    written: bool = True

    @property
    def document(self) -> dict[str, Any]:
        """The same without the files' contents."""
        return {
            "environment": self.name,
            "folder": self.folder,
            "example": self.example,
            "files": sorted(self.files),
            "written": self.written,
        }


def begin(
    means: Means, ref: EnvironmentRef, example: str = EXAMPLES[0], name: str = "", *, dry: bool = False
) -> Begun:
    """Write an example as an environment of its own: whatever it extends lies in the folder itself.

    Args:
        means: what the use case works with.
        ref: a new folder, or an empty one; or a new environment of a shared state.
        example: one of `EXAMPLES`.
        name: the environment's name; empty: that of the folder.
        dry: say what would be written, and write nothing.

    Raises:
        Invalid: there is no such example, or the name is none.
        Refused: the folder holds something already.
        TryLater: it cannot be written; what was written of it is gone again.
    """
    if example not in EXAMPLES:
        hint = did_you_mean(example, EXAMPLES) or f"there are {', '.join(EXAMPLES)}"
        raise Invalid(Sentence("there is no example called {example}", example=example), hint=hint)
    environments = means.ports.environments
    chosen = _name(ref, name)
    environments.refuse_occupied(ref)
    shipped = EnvironmentRef.of(HERE.shipped(f"inventories/{example}"))
    files = dict(_files(environments.load(shipped), shipped.name, chosen))
    if not ref.is_stored:
        files = _described(files)
    if not dry:
        environments.create(ref, files)
    return Begun(chosen, ref.name, example, files, written=not dry)


def _name(ref: EnvironmentRef, wanted: str) -> str:
    own = ref.stored_name if ref.is_stored else Path(ref.name).resolve().name
    name = wanted or own.lower().replace("_", "-")
    try:
        return TypeAdapter(Id).validate_python(name)
    except ValidationError as error:
        raise Invalid(
            Sentence("{name} cannot be an environment's name", name=f"{name!r:.60}"),
            hint="name it with --name: 1 to 40 lower-case letters, digits and hyphens",
        ) from error


def _files(example: Loaded, folder: str, name: str) -> Iterator[tuple[str, bytes]]:
    """What an example reads, by its place in the new folder; the header last, under the new name."""
    header = example.files[HEADER].decode()
    for source, content in example.files.items():
        inside = _LAYERS.sub("", source)
        if inside != HEADER:
            yield inside, content
    beside = Path(folder, BESIDE)
    if beside.exists() and not _EXTENDS.search(header):
        yield BESIDE, beside.read_bytes()
    yield HEADER, _EXTENDS.sub("", _NAME.sub(f"name: {name}", header)).encode()


def _described(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The schemas, and the files, each with the line by which editors find its own; the header stays last."""
    schemas = {f"{SCHEMAS}/{name}{ENDING}": text.encode() for name, text in schemas_of().texts.items()}
    return schemas | {name: named_in(name, SCHEMAS).encode() + text for name, text in files.items()}


@dataclass(frozen=True, slots=True)
class Schemas:
    """Schemas as texts, by what they describe; `folder` is where they were written, None for nowhere."""

    texts: Mapping[str, str]
    folder: str | None = None

    @property
    def files(self) -> tuple[NamedFile, ...]:
        """A file for each."""
        return tuple(NamedFile(f"{name}{ENDING}", text.encode()) for name, text in self.texts.items())

    @property
    def line(self) -> str:
        """What a file's first line says, for one beside a folder of schemas; `DIR` where none was written."""
        return named_in("workloads.yaml", self.folder or "DIR").rstrip()

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """Each schema: what it describes, the files it is for, its own file."""
        return tuple((name, FILES[name], f"{name}{ENDING}") for name in self.texts)

    @property
    def document(self) -> dict[str, Any]:
        """One schema as itself; of several their files, and where these were written."""
        if self.folder is None and len(self.texts) == 1:
            (text,) = self.texts.values()
            found: dict[str, Any] = json.loads(text)
            return found
        schemas = {name: {"schema": f"{name}{ENDING}", "files": FILES[name]} for name in self.texts}
        return {"folder": self.folder, "schemas": schemas}


def schemas_of(name: str = "") -> Schemas:
    """The schema of one kind of file, or of all kinds that an environment has.

    Raises:
        Invalid: there is no such kind.
    """
    if name and name not in FILES:
        hint = did_you_mean(name, tuple(FILES)) or f"there are {', '.join(FILES)}"
        raise Invalid(Sentence("there is no schema called {name}", name=f"{name!r:.40}"), hint=hint)
    folder = HERE.shipped(SHIPPED)
    names = (name,) if name else tuple(FILES)
    return Schemas({each: (folder / f"{each}{ENDING}").read_text(encoding="utf-8") for each in names})
