"""Follows what no grade promises and no side answers: the loss of one host, or of one link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cmp.model.environment import Environment
from cmp.model.estate import Estate
from cmp.model.proof import Carried, Counts, FailureProof, InOrder, Move
from cmp.model.recovery import Failure, Role
from cmp.scheduler.constraints import links
from cmp.scheduler.constraints.latency import Situation, breaches, together
from cmp.scheduler.constraints.packing import (
    Hosts,
    Room,
    close_together,
    extend,
    packing_order,
    spread_over,
)
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.groups import bounded
from cmp.scheduler.problem.losses import host_of, link_ends
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.recovery.takeover import restart_steps, total
from cmp.scheduler.survival.lacking import Lack, NoRefuge, Outvoted
from cmp.scheduler.survival.reading import StandingRows


def prove_host(standing: StandingRows, failure: Failure) -> FailureProof:
    """The loss of one host: its replicas start again on the others of the pool and on its spare hosts.

    Without a number every host of the pool is tried; what is told is the first that is not survived, else the
    one with the most replicas.
    """
    lost = _worst(standing, failure)
    moves, shortfall = lost.moves, lost.lacks
    order = _restarts(standing.environment, moves)
    return FailureProof(
        lose=str(failure),
        promised=False,
        survives=not shortfall,
        takeover_seconds=max((each.seconds for each in order), default=None),
        counts=Counts(
            workloads_moved=len({move.workload for move in moves}),
            replicas_started=sum(move.replicas for move in moves),
            moves=len(moves),
            order=len(order),
            shortfall=len(shortfall),
        ),
        moves=moves,
        order=order,
        shortfall=tuple(map(str, shortfall)),
        notes=lost.together,
    )


class HostLost(NamedTuple):
    """What starts elsewhere when a host is lost, what finds no room, and what then stands close together."""

    moves: tuple[Move, ...] = ()
    lacks: tuple[Lack, ...] = ()
    together: tuple[str, ...] = ()


def lose_host(standing: StandingRows, failure: Failure) -> tuple[tuple[Move, ...], tuple[Lack, ...]]:
    """What starts elsewhere when a host is lost, and what finds no room; of several hosts the worst."""
    worst = _worst(standing, failure)
    return worst.moves, worst.lacks


def _worst(standing: StandingRows, failure: Failure) -> HostLost:
    pool, number = host_of(standing.environment.estate, failure.id)
    hosts = standing.hosts.get(pool.id) or []
    numbers = list(standing.environment.open_hosts(pool.id))
    tried = [place for place, there in enumerate(numbers) if number in {None, there}]
    found = [_lose_host(standing, pool.id, host) for host in tried if host < len(hosts)]
    return max(found, key=lambda each: (bool(each.lacks), len(each.moves)), default=HostLost())


def _restarts(environment: Environment, moves: Sequence[Move]) -> tuple[InOrder, ...]:
    """When each workload has its replicas again: nobody waits, and no objective speaks of one host."""
    if environment.takeover is None:
        return ()
    replicas: dict[str, int] = {}
    for move in moves:
        replicas[move.workload] = replicas.get(move.workload, 0) + move.replicas
    steps = {
        name: restart_steps(environment, environment.takeover, count)
        for name, count in sorted(replicas.items())
    }
    return tuple(
        InOrder(
            rank=1,
            workload=name,
            center=environment.estate.center_of(environment.estate.pool[moves[0].to]).id,
            seconds=total(each),
            rto_seconds=None,
            ok=True,
            steps={step.name.value: step.seconds for step in each},
        )
        for name, each in steps.items()
    )


def _lose_host(standing: StandingRows, pool: str, lost: int) -> HostLost:
    """The loss of one host, counted from 0; rows are spread over the hosts that are left, as in a drain."""
    rows, room = standing.on(pool), standing.rooms[pool]
    before: Hosts = standing.hosts[pool] or []
    numbers = standing.environment.open_hosts(pool)
    gone = len(standing.environment.closed_hosts.get(pool, ()))
    spare = max(0, standing.environment.estate.pool[pool].hosts - gone - len(numbers))
    rest: Hosts = [
        *(host for number, host in enumerate(before) if number != lost),
        *({} for _ in range(spare)),
    ]
    moves = tuple(
        Move(
            workload=rows[number].workload.id,
            component=rows[number].component.id,
            source=f"{pool}/{numbers[lost]}",
            to=pool,
            replicas=count,
        )
        for number, count in sorted(before[lost].items())
    )
    wanted = [row.running for row in rows]
    over = spread_over(room.hosts, len(rest))
    there = Room(len(rest), room.capacity)
    added = extend(rows, wanted, packing_order(rows, room), there, rest, over) if rest else None
    if not moves or added is not None:
        return HostLost(moves, (), tuple(_together(rows, rest, added or [], (room.hosts, over))))
    loose = extend(rows, wanted, packing_order(rows, room), there, rest, 1) if rest else None
    because = f" spread over the {over} hosts that are left" if loose is not None else ""
    return HostLost(moves, (NoRefuge(pool, numbers[lost], len(moves), because),))


def _together(rows: Sequence[Row], rest: Hosts, added: Hosts, over: tuple[int, int]) -> Iterator[str]:
    """Rows of which more stand on one host than in normal time, `over` the hosts before and those left."""
    before, left = over
    for number, row in enumerate(rows):
        there = [host.get(number, 0) for host in rest]
        more = [host.get(number, 0) for host in added] or [0] * len(there)
        most = max((one + other for one, other in zip(there, more, strict=True)), default=0)
        if row.spread_over_hosts and any(more) and most > -(-row.running // before):
            yield close_together(f"{row.workload.id}/{row.component.id} {row.role}", most, left)


def prove_link(standing: StandingRows, failure: Failure) -> FailureProof:
    """The loss of one link: round trips over it fail, replication over it stops, nothing moves."""
    estate = standing.environment.estate
    ends = link_ends(estate, failure.id) or ("", "")
    shortfall = tuple(map(str, cut_off(standing, failure)))
    stopped = tuple(_stopped(standing, ends))
    return FailureProof(
        lose=str(failure),
        promised=False,
        survives=not shortfall,
        counts=Counts(links=1 if stopped else 0, shortfall=len(shortfall)),
        links=(Carried(between=_pair(ends), mbps=0, usable_mbps=0),) if stopped else (),
        shortfall=shortfall,
        notes=stopped,
    )


def _pair(ends: tuple[str, str]) -> tuple[str, str]:
    return min(ends), max(ends)


def _without(estate: Estate, ends: tuple[str, str]) -> Estate:
    left = tuple(link for link in estate.links if frozenset(link.between) != frozenset(ends))
    return Estate(**{name: getattr(estate, name) for name in Estate.model_fields} | {"links": left})


def cut_off(standing: StandingRows, failure: Failure) -> Iterator[Lack]:
    """What nothing connects any more once a link is lost: who asks whom, and members of quorums."""
    whole = standing.environment
    estate = _without(whole.estate, link_ends(whole.estate, failure.id) or ("", ""))
    rows: dict[str, Sequence[Row]] = {}
    homes: dict[str, Fate] = {}
    for group, each in standing.rows.items():
        home = next((row.center for row in each if row.role is Role.PRIMARY), "")
        for name in standing.groups[group].members:
            rows[name] = [row for row in each if row.workload.id == name]
            homes[name] = Fate(False, home, home)
    situation = Situation(None, frozenset(), homes)
    for bound in bounded(whole):
        yield from breaches(bound, rows, situation, estate)
    for each in standing.rows.values():
        needed = failover.needed(each)
        for key, left in failover.alive(each, None).items():
            hear = together(estate, left)
            if hear < needed[key]:
                yield Outvoted(key, hear, needed[key])


def _stopped(standing: StandingRows, ends: tuple[str, str]) -> Iterator[str]:
    """Whose changes are no longer replicated over the link, and whose sides it cuts off."""
    pair = _pair(ends)
    between = " and ".join(pair)
    estate = standing.environment.estate
    for name, rows in standing.rows.items():
        home = next((row.center for row in rows if row.role is Role.PRIMARY), "")
        kbps = links.streams(rows, None, Fate(False, home, home), frozenset(), estate).get(pair)
        away = {row.role for row in rows if home in pair and {home, row.center} == set(pair)}
        if kbps:
            yield f"{name}: {kbps / 1000:g} Mbit/s of changes are no longer replicated between {between}"
        for role in () if kbps else sorted(away - {Role.MEMBER}):
            yield f"{name}: its {role} side is cut off between {between}"
        for key, members in failover.alive(rows, None).items():
            if set(pair) <= members.keys():
                yield f"{'/'.join(key)}: its members do not hear each other between {between}"
