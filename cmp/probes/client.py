"""Starts a sender of probes, on this machine or behind a door, and gives it orders."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self, cast

from pydantic import TypeAdapter, ValidationError

from cmp.errors import Invalid, TryLater
from cmp.network.measurement.measures import Report
from cmp.probes.doors import behind, parcel
from cmp.probes.spec import Route, Spec, Talk
from cmp.sentences import Sentence

_REPORT: Final = TypeAdapter(Report)
_GRACE_SECONDS: Final = 5.0


class Probes:
    """A sender that runs until `stop`, or until this object is left or its process ends.

    `door` is a command that another command is put behind, such as ("nsenter", "-t", "4711", "-n"); where it
    leads only the Python that `python` names is needed. Orders wait at most `patience` seconds for their
    answer.
    """

    def __init__(
        self, spec: Spec, door: Sequence[str] = (), *, python: str = sys.executable, patience: float = 60.0
    ) -> None:
        self._patience = patience
        self._rest = b""
        self._process = subprocess.Popen(
            behind(door, "cmp.probes", python), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._order(spec.document(), first=parcel())

    def fast(self, hosts: Iterable[str]) -> None:
        """Probe these hosts often, and all others seldom."""
        self._order({"fast": sorted(hosts)})

    def mark(self, name: str) -> float:
        """Begin a part of the report; returns its moment in seconds since the start."""
        return float(self._order({"mark": name})["at"])

    def add(self, routes: Iterable[Route] = (), talks: Iterable[Talk] = ()) -> None:
        """Begin more streams and connections."""
        document = Spec(routes=tuple(routes), talks=tuple(talks)).document()
        self._order({"add": {name: document[name] for name in ("streams", "connections")}})

    def end(self, streams: Iterable[str]) -> None:
        """Send no more on these streams; what they showed stays in the report."""
        self._order({"end": sorted(streams)})

    def enter(self, places: Mapping[str, str | int]) -> None:
        """Say in which namespaces hosts are that were started anew: a process id or a path."""
        self._order({"enter": dict(places)})

    def peek(self) -> Report:
        """What has been seen until a grace time ago, while sending goes on."""
        return _report(self._order({"peek": True}))

    def stop(self, records: Path | None = None) -> Report:
        """End the measuring and give its report; with `records`, keep every probe in that file."""
        order: dict[str, Any] = {"stop": True}
        if records:
            order["records"] = str(records)
        report = _report(self._order(order))
        self.close()
        return report

    def close(self) -> None:
        """End the sender without a report; harmless when it has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        """Close the sender where this block is left."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _order(self, order: Mapping[str, Any], first: bytes = b"") -> Mapping[str, Any]:
        """Give an order, with something before it, and read the answer.

        Raises:
            TryLater: the sender is gone or does not answer.
            Invalid: it refused the order.
        """
        pipe = self._process.stdin
        try:
            if pipe is None or pipe.closed:
                raise TryLater("the sender of probes has ended")
            pipe.write(first + json.dumps(order).encode() + b"\n")
            pipe.flush()
            answer = json.loads(self._line())
        except (OSError, ValueError) as problem:
            self.close()
            raise TryLater(
                Sentence("the sender of probes does not answer: {problem}", problem=problem)
            ) from problem
        if "refused" in answer:
            raise Invalid(Sentence("the sender of probes refused: {answer}", answer=answer["refused"]))
        return cast("Mapping[str, Any]", answer)

    def _line(self) -> bytes:
        """The next line of the sender's.

        Raises:
            OSError: it ended, or said nothing in time.
        """
        out, deadline = self._process.stdout, monotonic() + self._patience
        if out is None:
            raise BrokenPipeError("it was closed")
        waiting = select.poll()
        waiting.register(out, select.POLLIN)
        while b"\n" not in self._rest:
            if not waiting.poll(1000 * max(0.0, deadline - monotonic())):
                raise TimeoutError(f"nothing within {self._patience:.0f} s")
            data = out.read1(65536)  # type: ignore[attr-defined]
            if not data:
                raise BrokenPipeError("it ended")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def _report(answer: Mapping[str, Any]) -> Report:
    try:
        return _REPORT.validate_python(answer["report"])
    except (KeyError, ValidationError) as problem:
        raise TryLater(
            Sentence("the sender of probes answered something else: {problem}", problem=problem)
        ) from problem
