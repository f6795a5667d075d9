"""Reckons how many hosts, and how much bandwidth, generated workloads take after the worst failure.

The load is that of one layout, which spreads workloads over centers by the drafts' homes; an engine that does
better leaves more room free. Only whole centers and the location of two of them are reckoned with: losing a
cloud takes less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from cmp.bench.generating.catalogue import CHIPS, CLOUDS, PARTS
from cmp.bench.generating.drafts import CITY, Draft, PartDraft
from cmp.bench.generating.estates import CENTERS, CloudPools
from cmp.model.workload import RunsAs, Scaling

FULL = Fraction(4, 5)
"""How full the fullest resource gets after the worst failure."""

LOSSES: tuple[frozenset[str], ...] = (
    frozenset(),
    *(frozenset({center}) for center in CENTERS),
    frozenset(CITY),
)
"""Centers that are lost: none, each, both of one city."""

PROMISED_FROM, CITY_PROMISED_FROM, WARM_GRADE, TWIN_GRADE = 3, 6, 5, 6
"""The lowest grades that survive the loss of a center and of a city, have a warm and an active side."""

Where = tuple[str, RunsAs]


Amounts = tuple[int, int, int]
"""Thousandths of a vCPU, of a GiB of memory and of a GiB of disk."""


class Chips(NamedTuple):
    """How many pools of a center have chips of which performance for what runs so, and one of their hosts."""

    pools: int
    performance: Mapping[int, int]
    host: Amounts


class Decisive(NamedTuple):
    """What decides how much a whole side takes."""

    part: str
    size: int
    replicas: int
    scaling: Scaling


def hosts_a_pool(
    drafts: Sequence[Draft], sites: Sequence[CloudPools], scale: Fraction
) -> dict[Where, Fraction]:
    """Usable hosts that each pool needs, with every number of replicas multiplied by `scale`."""
    chips = {where: _chips(sites, where) for where in _everywhere(sites)}
    loads = {where: [[0, 0, 0] for _ in LOSSES] for where in chips}
    for (grade, home, other, runs_as), whole in _asked(drafts, scale).items():
        for center, running, takeover in _sides(grade, home, other):
            where = (center, runs_as)
            taken = _total(whole, chips[where])
            for load, lost in zip(loads[where], LOSSES, strict=True):
                percent = _percent(grade, (home, other), center, lost, (running, takeover))
                for resource, amount in enumerate(taken):
                    load[resource] += amount * percent // 100
    for draft in drafts:
        center = CENTERS[-1] if draft.grade >= WARM_GRADE else draft.other
        for load in loads[center, RunsAs.SERVER]:
            load[2] += 1000 * sum(part.data for part in draft.parts)
    return {
        where: max(
            Fraction(amount, there)
            for load in loads[where]
            for amount, there in zip(load, one.host, strict=True)
        )
        / (FULL * one.pools)
        for where, one in chips.items()
    }


def gbps_of(drafts: Sequence[Draft]) -> dict[str, float]:
    """Bandwidth of each pair of centers: enough for the changes of all data at once."""
    total = sum(change_mbps(part) for draft in drafts for part in draft.parts)
    return {
        "bj-a/bj-b": float(max(40, -(-total // 700))),
        "bj-a/gy-c": float(max(10, -(-total // 700))),
        "bj-b/gy-c": float(max(10, -(-total // 700))),
    }


def change_mbps(part: PartDraft) -> int:
    """Mbit/s that change of a component's data at its peak."""
    return part.data // 20


def replicas_of(part: PartDraft, scale: Fraction) -> int:
    """Replicas on the reference chip."""
    return 3 if PARTS[part.part].quorum else max(1, round(part.replicas * scale))


def _everywhere(sites: Sequence[CloudPools]) -> list[Where]:
    return sorted({(site.center, site.carries) for site in sites})


def _asked(drafts: Sequence[Draft], scale: Fraction) -> dict[tuple[int, str, str, RunsAs], Counter[Decisive]]:
    """Components of each kind, by grade, home, center of the second side, and what they run as."""
    found: dict[tuple[int, str, str, RunsAs], Counter[Decisive]] = {}
    for draft in drafts:
        for part in draft.parts:
            kind = Decisive(part.part, part.size, replicas_of(part, scale), part.scaling)
            found.setdefault((draft.grade, draft.home, draft.other, part.runs_as), Counter())[kind] += 1
    return found


def _chips(sites: Sequence[CloudPools], where: Where) -> Chips:
    here = [site for site in sites if (site.center, site.carries) == where and site.kind != "pub"]
    model = CLOUDS[here[0].kind]
    host = model.per_host
    return Chips(
        sum(len(site.chips) for site in here),
        Counter(round(CHIPS[chip].performance * 1000) for site in here for chip in site.chips),
        (
            round(host.vcpus * model.overcommit.vcpus * 1000),
            host.memory_gib * 1000,
            host.disk_gib * 1000,
        ),
    )


def _total(whole: Counter[Decisive], chips: Chips) -> Amounts:
    """What whole sides of these components take on the mean of the chips."""
    taken = [0, 0, 0]
    for kind, times in whole.items():
        for resource, amount in enumerate(_size(kind, chips)):
            taken[resource] += times * amount
    return taken[0], taken[1], taken[2]


def _size(kind: Decisive, chips: Chips) -> Amounts:
    size, replicas = PARTS[kind.part].sizes[kind.size], kind.replicas
    speeds = chips.performance.items()
    count = slower = 1000
    if kind.scaling is Scaling.HORIZONTAL:
        count = 1000 * sum(pools * -(-replicas * 1000 // speed) for speed, pools in speeds) // chips.pools
    else:
        count = 1000 * replicas
        if kind.scaling is Scaling.VERTICAL:
            slower = sum(1_000_000 * pools // speed for speed, pools in speeds) // chips.pools
    return count * size.vcpus * slower // 1000, count * size.memory, count * size.disk


def _sides(grade: int, home: str, other: str) -> Iterator[tuple[str, int, int]]:
    """Centers of a workload's sides with how many hundredths of a whole side run there, and take over."""
    yield home, 100, 100
    if grade >= TWIN_GRADE:
        yield other, 100, 100
        yield CENTERS[-1], 50, 100
    elif grade >= WARM_GRADE:
        yield other, 50, 100
    elif grade >= PROMISED_FROM:
        yield other, 0, 100


def _percent(
    grade: int, sides: tuple[str, str], center: str, lost: frozenset[str], percents: tuple[int, int]
) -> int:
    """The hundredths of a side that run in a center after a loss."""
    if center in lost:
        return 0
    home, other = sides
    least = CITY_PROMISED_FROM if len(lost) > 1 else PROMISED_FROM
    if home not in lost or grade < least:
        return percents[0]
    target = CENTERS[-1] if other in lost else other
    return percents[1] if center == target else percents[0]
