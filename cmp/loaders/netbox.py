"""Reads tables with NetBox's columns from CSV or JSON; rows keep their lines, all problems come at once."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Final

from cmp.errors import Invalid, Problem
from cmp.files.placing import read_given
from cmp.model.addresses import GLOBAL, Holding, Region
from cmp.model.json_texts import Malformed, parsed
from cmp.model.named_file import NamedFile
from cmp.network.addresses.cells import unquoted
from cmp.network.addresses.netbox import (
    ADDRESSES,
    COLUMNS,
    LEFT_OUT,
    PREFIXES,
    VRFS,
    column,
    flat,
    holding_of,
    region_name,
    region_of,
)
from cmp.sentences import Sentence

TABLES: Final = (VRFS, PREFIXES, ADDRESSES)
RESULTS: Final = "results"
PAGE: Final = frozenset({"count", "next", "previous", RESULTS})
"""What NetBox's REST interface answers with: one page of a list."""
_QUOTED: Final = re.compile(r'"[^"]*"')
_MERGED: Final = (
    "no vrf is named here, but `{vrf}` above: write it in each row that was merged, else `global`"
)
SPACE: Final = re.compile(r"[ \t\r\n,:]*")
CODE: Final = "import"


@dataclass(frozen=True, slots=True)
class LinePlace:
    """A line of a file, counted from 1."""

    file: str
    line: int

    def problem(self, message: str) -> Problem:
        """A problem there."""
        return Problem(self.file, self.line, 1, CODE, message)


@dataclass(slots=True)
class NetboxTables:
    """What was read: regions, holdings with the place of each, and what is wrong."""

    regions: list[Region] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    places: list[LinePlace] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def handed(path: Path) -> tuple[NamedFile, ...]:
    """A folder's CSV files that are named as NetBox's tables, or the one file that a path is.

    Raises:
        Invalid: there is nothing to read, or a file cannot be read.
    """
    files = [path / f"{table}.csv" for table in TABLES] if path.is_dir() else [path]
    files = [file for file in files if file.is_file()]
    if not files:
        raise Invalid(
            Sentence("{path} holds no table", path=path),
            hint=Sentence("{names}, or JSON", names=", ".join(f"{table}.csv" for table in TABLES)),
        )
    try:
        return tuple(NamedFile(str(file), read_given(file)) for file in files)
    except (OSError, ValueError) as error:
        raise Invalid(Sentence("cannot read {file}: {error}", file=path, error=error)) from error


def read(files: Sequence[NamedFile]) -> NetboxTables:
    """Read CSV files named as NetBox's tables, or JSON documents with them.

    Raises:
        Invalid: one of them is no text.
    """
    found = NetboxTables()
    for file in files:
        text = text_of(file)
        rows = _json if file.last.endswith(".json") else _csv
        for table, place, row in rows(file.name, text, found):
            _keep(table, place, row, found)
    return found


def text_of(file: NamedFile) -> str:
    """The text of a file in UTF-8, UTF-16 or GB18030: the first by its mark or by being it, else the last.

    Raises:
        Invalid: it is none of them.
    """
    data = file.content
    marked = data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(
        Sentence("{file} is no text", file=file.name),
        hint="save it as UTF-8, as spreadsheets offer under `CSV UTF-8`",
    )


def _keep(table: str, place: LinePlace, row: Mapping[str, str], found: NetboxTables) -> None:
    try:
        if table == VRFS:
            found.regions.append(region_of(row))
        else:
            found.holdings.append(holding_of(table, row))
            found.places.append(place)
    except ValueError as error:
        found.problems.append(place.problem(str(error)))


def _csv(file: str, text: str, found: NetboxTables) -> Iterator[tuple[str, LinePlace, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    line, vrf = 1, ""
    try:
        header = [column(cell) for cell in next(reader, [])]
        table = PurePath(file).stem if PurePath(file).stem in TABLES else _table_of(header)
        wrong = list(_unknown(LinePlace(file, 1), table, header))
        found.problems += wrong
        if COLUMNS[table][0] not in header:
            return  # without it each row would be told as well
        line = reader.line_num + 1
        for cells in reader:
            place = LinePlace(file, line)
            line = reader.line_num + 1
            if not any(cells):
                continue
            if len(cells) != len(header):
                found.problems.append(place.problem(f"{len(cells)} cells, but {len(header)} columns"))
                continue
            row = {name: _said(unquoted(cell)) for name, cell in zip(header, cells, strict=True)}
            if vrf and "vrf" in row and not row["vrf"].strip():
                found.problems.append(place.problem(_MERGED.format(vrf=vrf)))
                continue
            named = row.get("vrf", "").strip()
            vrf = named if named and region_name(named) != GLOBAL else vrf
            yield table, place, row
    except csv.Error as error:
        found.problems.append(LinePlace(file, line).problem(f"no CSV: {error}"))


def _delimiter(text: str) -> str:
    """What stands between the cells: the one of comma, semicolon and tab that the first line has most of."""
    first = _QUOTED.sub("", text.partition("\n")[0])
    return max(",;\t", key=first.count)


def _said(cell: str) -> str:
    """What a cell says; tables show a dash where there is nothing."""
    return "" if cell == "—" else cell


def _table_of(header: Sequence[str]) -> str:
    if "prefix" in header:
        return PREFIXES
    return ADDRESSES if "address" in header else VRFS


def _unknown(place: LinePlace, table: str, header: Sequence[str]) -> Iterator[Problem]:
    first = COLUMNS[table][0]
    if first not in header:
        yield place.problem(f"the column `{first}` is missing: {', '.join(header)} are there")
        return
    for name in header:
        if name not in COLUMNS[table] and name not in LEFT_OUT and not name.startswith("cf_"):
            yield place.problem(f"there is no column `{name}` in {table}")
        elif header.count(name) > 1 and name in COLUMNS[table]:
            yield place.problem(f"the column `{name}` is there twice")
            return


def _json(file: str, text: str, found: NetboxTables) -> Iterator[tuple[str, LinePlace, Mapping[str, str]]]:
    try:
        document = parsed(text)
    except Malformed as error:
        found.problems.append(LinePlace(file, error.line).problem(f"no JSON: {error.reason}"))
        return
    if not isinstance(document, dict) or not set(document) <= {*TABLES, *PAGE}:
        told = f"neither a mapping of {', '.join(TABLES)} nor a page of NetBox with `results`"
        found.problems.append(LinePlace(file, 1).problem(told))
        return
    if document.get("next"):
        told = "this page has others behind it (`next`): ask NetBox for all with ?limit=0"
        found.problems.append(LinePlace(file, 1).problem(told))
    for key, offset, shown in _rows(text):
        if key in PAGE and key != RESULTS:
            continue
        place = LinePlace(file, text.count("\n", 0, offset) + 1)
        table = _table_of(list(shown)) if key == RESULTS and isinstance(shown, dict) else key
        if not isinstance(shown, dict):
            found.problems.append(place.problem(f"a row of {table} is no mapping"))
        else:
            yield table, place, flat(shown)


def _rows(text: str) -> Iterator[tuple[str, int, Any]]:
    """Every row of a well-formed document, or what else a name holds, with the place where it begins."""
    decode = json.JSONDecoder().raw_decode
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        table, at = decode(text, at)
        at = _skip(text, at)
        if text[at] != "[":
            row, after = decode(text, at)
            yield table, at, row
            at = _skip(text, after)
            continue
        at = _skip(text, at + 1)
        while text[at] != "]":
            row, after = decode(text, at)
            yield table, at, row
            at = _skip(text, after)
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at
