"""Reads from the clouds what stands on which host of an environment's pools, and what is switched off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cmp.clouds.base import Cloud
from cmp.clouds.hosts import Guest, Host, Hosts, numbered
from cmp.errors import CmpError
from cmp.model.estate import Pool
from cmp.model.moves import Basis, Standing
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.model.tags import COMPONENT, ROLE, WORKLOAD
from cmp.scheduler.moves.observed import Reality, reality_of
from stacks.programs.rows import server_names

OFF = "tricenter rebalance"
"""How the reason of hosts begins that are off to save power: these may be switched on again for others."""

STRANGER = "stranger"
"""The workload and the component of servers that are not of the environment: their room is unknown to it."""

_ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class HostMap:
    """What the clouds list: `names` of hosts by pool and number, `ids` of servers by cloud and name.

    `silent` are clouds whose hosts could not be listed, with the reason.
    """

    reality: Reality
    names: Mapping[tuple[str, int], str] = field(default_factory=dict)
    ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    hosts: Mapping[str, Hosts] = field(default_factory=dict)
    silent: Mapping[str, CmpError] = field(default_factory=dict)


def host_map_of(plan: Plan, clouds: Mapping[str, Cloud]) -> HostMap:
    """Ask every cloud of a Plan what stands on its hosts; of one that cannot say, take the Plan's packing."""
    estate = plan.environment.estate
    used = {row.cloud for row in plan.placements} | {
        estate.pool[name].cloud for name in plan.environment.closed
    }
    asked = {name: cloud.hosts for name, cloud in clouds.items() if name in used and cloud.hosts is not None}
    listed, silent = _listed(asked)
    pools = {pool.id: pool for pool in plan.environment.estate.pools if pool.cloud in listed}
    found = {pool.id: numbered(pool.id, pool.hosts, listed[pool.cloud]) for pool in pools.values()}
    return HostMap(
        _reality(plan, pools, found),
        {(pool, number): host.name for pool, hosts in found.items() for number, host in hosts.items()},
        {
            (pools[pool].cloud, label): guest.id
            for pool, hosts in found.items()
            for _, guest, label in _labelled(hosts, plan.environment.name)
        },
        asked,
        silent,
    )


def _listed(asked: Mapping[str, Hosts]) -> tuple[dict[str, tuple[Host, ...]], dict[str, CmpError]]:
    """What each cloud lists, or why it does not."""
    if not asked:
        return {}, {}

    def listing(hosts: Hosts) -> tuple[Host, ...] | CmpError:
        try:
            return hosts.list()
        except CmpError as error:
            return error

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = dict(zip(asked, pool.map(listing, asked.values()), strict=True))
    listed = {name: answer for name, answer in answers.items() if not isinstance(answer, CmpError)}
    silent = {name: answer for name, answer in answers.items() if isinstance(answer, CmpError)}
    return listed, silent


def _reality(plan: Plan, pools: Mapping[str, Pool], found: Mapping[str, Mapping[int, Host]]) -> Reality:
    """What stands where: as listed, and for pools of silent clouds as packed."""
    told = reality_of(plan, server_names)
    unseen = frozenset(pool.id for pool in plan.environment.estate.pools) - set(pools)
    off = {name: hosts for name, hosts in told.off.items() if name in unseen}
    out: dict[str, frozenset[int]] = {}
    standings = [each for each in told.standings if each.pool in unseen]
    for name, hosts in found.items():
        sleeping = {number for number, host in hosts.items() if host.up and host.reason.startswith(OFF)}
        asleep = frozenset(number for number in sleeping if not hosts[number].enabled)
        out[name] = frozenset(_unusable(pools[name], hosts)) - asleep
        off[name] = asleep | out[name]
        standings.extend(_standings(pools[name], hosts, plan.environment.name))
    basis = Basis.CLOUDS if found else Basis.PLAN
    return Reality(tuple(standings), basis, off, unseen if found else frozenset(), out)


def _unusable(pool: Pool, hosts: Mapping[int, Host]) -> Iterator[int]:
    """Hosts that are not there, do not answer, or take nothing because somebody else said so."""
    for number in range(1, pool.hosts + 1):
        host = hosts.get(number)
        if host is None or not (host.up and host.enabled):
            yield number


def _standings(pool: Pool, hosts: Mapping[int, Host], environment: str) -> Iterator[Standing]:
    for number, guest, label in _labelled(hosts, environment):
        ours = label == guest.name
        yield Standing(
            cloud=pool.cloud,
            pool=pool.id,
            host=number,
            server=label,
            workload=guest.tags[WORKLOAD] if ours else STRANGER,
            component=guest.tags[COMPONENT] if ours else STRANGER,
            role=Role(guest.tags[ROLE]) if ours else Role.PRIMARY,
        )


def _labelled(hosts: Mapping[int, Host], environment: str) -> Iterator[tuple[int, Guest, str]]:
    """Every server with its host and what it is called; strangers, and a name's second one, with their id."""
    seen: set[str] = set()
    for number, host in sorted(hosts.items()):
        for guest in host.guests:
            ours = _is_ours(guest, environment) and guest.name not in seen
            seen.add(guest.name)
            yield number, guest, guest.name if ours else f"{guest.name} ({guest.id})"


def _is_ours(guest: Guest, environment: str) -> bool:
    """True for a server that says which row of the environment it belongs to."""
    wanted: Sequence[str] = (WORKLOAD, COMPONENT, ROLE)
    known = all(guest.tags.get(tag) for tag in wanted) and guest.tags[ROLE] in set(Role)
    return known and guest.tags.get(_ENVIRONMENT) == environment
