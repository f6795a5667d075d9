"""Writes all addresses for NetBox and reads them from it: a file is taken over whole, or nothing of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import Invalid, Problem
from cmp.loaders import netbox as tables
from cmp.loaders.netbox import LinePlace
from cmp.model.addresses import GLOBAL, Holding, Region
from cmp.model.named_file import NamedFile
from cmp.network.addresses.cells import quoted
from cmp.network.addresses.netbox import COLUMNS, VRFS, nested, rows_of, vrf_row
from cmp.network.addresses.tree import key_of, objections
from cmp.ports.addresses import AddressChange, Addresses
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Taken:
    """How many holdings a file had, how many of them are new, and which."""

    read: int
    new: int
    added: tuple[Holding, ...] = ()


def export(store: Addresses, kind: str) -> tuple[NamedFile, ...]:
    """Three CSV files, or one JSON document."""
    rows = {VRFS: [vrf_row(region) for region in store.regions() if region.name != GLOBAL]}
    rows |= rows_of(store.holdings())
    if kind == "json":
        return (NamedFile("netbox.json", _json(rows).encode()),)
    return tuple(
        NamedFile(f"{table}.csv", _csv(COLUMNS[table], found).encode()) for table, found in rows.items()
    )


def take_over(store: Addresses, files: Sequence[NamedFile], *, dry: bool) -> Taken:
    """Read files and add what they hold; with `dry` only say what would be new.

    Raises:
        Invalid: something is wrong; every problem is told with its line, and nothing is changed.
    """
    found = tables.read(files)
    known = {region.name for region in store.regions()} | {region.name for region in found.regions}
    regions = list(found.regions)
    if GLOBAL not in known and any(each.region == GLOBAL for each in found.holdings):
        regions.append(Region(name=GLOBAL))
        known.add(GLOBAL)
    held = store.holdings()
    there = set(held)
    new = [index for index, holding in enumerate(found.holdings) if holding not in there]
    problems = list(found.problems)
    objected = objections(held, [found.holdings[index] for index in new], known)
    problems += _once((found.places[new[each.index]], each.sentence) for each in objected)
    if problems:
        raise Invalid(_sentence(files, problems), problems)
    if not dry:
        store.change(AddressChange(tuple(regions), tuple(found.holdings[index] for index in new)))
    added = {key_of(found.holdings[index]): found.holdings[index] for index in new}
    return Taken(len(found.holdings), len(added), tuple(added.values()))


def _once(told: Iterable[tuple[LinePlace, str]]) -> Iterator[Problem]:
    """One problem for each line, and one for what many lines have wrong together."""
    first: dict[LinePlace, str] = {}
    for place, sentence in told:
        first.setdefault(place, sentence)
    lines: dict[str, list[LinePlace]] = {}
    for place, sentence in first.items():
        lines.setdefault(sentence, []).append(place)
    for sentence, places in lines.items():
        more = f" (and in {len(places) - 1} more rows)" if len(places) > 1 else ""
        yield min(places, key=lambda each: (each.file, each.line)).problem(sentence + more)


def _sentence(files: Sequence[NamedFile], problems: Sequence[Problem]) -> Sentence:
    names = files[0].name if len(files) == 1 else files[0].folder
    if len(problems) == 1:
        return Sentence("{names} has 1 problem; nothing was changed", names=names)
    return Sentence("{names} has {count} problems; nothing was changed", names=names, count=len(problems))


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: quoted(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue()


def _json(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """One line a row, so that a problem has a line."""
    parts = []
    for table, found in rows.items():
        lines = ",\n".join("  " + json.dumps(nested(table, row), ensure_ascii=False) for row in found)
        parts.append(f' "{table}": [\n{lines}\n ]' if found else f' "{table}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"
