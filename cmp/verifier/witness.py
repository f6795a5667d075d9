"""Checks the packing witness host by host: normal time, then what each failure adds to survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cmp.model.estate import Pool
from cmp.model.plan import FirstMove, Packing
from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.sentences import Sentence
from cmp.verifier.capacity import load_of, room_of_host, standing
from cmp.verifier.drains import hosts_left
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading, RowKey, key_of
from cmp.verifier.survival import Aftermath

Hosts = Mapping[int, Counter[RowKey]]
"""How many replicas of each row stand on each host."""


@dataclass(frozen=True)
class Claim:
    """One packing of the Plan and what it must hold.

    `kept` stands on the hosts already, `added` has to be packed on top; `total` stands on the pool then.
    """

    reading: Reading
    pool: Pool
    failure: str
    kept: Hosts
    added: Mapping[RowKey, int]
    total: Mapping[RowKey, int]

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"pool {self.pool.id}" + (f" after {self.failure}" if self.failure else "")


def check_packings(
    reading: Reading, packings: Sequence[Packing], afters: Sequence[Aftermath]
) -> Iterator[Finding]:
    """Every pool that something stands on, for normal time and for each failure."""
    listed, findings = _listed(reading, packings)
    yield from findings
    normal = standing(reading)
    then = {str(aftermath.failure): standing(reading, aftermath) for aftermath in afters}
    for pool in reading.environment.estate.pools:
        keys = [key_of(row) for row in reading.rows_on.get(pool.id, ())]
        packing = listed.get((pool.id, ""))
        hosts, findings = _hosts(packing)
        yield from findings
        wanted = {key: normal[key] for key in keys}
        claim = Claim(reading, pool, "", {}, wanted, wanted)
        yield from _check(claim, hosts, packing)
        yield from _stops(claim, {}, _stopped(packing)[0], wanted)
        for failure, after in then.items():
            packing = listed.get((pool.id, failure))
            more, findings = _hosts(packing)
            fewer, doubles = _stopped(packing)
            yield from (*findings, *doubles)
            claim = _claim(reading, pool, failure, (hosts, fewer), (normal, after))
            yield from _stops(claim, hosts, fewer, {key: normal[key] for key in keys})
            yield from _check(claim, more, packing)


def check_first_moves(
    reading: Reading, moves: Sequence[FirstMove], packings: Sequence[Packing]
) -> Iterator[Finding]:
    """Every server that has to move first goes to a host on which the packing of normal time has its row."""
    packed = {
        (packing.pool, host.host, row.workload, row.component, row.role)
        for packing in packings
        if not packing.failure
        for host in packing.hosts
        for row in host.rows
    }
    rows = {(row.pool, row.workload, row.component, row.role) for row in reading.rows}
    seen: set[str] = set()
    for each in moves:
        side = each.workload, each.component, each.role
        known = (each.pool, *side) in rows and (each.pool, each.to, *side) in packed
        if not known or each.host == each.to or each.server in seen:
            yield Finding(
                "witness-moves",
                each.server,
                Sentence(
                    "is to go from {host} to {to} of {pool}", host=each.host, to=each.to, pool=each.pool
                ),
            )
        seen.add(each.server)


def _claim(
    reading: Reading,
    pool: Pool,
    failure: str,
    packed: tuple[Hosts, Hosts],
    counts: tuple[Mapping[RowKey, int], Mapping[RowKey, int]],
) -> Claim:
    """What a failure's packing must hold; `packed` is what stands in normal time, and what of it stops."""
    hosts, stopped = packed
    normal, after = counts
    nobody: Counter[RowKey] = Counter()
    kept = {
        host: Counter({key: count for key, count in on_host.items() if after.get(key, 0)})
        - stopped.get(host, nobody)
        for host, on_host in hosts.items()
    }
    added = {
        key_of(row): max(0, after[key_of(row)] - normal[key_of(row)])
        for row in reading.rows_on.get(pool.id, ())
    }
    return Claim(reading, pool, failure, kept, added, after)


def any_order(reading: Reading, pool: Pool, counts: Mapping[RowKey, int]) -> bool:
    """True when no packing order can fail: a replica that fits no host would need more than all hosts' load.

    A host refuses a replica only if some resource on it is filled beyond its capacity less the largest
    replica; so on that host Σ over resources of load / (capacity − largest) exceeds 1.
    """
    room = room_of_host(reading.environment, pool)
    total: Counter[str] = Counter()
    largest: Counter[str] = Counter()
    for row in reading.rows_on.get(pool.id, ()):
        if counts[key_of(row)]:
            total.update(load_of(row.size, counts[key_of(row)]))
            largest |= load_of(row.size)
    filled = Fraction(0)
    for resource, amount in total.items():
        if amount and room.get(resource, 0) <= largest[resource]:
            return False
        if amount:
            filled += Fraction(amount, room[resource] - largest[resource])
    return filled <= len(hosts_left(reading.environment, pool))


def host_limit(pool: Pool, count: int, left: int | None = None) -> int:
    """The most replicas of a row with `spread: host` on one host of those left (None: none is drained)."""
    return -(-count // (pool.usable_hosts if left is None else max(1, left)))


def _listed(
    reading: Reading, packings: Sequence[Packing]
) -> tuple[dict[tuple[str, str], Packing], list[Finding]]:
    failures = {"", *(str(failure) for failure in reading.environment.failures)}
    listed: dict[tuple[str, str], Packing] = {}
    findings = []
    for packing in packings:
        subject = f"pool {packing.pool}" + (f" after {packing.failure}" if packing.failure else "")
        if packing.pool not in reading.environment.estate.pool or packing.failure not in failures:
            findings.append(Finding("witness-row", subject, "there is no such pool or failure"))
        elif (packing.pool, packing.failure) in listed:
            findings.append(Finding("witness-row", subject, "is packed more than once"))
        else:
            listed[packing.pool, packing.failure] = packing
    return listed, findings


def _hosts(packing: Packing | None) -> tuple[Hosts, list[Finding]]:
    """The hosts of a packing with the rows on each; says what is listed twice."""
    hosts: dict[int, Counter[RowKey]] = {}
    findings: list[Finding] = []
    for host in packing.hosts if packing else ():
        subject = f"pool {packing.pool} host {host.host}" if packing else ""
        if host.host in hosts:
            findings.append(Finding("witness-host", subject, "is listed more than once in one packing"))
        on_host = hosts.setdefault(host.host, Counter())
        for packed in host.rows:
            key = (packed.workload, packed.component, packed.role, packing.pool if packing else "")
            if key in on_host:
                findings.append(
                    Finding("witness-row", subject, Sentence("lists {key} more than once", key=_name(key)))
                )
            on_host[key] += packed.count
    return hosts, findings


def _stopped(packing: Packing | None) -> tuple[Hosts, list[Finding]]:
    """The replicas that a packing stops, by host; says what is listed twice."""
    if packing is None:
        return {}, []
    return _hosts(packing.model_copy(update={"hosts": packing.stopped}))


def _stops(claim: Claim, hosts: Hosts, stopped: Hosts, normal: Mapping[RowKey, int]) -> Iterator[Finding]:
    """Exactly those replicas stop by which rows shrink that do not vanish, and only where they stand."""
    count: Counter[RowKey] = Counter()
    nobody: Counter[RowKey] = Counter()
    for host, on_host in sorted(stopped.items()):
        count.update(on_host)
        for key, stops in on_host.items():
            there = hosts.get(host, nobody)[key]
            if stops > there:
                subject = f"{claim.subject} host {host}"
                yield Finding(
                    "witness-stopped",
                    subject,
                    Sentence(
                        "stops {stops} of {key}; {there} stand there",
                        stops=stops,
                        key=_name(key),
                        there=there,
                    ),
                )
    shrinks = {key: was - claim.total[key] for key, was in normal.items() if 0 < claim.total[key] < was}
    for key in sorted({*count, *shrinks}):
        must = shrinks.get(key, 0)
        if count[key] != must:
            yield Finding(
                "witness-stopped",
                claim.subject,
                Sentence(
                    "stops {count} of {key}; must stop {must}", count=count[key], key=_name(key), must=must
                ),
            )
    for host in sorted(claim.kept) if shrinks else ():
        yield from _spread(claim, f"{claim.subject} host {host}", claim.kept[host])


def _check(claim: Claim, hosts: Hosts, packing: Packing | None) -> Iterator[Finding]:
    yield from _exactly(claim, hosts)
    for host in sorted(hosts):
        subject = f"{claim.subject} host {host}"
        whole = claim.kept.get(host, Counter()) + hosts[host]
        usable = hosts_left(claim.reading.environment, claim.pool)
        if host not in usable:
            told = (
                ", ".join(map(str, usable)) if len(usable) < claim.pool.usable_hosts else f"1 to {usable[-1]}"
            )
            yield Finding("witness-host", subject, Sentence("only hosts {told} are usable", told=told))
        yield from _fits(claim, subject, whole)
        yield from _spread(claim, subject, whole)
    if packing is not None:
        true = any_order(claim.reading, claim.pool, claim.total)
        if packing.any_order != true:
            yield Finding(
                "witness-order",
                claim.subject,
                Sentence("says any_order {any_order}; it is {true}", any_order=packing.any_order, true=true),
            )


def _exactly(claim: Claim, hosts: Hosts) -> Iterator[Finding]:
    packed: Counter[RowKey] = Counter()
    for on_host in hosts.values():
        packed.update(on_host)
    for key in sorted({*packed, *claim.added}):
        if key not in claim.added:
            yield Finding(
                "witness-row",
                claim.subject,
                Sentence("packs {key}, which has no row on this pool", key=_name(key)),
            )
        elif packed[key] != claim.added[key]:
            yield Finding(
                "witness-count",
                claim.subject,
                Sentence(
                    "packs {packed} of {key}; must pack {added}",
                    packed=packed[key],
                    key=_name(key),
                    added=claim.added[key],
                ),
            )


def _fits(claim: Claim, subject: str, on_host: Counter[RowKey]) -> Iterator[Finding]:
    load: Counter[str] = Counter()
    for row in claim.reading.rows_on.get(claim.pool.id, ()):
        load.update(load_of(row.size, on_host[key_of(row)]))
    room = room_of_host(claim.reading.environment, claim.pool)
    for resource, amount in sorted(load.items()):
        there = room.get(resource, 0)
        if amount > there:
            yield Finding(
                "witness-capacity",
                subject,
                Sentence(
                    "{amount} {resource} are packed; a host has {there}",
                    amount=amount,
                    resource=resource,
                    there=there,
                ),
            )


def _spread(claim: Claim, subject: str, on_host: Counter[RowKey]) -> Iterator[Finding]:
    left = len(hosts_left(claim.reading.environment, claim.pool))
    for row in claim.reading.rows_on.get(claim.pool.id, ()):
        key = key_of(row)
        _, component = claim.reading.components[row.workload, row.component]
        most = component.at_most.per_host
        if most is not None and row.role is not Role.BACKUP and on_host[key] > most:
            sentence = Sentence(
                "holds {on_host} of {key}; at most {most} may share a host",
                on_host=on_host[key],
                key=_name(key),
                most=most,
            )
            yield Finding("witness-at-most", subject, sentence)
        limit = host_limit(claim.pool, claim.total[key], left)
        if component.spread is Spread.HOST and row.role is not Role.BACKUP and on_host[key] > limit:
            yield Finding(
                "witness-spread",
                subject,
                Sentence(
                    "holds {on_host} of {key}; spread over hosts allows {limit}",
                    on_host=on_host[key],
                    key=_name(key),
                    limit=limit,
                ),
            )


def _name(key: RowKey) -> str:
    return f"{key[0]}/{key[1]} {key[2]}"
