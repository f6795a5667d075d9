"""Reads the files that components name as `init`: what a server runs at first boot."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final

from cmp.loaders.hints import did_you_mean
from cmp.loaders.layering import Layer, listing
from cmp.loaders.reading import Reader
from cmp.model.codes import Code
from cmp.model.workload import Workload
from cmp.ports.tree import Node, Place, locate

LARGEST: Final = 16 * 1024
"""Bytes; the smallest limit on user data among the clouds we drive."""


def read_init_files(
    workloads: Sequence[Workload], tree: Node, layers: Sequence[Layer], reader: Reader
) -> Mapping[str, str]:
    """The text of every init file by the name components give it; problems go to the reader.

    `tree` is that of the workloads, with the same indices.
    """
    texts: dict[str, str] = {}
    refused: set[str] = set()
    for index, workload in enumerate(workloads):
        for number, component in enumerate(workload.components):
            name = component.init
            if name is None or name in texts or name in refused:
                continue
            place = locate(tree, ("workloads", index, "components", number, "init"))
            text = _read(name, place, layers, reader)
            if text is None:
                refused.add(name)
            else:
                texts[name] = text
    return texts


def _read(name: str, place: Place, layers: Sequence[Layer], reader: Reader) -> str | None:
    if os.path.normpath(name).startswith(".."):
        message = f"`{name}` lies outside the environment"
        reader.problems.append(place.problem(Code.INIT_FILE, message, "put it into the environment's folder"))
        return None
    layer = next((layer for layer in layers if os.path.lexists(layer.folder / name)), None)
    if layer is None:
        folder, beside = os.path.split(name)
        hint = did_you_mean(beside, listing(layers[0].folder / folder))
        reader.problems.append(place.problem(Code.MISSING_FILE, f"there is no file `{name}`", hint))
        return None
    file = layer.file(name)
    if objection := reader.outside(file):
        reader.problems.append(place.problem(Code.OUTSIDE, *objection))
        return None
    return reader.text(file, LARGEST)
