"""Sums up what stands on every pool, normally and after each failure, and compares it with its room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cmp.model.abilities import abilities_of
from cmp.model.base import grains_down
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.plan import Amounts, Reservation
from cmp.model.policy import Quota
from cmp.model.recovery import Role
from cmp.sentences import Sentence
from cmp.verifier.devices import cuts_of, devices_of_host
from cmp.verifier.drains import hosts_left
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading, RowKey, key_of
from cmp.verifier.survival import Aftermath

VCPU, MEMORY, DISK = "m vCPU", "MiB of memory", "GiB of disk"
ONE = 1000

Load = Mapping[str, int]
"""So much of each resource: vCPU in thousandths, memory in MiB, disk in GiB, accelerators by id."""


def load_of(size: Amounts, count: int = 1) -> Counter[str]:
    """What so many replicas of a size take."""
    one = {VCPU: size.vcpu_milli, MEMORY: size.memory_mib, DISK: size.disk_gib} | dict(size.accelerators)
    return Counter({resource: amount * count for resource, amount in one.items()})


def room_of_host(environment: Environment, pool: Pool) -> Load:
    """What may be promised on one host of a pool; Kubernetes pools have no overcommit."""
    has = pool.per_host
    fixed = not abilities_of(environment.estate.cloud[pool.cloud]).overcommits
    vcpus = ONE if fixed else grains_down(pool.overcommit.vcpus, ONE)
    memory = ONE if fixed else grains_down(pool.overcommit.memory, ONE)
    return {
        VCPU: has.vcpus * vcpus,
        MEMORY: has.memory_gib * 1024 * memory // ONE,
        DISK: has.disk_gib,
        **devices_of_host(cuts_of(environment.estate), pool),
    }


def standing(reading: Reading, aftermath: Aftermath | None = None) -> Mapping[RowKey, int]:
    """How many replicas of each row stand on its pool, normally or after a failure; a backup is one copy."""
    counts: dict[RowKey, int] = {}
    for row in reading.rows:
        lost = aftermath is not None and row.pool in aftermath.lost
        if row.role is Role.BACKUP:
            counts[key_of(row)] = 0 if lost else 1
        else:
            counts[key_of(row)] = row.replicas if aftermath is None else aftermath.replicas[key_of(row)]
    return counts


def check_capacity(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """No pool is oversold, in normal time or after any single failure."""
    yield from _oversold(reading, standing(reading), "capacity", "")
    for aftermath in afters:
        yield from _oversold(
            reading, standing(reading, aftermath), "capacity-after", f" after {aftermath.failure}"
        )


def check_reservations(
    reading: Reading, reservations: Sequence[Reservation], afters: Sequence[Aftermath]
) -> Iterator[Finding]:
    """The reservations listed are what each failure adds on each pool, to the last unit."""
    expected = {
        (pool, str(aftermath.failure)): load
        for aftermath in afters
        for pool in reading.rows_on
        if (load := _reserved(reading, pool, aftermath))
    }
    listed: set[tuple[str, str]] = set()
    for reservation in reservations:
        key = (reservation.pool, reservation.failure)
        subject = f"pool {reservation.pool} after {reservation.failure}"
        said, true = _said(reservation), expected.get(key, {})
        if key in listed:
            yield Finding("reservation", subject, "is listed more than once")
        elif not true:
            yield Finding(
                "reservation", subject, Sentence("reserves {said}; nothing is needed", said=told(said))
            )
        elif said != true:
            yield Finding(
                "reservation",
                subject,
                Sentence("reserves {said}; needs {true}", said=told(said), true=told(true)),
            )
        elif reservation.center != _center(reading, reservation.pool):
            yield Finding(
                "reservation",
                subject,
                Sentence(
                    "says center {center}; is {reading}",
                    center=reservation.center,
                    reading=_center(reading, reservation.pool),
                ),
            )
        listed.add(key)
    for pool, failure in sorted(expected.keys() - listed):
        yield Finding(
            "reservation",
            f"pool {pool} after {failure}",
            Sentence("reserves nothing; needs {expected}", expected=told(expected[pool, failure])),
        )


def check_quotas(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """No owner claims more than its quota, in normal time or after any single failure."""
    for quota in reading.environment.policy.quotas:
        normal = {key_of(row): row.replicas for row in reading.rows}
        yield from _over_quota(reading, quota, normal, "quota", "")
        for aftermath in afters:
            yield from _over_quota(
                reading, quota, aftermath.replicas, "quota-after", f" after {aftermath.failure}"
            )


def told(load: Load) -> str:
    """Say a load in words."""
    return (
        ", ".join(f"{amount} {resource}" for resource, amount in sorted(load.items()) if amount) or "nothing"
    )


def _oversold(reading: Reading, counts: Mapping[RowKey, int], code: str, when: str) -> Iterator[Finding]:
    for pool, rows in sorted(reading.rows_on.items()):
        load: Counter[str] = Counter()
        for row in rows:
            load.update(load_of(row.size, counts[key_of(row)]))
        found = reading.environment.estate.pool[pool]
        room = room_of_host(reading.environment, found)
        for resource, amount in sorted(load.items()):
            there = room.get(resource, 0) * len(hosts_left(reading.environment, found))
            if amount > there:
                yield Finding(
                    code,
                    f"pool {pool}{when}",
                    Sentence(
                        "{amount} {resource} are placed; it has {there}",
                        amount=amount,
                        resource=resource,
                        there=there,
                    ),
                )


def _reserved(reading: Reading, pool: str, aftermath: Aftermath) -> Load:
    load: Counter[str] = Counter()
    for row in reading.rows_on[pool]:
        load.update(load_of(row.size, aftermath.replicas[key_of(row)] - row.replicas))
    return {resource: amount for resource, amount in load.items() if amount > 0}


def _said(reservation: Reservation) -> Load:
    """A reservation's amounts in the units of placement; what is not a whole unit stays visibly wrong."""
    vcpus, memory = reservation.vcpus * ONE, reservation.memory_gib * 1024
    said = {
        VCPU: round(vcpus) if abs(vcpus - round(vcpus)) < 1 / ONE else -1,
        MEMORY: round(memory) if abs(memory - round(memory)) < 1 / ONE else -1,
        DISK: reservation.disk_gib,
        **reservation.accelerators,
    }
    return {resource: amount for resource, amount in said.items() if amount}


def _center(reading: Reading, pool: str) -> str:
    estate = reading.environment.estate
    return estate.cloud[estate.pool[pool].cloud].center


def _over_quota(
    reading: Reading, quota: Quota, counts: Mapping[RowKey, int], code: str, when: str
) -> Iterator[Finding]:
    claimed: Counter[str] = Counter()
    for row in reading.rows:
        if reading.environment.workload[row.workload].owner == quota.owner:
            claimed.update(load_of(row.size, counts[key_of(row)]))
    most = {
        VCPU: None if quota.vcpus is None else quota.vcpus * ONE,
        MEMORY: None if quota.memory_gib is None else quota.memory_gib * 1024,
        DISK: quota.disk_gib,
        **quota.accelerators,
    }
    for resource, limit in most.items():
        if limit is not None and claimed[resource] > limit:
            yield Finding(
                code,
                f"owner {quota.owner}{when}",
                Sentence(
                    "claims {claimed} {resource}; its quota is {limit}",
                    claimed=claimed[resource],
                    resource=resource,
                    limit=limit,
                ),
            )
