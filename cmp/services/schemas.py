"""Gives editors the JSON Schemas of an environment's files: what may stand where and what it means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.loaders.hints import did_you_mean
from cmp.store.files import write_for_others

SHIPPED: Final = "inventories/schema"
ENDING: Final = ".schema.json"
FILES: Final[Mapping[str, str]] = {
    "environment": "environment.yaml",
    "estate": "estate.yaml, estate/*.yaml",
    "network": "network.yaml, network/*.yaml",
    "workloads": "workloads.yaml, workloads/*.yaml",
    "policy": "policy.yaml, policy/*.yaml",
    "calendars": "calendars.yaml, calendars/*.yaml",
    "hosts": "*-net.yaml",
}
"""The files of an environment that each schema is for; host lists may have any name."""

_HOSTS: Final = "-net"


@dataclass(frozen=True, slots=True)
class Schemas:
    """Schemas as texts, by what they describe; `folder` is where they were written, None for nowhere."""

    texts: Mapping[str, str]
    folder: str | None = None

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
        raise Invalid(f"there is no schema called {name!r:.40}", hint=hint)
    folder = HERE.shipped(SHIPPED)
    names = (name,) if name else tuple(FILES)
    return Schemas({each: (folder / f"{each}{ENDING}").read_text(encoding="utf-8") for each in names})


def write_schemas(folder: str) -> Schemas:
    """Write all of them into a folder, over older ones.

    Raises:
        NotOurs: somebody else may have planted a link there.
        TryLater: it cannot be written.
    """
    found = schemas_of()
    for name, text in found.texts.items():
        write_for_others(Path(folder) / f"{name}{ENDING}", text.encode())
    return Schemas(found.texts, folder)


def kind_of(file: str) -> str:
    """Which schema a file of an environment keeps, by its path there; empty where none is for it."""
    path = PurePosixPath(file)
    if path.suffix != ".yaml":
        return ""
    kind = path.parts[0] if len(path.parts) > 1 else path.stem
    if kind in FILES:
        return kind
    return "hosts" if path.stem.endswith(_HOSTS) else ""


def named_in(file: str, folder: str) -> str:
    """The line that tells an editor which schema a file keeps; empty where none is for it.

    Args:
        file: its path in the environment.
        folder: where the schemas lie, from the environment.
    """
    kind = kind_of(file)
    up = "../" * (len(PurePosixPath(file).parts) - 1)
    return f"# yaml-language-server: $schema={up}{folder}/{kind}{ENDING}\n" if kind else ""
