"""Tries the paths between a host and a station, with one program behind the door of each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from cmp.errors import TryLater
from cmp.network.measurement.path_mtu import SIZES, Bulk, Direction, Path
from cmp.probes.doors import ask, behind, parcel
from cmp.sentences import Sentence

_PROGRAM: Final = "cmp.probes.path"
_BULK: Final = 300_000
_LEAST_SECONDS: Final = 15.0
_SECONDS_PER_PATH: Final = 20.0
_GRACE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class End:
    """One end of paths: its name, the door to it, and its addresses by family."""

    name: str
    door: Sequence[str]
    addresses: Mapping[int, str]


def paths(host: End, station: End, sizes: Sequence[int] = SIZES, bulk: int = _BULK) -> tuple[Path, ...]:
    """What passes between a host and a station, in each family that both have an address of.

    Sizes are those of whole packets in bytes; `bulk` is how many bytes TCP is to carry each way.

    Raises:
        TryLater: a door does not open, or an end lacks its address.
    """
    families = sorted(set(host.addresses) & set(station.addresses))
    with _serving(host, [host.addresses[family] for family in families]) as ports:
        ways = [
            {"bind": station.addresses[family], "target": there, "port": ports[there]}
            for family in families
            for there in [host.addresses[family]]
        ]
        seconds = _LEAST_SECONDS + _SECONDS_PER_PATH * len(ways)
        document = {"ask": ways, "sizes": list(sizes), "bulk": bulk}
        found = ask(station.door, _PROGRAM, document, seconds=seconds)["paths"]
    return tuple(
        Path(
            host.name, host.addresses[family], family, to_station=_way(each["down"]), to_host=_way(each["up"])
        )
        for family, each in zip(families, found, strict=True)
    )


@contextmanager
def _serving(host: End, addresses: list[str]) -> Iterator[Mapping[str, int]]:
    """Have the far end answer meanwhile; gives its port by address.

    Raises:
        TryLater: it does not begin.
    """
    with subprocess.Popen(
        behind(host.door, _PROGRAM, sys.executable), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as far:
        try:
            yield _begun(far, addresses)
        finally:
            if far.stdin:
                far.stdin.close()
            try:
                far.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                far.kill()


def _begun(far: subprocess.Popen[bytes], addresses: list[str]) -> Mapping[str, int]:
    answer: dict[str, Any] = {}
    try:
        if far.stdin and far.stdout:
            far.stdin.write(parcel() + json.dumps({"serve": addresses}).encode() + b"\n")
            far.stdin.flush()
            answer = json.loads(far.stdout.readline() or b"{}")
    except (OSError, ValueError) as problem:
        raise TryLater(
            Sentence("the far end of the path does not answer: {problem}", problem=problem)
        ) from problem
    if "ports" not in answer:
        raise TryLater(
            Sentence("the far end of the path does not serve: {get}", get=answer.get("refused", "it ended"))
        )
    ports: Mapping[str, int] = answer["ports"]
    return ports


def _way(given: Mapping[str, Any]) -> Direction:
    bulk = given["bulk"]
    return Direction(
        {int(size): passed for size, passed in given["sizes"].items()}, Bulk(**bulk) if bulk else None
    )
