"""Lets gates run side by side as long as cores are free, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from toolchain.gates.listing import Gate

T = TypeVar("T")


def startable(waiting: Sequence[Gate], running: Sequence[Gate], cores: int) -> Gate | None:
    """The gate to start now, or None.

    It is the first whose forerunners have ended. Where cores are lacking for it none overtakes it, so that
    a gate which wants many is not put off for ever.
    """
    free = cores - sum(min(gate.cores, cores) for gate in running)
    under_way = {gate.name for gate in (*waiting, *running)}
    ready = next((gate for gate in waiting if under_way.isdisjoint(gate.after)), None)
    return ready if ready and min(ready.cores, cores) <= free else None


def run_all(gates: Sequence[Gate], cores: int, begin: Callable[[Gate], Callable[[], T]]) -> list[T]:
    """Begin every gate once; returns what came of them in the order of `gates`.

    Args:
        gates: what to run, in the order in which to begin.
        cores: how many this machine has.
        begin: called for one gate after the other; what it returns runs in a thread of its own.
    """
    waiting, ended = list(gates), {}
    running: dict[Future[T], Gate] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(gates))) as pool:
        while waiting or running:
            while gate := startable(waiting, list(running.values()), cores):
                waiting.remove(gate)
                running[pool.submit(begin(gate))] = gate
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                ended[running.pop(done).name] = done.result()
    return [ended[gate.name] for gate in gates]
