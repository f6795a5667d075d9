"""Checks that nothing stands on what the Plan itself says is drained, and counts the hosts that are left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.model.cordon import DrainKind
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading


def check_drained(reading: Reading) -> Iterator[Finding]:
    """No row, be it only reserved or a copy, lies on a pool that is drained, nor in a drained center."""
    environment = reading.environment
    drained = {pool.id for pool in environment.estate.pools if _is_drained(environment, pool)}
    for row in reading.rows:
        if row.pool in drained:
            subject = f"{row.workload}/{row.component} {row.role} on {row.pool}"
            yield Finding(
                "drained", subject, Sentence("{pool} is drained: nothing may stand there", pool=row.pool)
            )


def hosts_left(environment: Environment, pool: Pool) -> Sequence[int]:
    """The numbers of the hosts that may carry something: those not drained, as many as are not spare."""
    drained = _drained_hosts(environment, pool)
    if len(drained) >= pool.hosts:
        return ()
    return [n for n in range(1, pool.hosts + 1) if n not in drained][: pool.hosts - pool.spare_hosts]


def check_cordons(environment: Environment) -> Iterator[tuple[str, str]]:
    """What is said to be drained and is not there, as subject and sentence."""
    estate = environment.estate
    for each in environment.cordons:
        known = estate.center if each.kind is DrainKind.CENTER else estate.pool
        if each.id not in known:
            yield each.subject, "is drained and not there"
        elif each.kind is DrainKind.HOST and not 1 <= each.host <= estate.pool[each.id].hosts:
            yield each.subject, f"is drained; the pool has hosts 1 to {estate.pool[each.id].hosts}"


def _is_drained(environment: Environment, pool: Pool) -> bool:
    center = environment.estate.cloud[pool.cloud].center
    whole = any(
        (each.kind is DrainKind.POOL and each.id == pool.id)
        or (each.kind is DrainKind.CENTER and each.id == center)
        for each in environment.cordons
    )
    return whole or len(_drained_hosts(environment, pool)) >= pool.hosts


def _drained_hosts(environment: Environment, pool: Pool) -> set[int]:
    mine = (each for each in environment.cordons if each.kind is DrainKind.HOST and each.id == pool.id)
    return {each.host for each in mine}
