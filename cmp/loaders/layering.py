"""Follows `extends` from an environment downwards, and finds each document in the topmost that has it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cmp.loaders.hints import did_you_mean
from cmp.loaders.reading import File, Reader
from cmp.loaders.validating import validate
from cmp.model.codes import Code
from cmp.model.environment import Header
from cmp.ports.tree import Node, Place, locate

HEADER: Final = "environment"
MOST_LAYERS: Final = 8
SUFFIX: Final = ".yaml"
BESIDE: Final = frozenset({".yaml", ".md"})
"""What may lie in a document's folder; only the YAML is read."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One environment folder on the way down; `way` leads to it from the first. Header None: it is wrong."""

    folder: Path
    way: str
    node: Node | None
    header: Header | None
    shown: str = ""

    def file(self, name: str) -> File:
        """A file of the layer, whether or not it is there."""
        key = os.path.normpath(os.path.join(self.way, name))  # noqa: PTH118 - pure text
        return File(self.folder / name, key, shown=self.shown)

    def names(self) -> tuple[str, ...]:
        """What lies in the folder, sorted; nothing where it cannot be listed."""
        return listing(self.folder)


def listing(folder: Path) -> tuple[str, ...]:
    """The names in a folder, sorted; none where it cannot be listed."""
    try:
        return tuple(sorted(os.listdir(folder)))  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return ()


def read_layers(folder: Path, reader: Reader) -> tuple[Layer, ...]:
    """The environment and those it extends, topmost first; problems go to the reader."""
    layers = [_read_layer(folder, "", reader)]
    seen = {os.path.realpath(folder)}
    while (below := _below(layers[-1])) is not None:
        path, way, place = below
        real = os.path.realpath(path)
        if objection := _objection(path, real in seen, len(layers)) or _by_a_link(path, real):
            reader.problems.append(place.problem(Code.BAD_EXTENDS, *objection))
            break
        seen.add(real)
        layers.append(_read_layer(path, way, reader))
    return tuple(layers)


def _read_layer(folder: Path, way: str, reader: Reader) -> Layer:
    empty = Layer(folder, way, None, None, reader.shown)
    reader.roots.append(Path(os.path.realpath(folder)))
    file = empty.file(f"{HEADER}{SUFFIX}")
    if file.path.name not in empty.names():
        hint = did_you_mean(file.path.name, (name for name in empty.names() if name.startswith("env")))
        message = f"an environment needs `{file.path.name}`"
        reader.problems.append(file.top.problem(Code.MISSING_FILE, message, hint))
        return empty
    node = reader.document(file)
    if node is None:
        return empty
    header, problems = validate(Header, node)
    reader.problems.extend(problems)
    return Layer(folder, way, node, header, reader.shown)


def _below(layer: Layer) -> tuple[Path, str, Place] | None:
    """The folder that a layer extends, the way to it, and where that is said."""
    if layer.header is None or layer.node is None or layer.header.extends is None:
        return None
    extends = layer.header.extends
    way = os.path.join(layer.way, extends)  # noqa: PTH118 - pure text
    return Path(os.path.normpath(layer.folder / extends)), way, locate(layer.node, ("extends",))


def _objection(path: Path, leads_back: bool, depth: int) -> tuple[str, str] | None:
    """Why an environment cannot be extended, as message and hint; None where it can."""
    if leads_back:
        return f"`{path}` leads back to an environment that extends it", "extend another one"
    if depth == MOST_LAYERS:
        return f"more than {MOST_LAYERS} environments extend each other", ""
    if not os.path.isdir(path):  # noqa: PTH112 - unlike Path, it never raises
        return f"there is no environment folder `{path}`", did_you_mean(path.name, listing(path.parent))
    if not os.access(path, os.R_OK | os.X_OK):
        return f"the environment folder `{path}` may not be read", "ask for the right to read it"
    if f"{HEADER}{SUFFIX}" not in listing(path):
        return f"`{path}` is no environment: it has no `{HEADER}{SUFFIX}`", ""
    return None


def _by_a_link(path: Path, real: str) -> tuple[str, str] | None:
    """Why a folder is not what its name says, as message and hint; None where no link stands in its place."""
    if real == os.path.join(os.path.realpath(path.parent), path.name):  # noqa: PTH118 - pure text
        return None
    return f"`{path}` is a link to {real}", "name the folder that is meant"


def find(layers: Sequence[Layer], document: str, reader: Reader) -> tuple[int, tuple[File, ...]] | None:
    """Where a document is: the number of the topmost layer that has it, and its file or files there."""
    for number, layer in enumerate(layers):
        names = layer.names()
        single, parts = f"{document}{SUFFIX}" in names, document in names
        if single and parts:
            message = f"`{document}` is here as a file and as a folder: only one may be"
            reader.problems.append(
                layer.file(f"{document}{SUFFIX}").top.problem(Code.AMBIGUOUS_FILE, message)
            )
        if single:
            return number, (layer.file(f"{document}{SUFFIX}"),)
        if parts:
            return number, _parts(layer, document, reader)
    return None


def _parts(layer: Layer, document: str, reader: Reader) -> tuple[File, ...]:
    """The YAML files of a document that is a folder, sorted by name; anything else in it is a problem."""
    if objection := reader.outside(layer.file(document)):
        reader.problems.append(layer.file(document).top.problem(Code.OUTSIDE, *objection))
        return ()
    try:
        names = sorted(os.listdir(layer.folder / document))  # noqa: PTH208 - names, not paths
    except OSError as error:
        place = layer.file(document).top
        reader.problems.append(
            place.problem(Code.UNREADABLE, f"the folder cannot be listed: {error.strerror}")
        )
        return ()
    visible = [name for name in names if not name.startswith(".")]
    for name in visible:
        if Path(name).suffix not in BESIDE:
            place = layer.file(f"{document}/{name}").top
            hint = f"name it `{Path(name).stem}{SUFFIX}`, or move it away"
            reader.problems.append(place.problem(Code.STRAY_FILE, "nothing reads this file", hint))
    return tuple(layer.file(f"{document}/{name}") for name in visible if Path(name).suffix == SUFFIX)
