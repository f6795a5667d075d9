"""Tries many drawn hosts beside each other, writes each outcome down, and goes on where a run ended."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path

from support.random_hosts.kinds import kind_of
from support.random_hosts.trying import Outcome

MOST_REFUSED = 0.2
Say = Callable[[str], None]


def run(
    numbers: Sequence[int], kept: Path, workers: int, say: Say, attempt: Callable[[int], Outcome]
) -> list[Outcome]:
    """The outcome of every number; those that the file holds already are not tried again."""
    known = {outcome.number: outcome for outcome in _read(kept)}
    waiting = [number for number in numbers if number not in known]
    if known:
        say(f"{len(numbers) - len(waiting)} of {len(numbers)} hosts were tried before: {kept}")
    began = time.monotonic()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(workers) as pool, kept.open("a") as file:
        running: dict[Future[Outcome], int] = {}
        done = 0
        while waiting or running:
            while waiting and len(running) < workers:
                number = waiting.pop(0)
                running[pool.submit(attempt, number)] = number
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(future)
                known[number] = _outcome(future, number)
                file.write(json.dumps(asdict(known[number])) + "\n")
                file.flush()
                done += 1
                for wrong in known[number].wrong[:5]:
                    say(f"host {number}: {wrong}")
                if done % 25 == 0:
                    say(f"{done} hosts tried in {time.monotonic() - began:.0f} s, {len(waiting)} to go")
    return [known[number] for number in numbers]


def run_groups(
    numbers: Sequence[int],
    together: int,
    kept: Path,
    say: Say,
    attempt: Callable[[Sequence[int]], Sequence[Outcome]],
) -> list[Outcome]:
    """The same of hosts that are tried together, group after group."""
    known = {outcome.number: outcome for outcome in _read(kept)}
    kept.parent.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(numbers), together):
        group = numbers[start : start + together]
        if set(group) <= set(known):
            say(f"hosts {group[0]} to {group[-1]} were tried before: {kept}")
            continue
        began = time.monotonic()
        outcomes = attempt(group)
        known.update({outcome.number: outcome for outcome in outcomes})
        with kept.open("a") as file:
            file.writelines(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes)
        for outcome in outcomes:
            for wrong in outcome.wrong[:5]:
                say(f"booted host {outcome.number}: {wrong}")
        say(f"booted hosts {group[0]} to {group[-1]} tried in {time.monotonic() - began:.0f} s")
    return [known[number] for number in numbers]


def figures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What a run comes to, in lines; the numbers of hosts that went wrong try these again."""
    refused = [outcome for outcome in outcomes if outcome.refused]
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    share = len(refused) / max(len(outcomes), 1)
    well = len(outcomes) - len(refused) - len(wrong)
    yield (
        f"{len(outcomes)} hosts: {well} as they were, {len(refused)} refused at assess ({share:.1%}),"
        f" {len(wrong)} wrong"
    )
    kinds = Counter(
        kind for outcome in refused for kind in {kind_of(each) or each for each in outcome.refused}
    )
    yield from (f"  refused, {kind}: {number}" for kind, number in kinds.most_common())
    if wrong:
        yield f"  wrong: {' '.join(str(outcome.number) for outcome in wrong)}"


def faults(outcomes: Sequence[Outcome]) -> list[str]:
    """Why a run has not shown what is promised; nothing where it has."""
    found = [f"host {outcome.number}: {each}" for outcome in outcomes for each in outcome.wrong]
    found += [
        f"host {outcome.number}: refused for what docs/network-migration.md does not list: {each}"
        for outcome in outcomes
        for each in outcome.refused
        if kind_of(each) is None
    ]
    share = sum(bool(outcome.refused) for outcome in outcomes) / max(len(outcomes), 1)
    if len(outcomes) >= _MANY and share > MOST_REFUSED:
        found.append(f"{share:.1%} of the hosts were refused, at most {MOST_REFUSED:.0%} may be")
    return found


_MANY = 40
"""Hosts from which on a share says something."""


def _outcome(future: Future[Outcome], number: int) -> Outcome:
    try:
        return future.result()
    except (AssertionError, OSError, ValueError) as problem:
        return Outcome(number, wrong=(f"it could not be tried: {problem}",))


def _read(kept: Path) -> Iterator[Outcome]:
    for line in kept.read_text().splitlines() if kept.exists() else ():
        told = json.loads(line)
        yield Outcome(told["number"], tuple(told["refused"]), tuple(told["wrong"]))


def to_stdout(line: str) -> None:
    """Print a line of progress at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
