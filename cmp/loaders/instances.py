"""Reads instances and assignments of the public machine reassignment problem (ROADEF/EURO 2012)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp.errors import Invalid
from cmp.errors import Problem as Mistake
from cmp.scheduler.assigning.problem import Numbers, Problem
from cmp.sentences import Sentence

LARGEST = 2**32 - 1
"""The format's values are unsigned 32-bit integers."""
REMEDY = "take the file from the benchmark's instances anew"


@dataclass(slots=True)
class _Reader:
    """Hands out the integers of a file in order and says where something is wrong with one."""

    path: Path
    text: bytes
    values: Numbers
    position: int = 0

    def take(self, count: int, what: str) -> Numbers:
        """The next integers, which are what the sentence says."""
        end = self.position + count
        if end > self.values.size:
            missing = end - self.values.size
            raise self.wrong(
                self.values.size, "reassignment-truncated", f"the file ends {missing} values early, in {what}"
            )
        taken = self.values[self.position : end]
        self.position = end
        return taken

    def count(self, what: str) -> int:
        """How many of something follow."""
        return int(self.take(1, f"the number of {what}")[0])

    def below(self, limit: int, at: int, values: Numbers, what: str) -> None:
        """Refuse an index that is not below a limit; `at` is where the first value stands."""
        over = np.flatnonzero(values >= limit)
        if over.size:
            index = int(over[0])
            said = f"{what} {int(values[index])} where only 0 to {limit - 1} exist"
            raise self.wrong(at + index, "reassignment-index", said)

    def wrong(self, index: int, code: str, message: str) -> Invalid:
        """A refusal that points at a value by its index from 0, or at the end of the file."""
        line, column = place(self.text, index)
        mistake = Mistake(str(self.path), line, column, code, f"{message} (value {index + 1})", REMEDY)
        return Invalid(
            Sentence("{path} cannot be used: {message}", path=self.path, message=message),
            (mistake,),
            hint=REMEDY,
        )


def read_instance(model: Path, initial: Path) -> Problem:
    """The problem that a model file and the file of its initial assignment pose.

    Raises:
        Invalid: one of them cannot be read; with file, line, column and remedy.
    """
    reader = _open(model, "the model")
    transient, load_weight = _resources(reader)
    resources = load_weight.size
    machines, block = _machines(reader, resources)
    spread, depends = _services(reader)
    count = reader.count("processes")
    start = reader.position
    rows = reader.take(count * (resources + 2), "the processes").reshape(count, resources + 2)
    _check_column(reader, start, rows, spread.size, "service")
    balances = _balances(reader, resources)
    item_weight, service_weight, machine_weight = reader.take(3, "the weights of moves").tolist()
    if reader.position < reader.values.size:
        more = reader.values.size - reader.position
        raise reader.wrong(reader.position, "reassignment-left-over", f"{more} values are left over")
    return Problem(
        need=rows[:, 1:-1],
        capacity=block[:, 2 : 2 + resources],
        safe=block[:, 2 + resources : 2 + 2 * resources],
        transient=transient,
        load_weight=load_weight,
        balances=balances,
        location=np.unique(block[:, 1], return_inverse=True)[1].astype(np.int64),
        neighbourhood=np.unique(block[:, 0], return_inverse=True)[1].astype(np.int64),
        service=rows[:, 0],
        spread=spread,
        depends=depends,
        home=read_assignment(initial, count, machines),
        item_move=rows[:, -1] * item_weight,
        machine_move=block[:, 2 + 2 * resources :] * machine_weight,
        service_move=service_weight,
    )


def read_assignment(path: Path, items: int, machines: int) -> Numbers:
    """The machine of every process, from a file with as many numbers.

    Raises:
        Invalid: it cannot be read, has too few or too many numbers, or names a machine that is not there.
    """
    reader = _open(path, "the assignment")
    found = reader.take(items, f"the machines of {items} processes")
    if reader.values.size > items:
        more = reader.values.size - items
        raise reader.wrong(items, "reassignment-left-over", f"{more} values more than there are processes")
    reader.below(machines, 0, found, "machine")
    return found


def written(assignment: Numbers) -> bytes:
    """An assignment in the form that `read_assignment` and the benchmark's checkers read."""
    return (" ".join(map(str, assignment.tolist())) + "\n").encode("ascii")


def _open(path: Path, what: str) -> _Reader:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Invalid(
            Sentence("cannot read {what} {path}: {strerror}", what=what, path=path, strerror=error.strerror),
            hint="name a file that is there",
        ) from error
    tokens = text.split()
    reader = _Reader(path, text, np.zeros(len(tokens), dtype=np.int64))
    for index, token in enumerate(tokens):
        if not token.isdigit() or len(token) > len(str(LARGEST)) or int(token) > LARGEST:
            said = f"{token[:20].decode(errors='replace')!r} is no integer from 0 to {LARGEST}"
            raise reader.wrong(index, "reassignment-value", said)
    reader.values[:] = np.array(tokens, dtype=np.bytes_).astype(np.int64)
    return reader


def _resources(reader: _Reader) -> tuple[NDArray[np.bool_], Numbers]:
    count = reader.count("resources")
    start = reader.position
    rows = reader.take(2 * count, "the resources").reshape(count, 2)
    _check_column(reader, start, rows, 2, "mark of a transient resource")
    return rows[:, 0] == 1, rows[:, 1]


def _machines(reader: _Reader, resources: int) -> tuple[int, Numbers]:
    count = reader.count("machines")
    width = 2 + 2 * resources + count
    start = reader.position
    block = reader.take(count * width, "the machines").reshape(count, width)
    stays = np.flatnonzero(np.diagonal(block[:, 2 + 2 * resources :]))
    if stays.size:
        machine = int(stays[0])
        at = start + machine * width + 2 + 2 * resources + machine
        raise reader.wrong(at, "reassignment-diagonal", f"staying on machine {machine} has a cost")
    return count, block


def _services(reader: _Reader) -> tuple[Numbers, Numbers]:
    count = reader.count("services")
    spread = np.zeros(count, dtype=np.int64)
    pairs: list[tuple[int, int]] = []
    for service in range(count):
        spread[service], length = reader.take(2, f"service {service}").tolist()
        start = reader.position
        others = reader.take(length, f"the dependencies of service {service}")
        reader.below(count, start, others, "service")
        pairs.extend((service, other) for other in others.tolist())
    return spread, np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _balances(reader: _Reader, resources: int) -> Numbers:
    count = reader.count("balance costs")
    start = reader.position
    rows = reader.take(4 * count, "the balance costs").reshape(count, 4)
    for column in (0, 1):
        _check_column(reader, start + column, rows[:, column:], resources, "resource", width=4)
    return rows


def _check_column(
    reader: _Reader, start: int, rows: Numbers, limit: int, what: str, *, width: int = 0
) -> None:
    """Refuse rows whose first column is not below a limit."""
    over = np.flatnonzero(rows[:, 0] >= limit)
    if over.size:
        row = int(over[0])
        said = f"{what} {int(rows[row, 0])} where only 0 to {limit - 1} exist"
        raise reader.wrong(start + row * (width or rows.shape[1]), "reassignment-index", said)


def place(text: bytes, index: int) -> tuple[int, int]:
    """Line and column, from 1, of the value with an index in a text, or of the text's end."""
    start = len(text)
    for number, match in enumerate(re.finditer(rb"\S+", text)):
        if number == index:
            start = match.start()
            break
    line = text.count(b"\n", 0, start) + 1
    return line, start - (text.rfind(b"\n", 0, start) + 1) + 1
