"""Verifies a move: who reaches whom before and after, whether large packets pass, what probes object to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from cmp.errors import Invalid
from cmp.model.migration import HostMove, MigrationPlan, Phase
from cmp.model.migration_journal import Check, Looked, MigrationJournal, Verification
from cmp.model.named_file import NamedFile
from cmp.network.filters.terms import Packet, Policy
from cmp.network.measurement.measures import Limits, Report, doubts, objections
from cmp.network.measurement.path_mtu import Path as PathSeen
from cmp.network.measurement.path_mtu import faults
from cmp.network.measurement.reachability import Expected, Matrix, Pair, compare, differences, leaks
from cmp.network.moving.stages import still_moved
from cmp.ports.migrations import KeptMove
from cmp.probes.asking import Patience, matrix
from cmp.probes.paths import End, paths
from cmp.sentences import Sentence
from cmp.services.migrating.naming import names_check
from cmp.services.migrating.place import Address, Place

BASELINE = "baseline.json"
ROWS: Final = TypeAdapter(list[tuple[str, str, Literal[4, 6], str, int, bool]])
BULK = 20_000_000
"""Bytes of TCP each way for the bandwidth that the opening form names."""
PATIENCE = Patience(timeout=0.6, attempts=2)
BULK_MBPS = "bandwidth_mbps"
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Findings:
    """What verification found: checks to pass, and figures by name."""

    checks: tuple[Check, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)


def ways(plan: MigrationPlan, place: Place, *, new: bool) -> list[Pair]:
    """Every TCP service of every host from every place that is looked from, at old and (or) new addresses."""
    return [
        Pair(source, str(address), address.version, "tcp", port)
        for source in sorted(place.sources)
        for move in plan.moves
        for address in (_new(move) if new else _old(move))
        for port in _ports(move)
    ]


def keep_baseline(plan: MigrationPlan, place: Place, kept: KeptMove) -> None:
    """Ask and keep who reaches whom before anything moves; kept once, since it cannot be asked again later.

    Raises:
        TryLater: nobody could be asked, or it cannot be kept.
    """
    if kept.part(BASELINE) is not None:
        return
    found = asked(plan, place)
    document = [[*pair, answered] for pair, answered in found.items()]
    kept.keep_part(NamedFile(BASELINE, json.dumps(document).encode() + b"\n"))


def asked(plan: MigrationPlan, place: Place) -> Matrix:
    """Who reaches whom now, at old and new addresses.

    Raises:
        TryLater: nobody could be asked.
    """
    both = [*ways(plan, place, new=False), *ways(plan, place, new=True)]
    return matrix(both, place.sources, patience=PATIENCE)


def forget_baseline(kept: KeptMove) -> None:
    """Forget who reached whom before a move that was taken back: the next one asks anew."""
    kept.forget_part(BASELINE)


def baseline(kept: KeptMove) -> Matrix | None:
    """Who reached whom before the move, or None where nobody asked.

    Raises:
        Invalid: it cannot be read, or says something else.
    """
    content = kept.part(BASELINE)
    if content is None:
        return None
    try:
        rows = ROWS.validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} does not say who reached whom: {place}: {first}",
                path=kept.where(BASELINE),
                place=place,
                first=first["msg"],
            ),
            hint="put it back from a copy: how it was before the move cannot be asked any more",
        ) from error
    return {
        Pair(source, target, family, protocol, port): answered
        for source, target, family, protocol, port, answered in rows
    }


def verify(
    plan: MigrationPlan,
    place: Place,
    before: Matrix | None,
    report: Report | None,
    retired: Collection[str] = (),
) -> Findings:
    """Look at everything that must hold after a move; the old addresses of `retired` hosts are to be gone.

    Raises:
        TryLater: nobody could be asked: that is no finding about the network.
    """
    checks = [*_reachability(plan, place, before, retired)]
    measured: dict[str, float] = {}
    if place.station is not None:
        seen = _paths(plan, place)
        wrong = [each for path in seen for each in faults(path, plan.edge.mtu)]
        well = f"{len(seen)} paths carry {plan.edge.mtu} bytes both ways"
        checks.append(Check.found(Looked.PATHS, wrong, well))
        if rates := list(_rates(seen)):
            measured[BULK_MBPS] = round(min(rates), 1)
    if plan.names is not None:
        checks.append(names_check(plan, place, retired))
    if report is not None:
        said = f"{report.sent} probes, {report.lost} lost, longest TCP stall {report.longest_stall:.0f} ms"
        checks.append(Check.found("probes", list(objections(report, LIMITS)), said))
        checks += [Check(name="worth of the probes", ok=True, said=doubt) for doubt in doubts(report, LIMITS)]
    return Findings(tuple(checks), measured)


def retired_hosts(journal: MigrationJournal | None) -> frozenset[str]:
    """The hosts whose old addresses were taken off and not put back."""
    return still_moved(journal, {Phase.RETIRE}) if journal else frozenset()


def find_leaks(plan: MigrationPlan, place: Place) -> Check:
    """With the private path down nothing may answer: asked only where the path may be cut.

    Raises:
        TryLater: nobody could be asked.
    """
    if place.cut is None:
        return Check(name=Looked.LEAKS, ok=False, said="the private path may not be cut here: not looked at")
    with place.cut():
        found = asked(plan, place)
    return Check.found(
        Looked.LEAKS, list(leaks(found)), f"{len(found)} ways are silent while the edges are cut off"
    )


def verification(
    plan: MigrationPlan, findings: Findings, journal: MigrationJournal | None, now: datetime
) -> Verification:
    """What was found, as a document."""
    return Verification(
        environment=plan.environment,
        network=plan.network,
        plan=plan.hash,
        journal=journal.id if journal else "",
        at=now.isoformat(timespec="seconds"),
        checks=findings.checks,
        measured=dict(findings.measured),
    )


def _reachability(
    plan: MigrationPlan, place: Place, before: Matrix | None, retired: Collection[str]
) -> Iterator[Check]:
    after = asked(plan, place)
    if before is None:
        answering = sum(after.values())
        yield Check(
            name=Looked.REACHABILITY,
            ok=False,
            said=f"{answering} ways answer, and no baseline was kept to compare",
        )
        return
    by_host = plan.by_host()
    gone = {str(address) for host in retired for address in _old(by_host[host])}
    expected = Expected(
        gained=frozenset(declared(plan, place, before, after)),
        lost=frozenset(pair for pair in before if pair.target in gone),
    )
    found = compare(before, after, expected)
    yield Check.found(
        Looked.REACHABILITY,
        list(differences(found)),
        f"{sum(before.values())} ways answered before, {sum(after.values())} do now; none lost, none gained",
    )


def declared(plan: MigrationPlan, place: Place, before: Matrix, after: Matrix) -> Iterator[Pair]:
    """Services that answered somebody before answer at their new addresses: whom the edge lets through.

    Where no edge filters it is whoever reached the old address, and nobody else.
    """
    answered = _by_target(pair for pair, yes in before.items() if yes)
    asked_now = _by_target(after)
    for move in plan.moves:
        known = [pair for each in _old(move) for pair in answered[str(each)]]
        alive, knew = {pair.port for pair in known}, {(pair.source, pair.port) for pair in known}
        for pair in (pair for each in _new(move) for pair in asked_now[str(each)]):
            if pair.port not in alive:
                continue
            if place.policy is None:
                if (pair.source, pair.port) in knew:
                    yield pair
            elif _passes(place, place.policy, pair):
                yield pair


def _by_target(pairs: Iterable[Pair]) -> Mapping[str, Sequence[Pair]]:
    found: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.target].append(pair)
    return found


def _passes(place: Place, policy: Policy, pair: Pair) -> bool:
    """True when the edge lets a way through, seen from the address of its source."""
    target = ip_address(pair.target)
    return any(
        policy.judge(Packet(source, target, pair.protocol, pair.port)).passes
        for source in place.standing.get(pair.source, ())
        if source.version == target.version
    )


def _paths(plan: MigrationPlan, place: Place) -> Sequence[PathSeen]:
    """The paths of one host of each wave, since they share the rest of the way."""
    station = place.station
    found: list[PathSeen] = []
    for wave in plan.waves:
        move = plan.move(wave.hosts[0])
        if station is None or move.host not in place.hosts or not move.addresses:
            continue
        addresses: dict[int, str] = {address.version: str(address) for address in _new(move)}
        host = End(move.host, place.hosts[move.host], addresses)
        there = End("station", station, {each.version: str(each) for each in plan.witnesses})
        found += paths(host, there, bulk=BULK)
    return found


def _rates(seen_paths: Iterable[PathSeen]) -> Iterator[float]:
    for path in seen_paths:
        for way in (path.to_station, path.to_host):
            if way.bulk is not None and way.bulk.seconds:
                yield way.bulk.came * 8 / way.bulk.seconds / 1e6


def _old(move: HostMove) -> list[Address]:
    return [each.old for each in move.addresses]


def _new(move: HostMove) -> list[Address]:
    found: list[Address] = []
    for each in move.addresses:
        found.append(each.ipv4.ip)
        if each.ipv6:
            found.append(each.ipv6.ip)
    return found


def _ports(move: HostMove) -> list[int]:
    return sorted({service.port for service in move.services if service.protocol == "tcp"})
