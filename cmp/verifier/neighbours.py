"""Checks who stands beside whom: forms of data, near and apart, owners' pools and hosts, cards, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cmp.model.estate import Isa
from cmp.model.plan import Packing, Placement
from cmp.model.recovery import Role
from cmp.model.wishes import Apart, Near, Place, Replication
from cmp.model.workload import Workload
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Name, Reading, RowKey, key_of, subject_of
from cmp.verifier.survival import Aftermath

ONE_PAGE = {Isa.AMD64: 4, Isa.LOONG64: 16, Isa.RISCV64: 4, Isa.SW64: 8}
"""KiB of a memory page on instruction sets that have one size; arm64 has several."""


def check_neighbours(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """What holds between pools, clouds and centers; hosts are the packings'."""
    yield from _dedicated(reading)
    yield from _forms(reading)
    yield from _most_on_pools(reading)
    yield from _near(reading)
    normal = {key_of(row): row.replicas for row in reading.rows}
    yield from _apart(reading, normal, "apart", "")
    for aftermath in afters:
        yield from _apart(reading, aftermath.replicas, "apart-after", f" after {aftermath.failure}")


def check_hosts_shared(
    reading: Reading, packings: Sequence[Packing], afters: Sequence[Aftermath]
) -> Iterator[Finding]:
    """Who stands on one host, in normal time and after each failure with what was there and goes on."""
    if not _is_asked(reading):
        return
    then = {str(aftermath.failure): aftermath.replicas for aftermath in afters}
    normal = {packing.pool: _on_hosts(packing) for packing in packings if not packing.failure}
    for packing in packings:
        if packing.pool not in reading.environment.estate.pool:
            continue
        hosts = _on_hosts(packing)
        for host, added in sorted(hosts.items()):
            left = then.get(packing.failure, {})
            before = normal.get(packing.pool, {}).get(host, Counter()) if packing.failure else {}
            goes_on = {key: count for key, count in before.items() if left.get(key, count)}
            subject = f"pool {packing.pool} host {host}"
            yield from _shared(reading, subject, {**goes_on, **added}, added, packing.failure)


def _is_asked(reading: Reading) -> bool:
    """True when anybody asks for hosts without others, or cards are cut."""
    return any(
        workload.own_hosts
        or any(wish.place is Place.HOST for wish in component.apart_from)
        or any("/" in device for way in component.ways for device in way.needs.accelerators)
        for workload, component in reading.components.values()
    )


def _on_hosts(packing: Packing) -> Mapping[int, Counter[RowKey]]:
    found: dict[int, Counter[RowKey]] = {}
    for host in packing.hosts:
        rows = found.setdefault(host.host, Counter())
        for each in host.rows:
            rows[each.workload, each.component, each.role, packing.pool] += each.count
    return found


def _dedicated(reading: Reading) -> Iterator[Finding]:
    for row in reading.rows:
        owners = reading.pool_of(row).dedicated_to
        owner = reading.environment.workload[row.workload].owner
        if owners and owner not in owners:
            told = ", ".join(owners)
            yield Finding(
                "dedicated",
                subject_of(row),
                Sentence(
                    "is of {owner}; {pool} is dedicated to {told}", owner=owner, pool=row.pool, told=told
                ),
            )


def _forms(reading: Reading) -> Iterator[Finding]:
    """All sides of a byte-wise component that run or take over read what another of them wrote."""
    for name, rows in sorted(reading.rows_of.items()):
        _, component = reading.components[name]
        if component.data.replication is not Replication.BYTEWISE:
            continue
        forms: dict[tuple[str, ...], list[str]] = {}
        for row in rows:
            if row.role is not Role.BACKUP:
                forms.setdefault(_form(reading, row), []).append(f"{row.role} on {row.pool}")
        if len(forms) > 1:
            told = "; ".join(f"{', '.join(sides)}: {' '.join(form)}" for form, sides in sorted(forms.items()))
            yield Finding(
                "data-form",
                "/".join(name),
                Sentence("copies its data byte by byte between {told}", told=told),
            )


def _form(reading: Reading, row: Placement) -> tuple[str, ...]:
    pool = reading.pool_of(row)
    chip = reading.environment.estate.chip[pool.chip]
    page = pool.page_kib or chip.page_kib or (ONE_PAGE.get(chip.isa) if chip.isa else None)
    pages = "pages not stated" if page is None else f"{page} KiB pages"
    return str(chip.isa), pages, pool.collation or "the image's collation", row.image


def _most_on_pools(reading: Reading) -> Iterator[Finding]:
    for row in reading.rows:
        _, component = reading.components[row.workload, row.component]
        most = component.at_most.per_pool
        count = max(row.replicas, row.replicas_on_takeover)
        if most is not None and row.role is not Role.BACKUP and count > most:
            yield Finding(
                "at-most",
                subject_of(row),
                Sentence("has {count} replicas there; at most {most} on a pool", count=count, most=most),
            )


def _meant(reading: Reading, workload: Workload, own: str, wish: Apart | Near) -> Iterator[Name]:
    there = reading.environment.workload[wish.workload or workload.id]
    for component in there.components:
        if wish.component in {None, component.id} and (there.id, component.id) != (workload.id, own):
            yield there.id, component.id


def _place(reading: Reading, row: Placement, place: Place) -> str:
    if place is Place.CENTER:
        return reading.center_of(row)
    return reading.pool_of(row).cloud if place is Place.CLOUD else row.pool


def _near(reading: Reading) -> Iterator[Finding]:
    for (workload, component), rows in ((reading.components[name], rows) for name, rows in _rows(reading)):
        for wish in component.near:
            for name in _meant(reading, workload, component.id, wish):
                others = reading.rows_of.get(name, ())
                for row in rows:
                    beside = {_place(reading, each, wish.place) for each in others if each.role is row.role}
                    here = _place(reading, row, wish.place)
                    if row.role is not Role.BACKUP and beside and here not in beside:
                        sentence = Sentence(
                            "stands on {place} {here}; {names} on {names2}",
                            place=wish.place,
                            here=here,
                            names="/".join(name),
                            names2=", ".join(beside),
                        )
                        yield Finding("near", subject_of(row), sentence)


def _rows(reading: Reading) -> Iterator[tuple[Name, Sequence[Placement]]]:
    return iter(sorted(reading.rows_of.items()))


def _apart(reading: Reading, counts: Mapping[RowKey, int], code: str, when: str) -> Iterator[Finding]:
    for (workload, component), rows in ((reading.components[name], rows) for name, rows in _rows(reading)):
        for wish in component.apart_from:
            if wish.place is Place.HOST or (when and wish.only_normal_time):
                continue
            here = _running(reading, rows, wish.place, counts)
            for name in _meant(reading, workload, component.id, wish):
                both = here & _running(reading, reading.rows_of.get(name, ()), wish.place, counts)
                for place in sorted(both):
                    sentence = Sentence(
                        "shares {place} {place2} with {names}, which it keeps apart from",
                        place=wish.place,
                        place2=place,
                        names="/".join(name),
                    )
                    yield Finding(code, f"{workload.id}/{component.id}{when}", sentence)


def _running(
    reading: Reading, rows: Sequence[Placement], place: Place, counts: Mapping[RowKey, int]
) -> set[str]:
    running = (row for row in rows if row.role is not Role.BACKUP and counts[key_of(row)])
    return {_place(reading, row, place) for row in running}


def _shared(
    reading: Reading, subject: str, there: Mapping[RowKey, int], added: Mapping[RowKey, int], failure: str
) -> Iterator[Finding]:
    """What rows on one host forbid each other; after a failure only where something was added."""
    known = [key for key in sorted(there) if there[key] and key[:2] in reading.components]
    when = f" after {failure}" if failure else ""
    for place, one in enumerate(known):
        for other in known[place + 1 :]:
            if failure and not (one in added or other in added):
                continue
            for code, sentence in _between(reading, one, other, after=bool(failure)):
                yield Finding(code, f"{subject}{when}", sentence)


def _between(reading: Reading, one: RowKey, other: RowKey, *, after: bool) -> Iterator[tuple[str, str]]:
    (first, component), (second, beside) = reading.components[one[:2]], reading.components[other[:2]]
    both = f"{'/'.join(one[:2])} and {'/'.join(other[:2])}"
    if first.owner != second.owner and (first.own_hosts or second.own_hosts):
        yield (
            "witness-owner",
            f"holds {both}, of {first.owner} and {second.owner}: one keeps hosts of its own",
        )
    if Role.BACKUP in {one[2], other[2]}:
        return
    pairs = ((first, component, other), (second, beside, one))
    for workload, asking, there in pairs:
        for wish in asking.apart_from:
            named = set(_meant(reading, workload, asking.id, wish))
            if wish.place is Place.HOST and not (after and wish.only_normal_time) and there[:2] in named:
                yield "witness-apart", f"holds {both}, which keep apart"
    cards, others = _cards(reading, one), _cards(reading, other)
    for card in sorted(cards.keys() & others.keys()):
        if cards[card] != others[card]:
            told = " and ".join(sorted({*cards[card], *others[card]}))
            yield "witness-cards", f"holds {both}: {told} are cut from cards of one host"


def _cards(reading: Reading, key: RowKey) -> Mapping[str, frozenset[str]]:
    """By card, the devices that a row takes of it."""
    row = next((row for row in reading.rows_on.get(key[3], ()) if key_of(row) == key), None)
    found: dict[str, frozenset[str]] = {}
    for device in row.size.accelerators if row else ():
        card = device.split("/")[0]
        found[card] = found.get(card, frozenset()) | {device}
    return found
