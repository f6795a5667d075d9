"""Carries out the orders that a running sender gets, each a JSON object on a line, each answered by a line.

| order | meaning |
|---|---|
| {"fast": ["host-a"]} | these hosts are probed often, all others seldom |
| {"mark": "wave 1"} | the report tells apart what comes from here to the next mark |
| {"add": {"streams": […], "connections": […]}} | begin these, as in the first document |
| {"end": ["stream"]} | send no more on these streams |
| {"enter": {"host-a": 4711}} | this host began anew: in the namespace of this process, or of this path |
| {"peek": true} | a report of all that is old enough to have been received |
| {"stop": true, "records": "path"} | wait for what is under way, report, end; records are kept if wanted |
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cmp.network.measurement.measures import Mark
from cmp.probes.datagrams import Lane
from cmp.probes.sender import Running
from cmp.probes.spec import place, routes, talks

Say = Callable[[Mapping[str, Any]], None]


def obey(running: Running, line: str, say: Say) -> bool:
    """Carry out one order and answer; True when the measuring has ended with it."""
    try:
        order = json.loads(line)
        if "stop" in order:
            _stop(running, order.get("records"), say)
            return True
        if "peek" in order:
            _peek(running, say)
            return False
        for verb, given in order.items():
            _ORDERS[verb](running, given)
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as problem:
        say({"refused": f"{line.strip():.200}: {problem!r}"})
        return False
    say({"ok": True, "at": running.hub.now()})
    return False


def _fast(running: Running, hosts: Iterable[str]) -> None:
    running.speed(hosts)


def _mark(running: Running, name: str) -> None:
    running.marks.append(Mark(str(name), running.hub.now()))


def _add(running: Running, given: Mapping[str, Any]) -> None:
    running.add(routes(given.get("streams", ())), talks(given.get("connections", ())))


def _end(running: Running, names: Iterable[str]) -> None:
    running.end(names)


def _enter(running: Running, places: Mapping[str, str | int]) -> None:
    for host, given in places.items():
        running.enter(host, place(given))


_ORDERS: Mapping[str, Callable[[Running, Any], None]] = {
    "fast": _fast,
    "mark": _mark,
    "add": _add,
    "end": _end,
    "enter": _enter,
}


def _peek(running: Running, say: Say) -> None:
    """Report from a copy of this process, so that sending goes on meanwhile; the copy is collected later."""
    until = max(0.0, running.hub.now() - running.spec.grace)
    if os.fork():
        return
    try:
        say({"report": asdict(running.report(until))})
    finally:
        os._exit(0)


def collect() -> None:
    """Let the copies go that have reported."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _stop(running: Running, records: str | None, say: Say) -> None:
    until = running.hub.now()
    running.drain()
    if records:
        write_records(Path(records), running.lanes.values())
    say({"report": asdict(running.report(until))})


def write_records(path: Path, lanes: Iterable[Lane]) -> None:
    """Keep every probe: a line of JSON that says what follows, then for each stream its times as doubles.

    First the moments of sending, then those of receipt (NaN: lost), seconds in this machine's byte order.
    """
    every = tuple(lanes)
    head = [
        {**asdict(lane.stream), "probes": len(lane.track.sent), "periods": lane.track.periods}
        for lane in every
    ]
    with path.open("wb") as out:
        out.write(json.dumps(head).encode() + b"\n")
        for lane in every:
            lane.track.sent.tofile(out)
            lane.track.received.tofile(out)
