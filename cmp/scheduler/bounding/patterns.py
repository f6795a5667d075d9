"""Packs hosts by patterns: fillings of a host that are used several times, chosen by column generation.

Putting the largest replica first wastes about a tenth of the hosts where vCPU and memory are both full. The
linear program of Gilmore and Gomory over all fillings of a host, rounded down, wastes about a host a pool.
"""

from __future__ import annotations

from typing import NamedTuple

import highspy
import numpy as np

from cmp.scheduler.bounding.arrays import F8, I8, NANO
from cmp.scheduler.bounding.relaxing import Program, solution, solve, solver_of
from cmp.scheduler.compiled import compiled

FINEST = 192
"""Steps that a host's vCPU and memory are cut into at most; sizes are rounded up to whole steps."""
ROUNDS = 60
"""How often better fillings are looked for."""
CLEARLY = 1e-6
"""By which share a filling has to be worth more than a host to be taken in."""
STEP_DOWN, STEP_BACK, NOTHING = -2, -3, -1


class _Grid(NamedTuple):
    """Sizes in steps of vCPU and memory, and a host."""

    vcpus: I8
    memory: I8
    host: tuple[int, int]


def packed(sizes: I8, counts: I8, host: I8) -> list[I8]:
    """Hosts, as few as it finds, each with its replicas of every size; together they hold all.

    Args:
        sizes: a row for each size: thousandths of a vCPU, MiB, GiB of disk, accelerators; none above a host.
        counts: replicas of each size.
        host: what one host has of each resource.
    """
    running = np.flatnonzero((sizes[:, 0] + sizes[:, 1] > 0) & (counts > 0))
    hosts: list[I8] = []
    left = counts.copy()
    if len(running):
        for pattern, times in _chosen(sizes[running], counts[running], host):
            for _ in range(times):
                filling = np.zeros(len(counts), dtype=np.int64)
                filling[running] = pattern
                filling = np.minimum(filling, left)
                if filling.any() and (filling @ sizes <= host).all():
                    hosts.append(filling)
                    left = left - filling
    return _rest(sizes, left, host, hosts)


def _chosen(sizes: I8, counts: I8, host: I8) -> list[tuple[I8, int]]:
    """Fillings with how often each is used at least."""
    grid = _grid(sizes, host)
    program, fillings = Program(), []
    lines = [program.row(float(count), highspy.kHighsInf) for count in counts]
    for place in range(len(counts)):
        fillings.append(_alone(grid, place))
        program.column(1.0, [(lines[place], float(fillings[-1][place]))])
    solver = solver_of(program)
    for _ in range(ROUNDS):
        worth = np.floor(np.maximum(solve(solver), 0) * NANO).astype(np.int64)
        filling = np.zeros(len(counts), dtype=np.int64)
        if _knapsack(grid.vcpus, grid.memory, worth, grid.host, filling) <= NANO * (1 + CLEARLY):
            break
        there = np.flatnonzero(filling).astype(np.int32)
        fillings.append(filling)
        solver.addCol(1.0, 0.0, highspy.kHighsInf, len(there), there, filling[there].astype(float))
    used: F8 = solution(solver)
    return [(filling, int(times + CLEARLY)) for filling, times in zip(fillings, used, strict=True)]


def _grid(sizes: I8, host: I8) -> _Grid:
    """The grid: as coarse as sizes allow, never finer than `FINEST` steps."""
    steps = []
    for resource in range(2):
        common = max(1, int(np.gcd.reduce(sizes[:, resource])))
        steps.append(common if int(host[resource]) // common <= FINEST else -(-int(host[resource]) // FINEST))
    room = int(host[0]) // steps[0], int(host[1]) // steps[1]
    return _Grid(-(-sizes[:, 0] // steps[0]), -(-sizes[:, 1] // steps[1]), room)


def _alone(grid: _Grid, place: int) -> I8:
    """A host full of replicas of one size."""
    filling = np.zeros(len(grid.vcpus), dtype=np.int64)
    sizes = int(grid.vcpus[place]), int(grid.memory[place])
    filling[place] = max(1, min(room // size for room, size in zip(grid.host, sizes, strict=True) if size))
    return filling


def _rest(sizes: I8, left: I8, host: I8, hosts: list[I8]) -> list[I8]:
    """The hosts with what is left, largest first, each where the least room remains."""
    free = [host - filling @ sizes for filling in hosts]
    share = (sizes / np.maximum(host, 1)).max(axis=1)
    for size in sorted(range(len(left)), key=lambda each: (-share[each], each)):
        for _ in range(int(left[size])):
            room = [
                (float(((there - sizes[size]) / np.maximum(host, 1)).sum()), number)
                for number, there in enumerate(free)
                if (there >= sizes[size]).all()
            ]
            number = min(room)[1] if room else len(hosts)
            if not room:
                hosts.append(np.zeros(len(left), dtype=np.int64))
                free.append(host.copy())
            hosts[number] = hosts[number] + (np.arange(len(left)) == size)
            free[number] = free[number] - sizes[size]
    return hosts


@compiled
def _knapsack(vcpus: I8, memory: I8, worth: I8, host: tuple[int, int], filling: I8) -> int:
    """The filling of a host that is worth most, exactly, in whole steps."""
    best = np.zeros((host[0] + 1, host[1] + 1), dtype=np.int64)
    last = np.full((host[0] + 1, host[1] + 1), NOTHING, dtype=np.int64)
    for first in range(host[0] + 1):
        for second in range(host[1] + 1):
            if first > 0 and best[first - 1, second] > best[first, second]:
                best[first, second], last[first, second] = best[first - 1, second], STEP_DOWN
            if second > 0 and best[first, second - 1] > best[first, second]:
                best[first, second], last[first, second] = best[first, second - 1], STEP_BACK
            for size in range(worth.shape[0]):
                if vcpus[size] <= first and memory[size] <= second:
                    here = best[first - vcpus[size], second - memory[size]] + worth[size]
                    if here > best[first, second]:
                        best[first, second], last[first, second] = here, size
    first, second = host
    while last[first, second] != NOTHING:
        size = last[first, second]
        if size == STEP_DOWN:
            first -= 1
        elif size == STEP_BACK:
            second -= 1
        else:
            filling[size] += 1
            first -= vcpus[size]
            second -= memory[size]
    return int(best[host[0], host[1]])
