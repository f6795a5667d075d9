"""Plans maintenance: what leaves a host, a pool or a center, in which order, promises kept, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from cmp.errors import Invalid, Refused
from cmp.model.abilities import abilities_of
from cmp.model.cordon import DrainKind
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.moves import Step, StepKind
from cmp.model.plan import Plan
from cmp.scheduler.moves.drains import UNSAID, Drain, Maintained, Way, Word, document
from cmp.scheduler.moves.evacuation import cleared
from cmp.scheduler.moves.observed import Reality, after_steps, hosts_of
from cmp.scheduler.moves.pool_drains import drain_pools, switch_off_drained
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.proposal import walked
from cmp.scheduler.moves.steps import carried_out, effort_on, migrations, switched
from cmp.scheduler.objective.migration_cost import MoveEffort
from cmp.sentences import Sentence

Found = TypeVar("Found")

MORE_HOSTS = 8
"""Hosts more in a pool up to which a refusal looks for what would help."""


def drain_of(environment: Environment, text: str) -> Drain:
    """Read `host:POOL/N`, `pool:P` or `center:C`.

    Raises:
        Invalid: it is none of these, or names nothing there is.
    """
    kind, _, name = text.partition(":")
    estate = environment.estate
    if kind == DrainKind.HOST:
        pool_id, _, number = name.partition("/")
        pool = _known(estate.pool.get(pool_id), text, "pool", estate.pool)
        if not number.isdecimal() or not 1 <= int(number) <= pool.hosts:
            raise Invalid(
                Sentence("--drain {text} names no host", text=text),
                hint=Sentence("{id} has hosts 1 to {hosts}", id=pool.id, hosts=pool.hosts),
            )
        return Drain(DrainKind.HOST, pool.id, int(number))
    if kind == DrainKind.POOL:
        return Drain(DrainKind.POOL, _known(estate.pool.get(name), text, "pool", estate.pool).id)
    if kind == DrainKind.CENTER:
        return Drain(DrainKind.CENTER, _known(estate.center.get(name), text, "center", estate.center).id)
    raise Invalid(
        Sentence("--drain {text} names nothing to drain", text=text),
        hint="write host:POOL/N, pool:POOL or center:CENTER",
    )


def drains_of(environment: Environment, texts: Sequence[str]) -> list[Drain]:
    """Read several, each once.

    Raises:
        Invalid: one of them names nothing there is.
    """
    return [drain_of(environment, text) for text in dict.fromkeys(texts)]


def maintain(plan: Plan, reality: Reality, drains: Sequence[Drain], word: Word = UNSAID) -> Maintained:
    """Say what must move so that hosts, pools or centers are free, keeping every promise while it lasts.

    Several are planned together: nothing goes from one to another of them.

    Servers of a host go to other hosts of its pool, spare ones included: that is what they are for; hosts
    that are off are switched on where it needs them. For a pool or center the engine plans with its pools
    cordoned, and what stands there moves as that Plan says; the Plan holds the cordon, so that nothing goes
    there until it is put back. Where it holds it already, what is left to do is to switch off empty hosts.

    Raises:
        Refused: a promise would break, or a host's cloud does not have it emptied; the sentence says which,
            the hint what would help.
    """
    hosts = [drain for drain in drains if drain.kind is DrainKind.HOST]
    if hosts and len(hosts) < len(drains):
        raise Refused(
            "hosts are emptied inside their pools, pools and centers by a Plan: both at once would mix",
            hint="drain the pools and centers first and apply their Plan, then the hosts",
        )
    if len(hosts) == 1:
        return _drain_host(plan, reality, hosts[0])
    if hosts:
        return _drain_hosts(plan, reality, hosts)
    held = {each.subject for each in plan.environment.cordons}
    new = [each for each in drains if str(each) not in held]
    return drain_pools(plan, reality, new, word) if new else switch_off_drained(plan, reality, drains[0])


def _drain_hosts(plan: Plan, reality: Reality, drains: Sequence[Drain]) -> Maintained:
    """Free several hosts one after the other, where none takes what leaves another.

    Raises:
        Refused: one of them finds no room for what stands on it; those before it would have.
    """
    steps: list[Step] = []
    back: list[Step] = []
    notes: dict[str, None] = {}
    standing = reality
    for drain in drains:
        others = [each for each in drains if each != drain]
        found = _drain_host(plan, beside(standing, others), drain).proposal
        standing = after_steps(standing, found.steps)
        steps += found.steps
        back = [*found.inverse, *back]
        notes |= dict.fromkeys(found.notes)
    effort = MoveEffort()
    return Maintained(document(plan, reality, drains, Way(steps, back, effort), None, tuple(notes)), None)


def beside(reality: Reality, drains: Sequence[Drain]) -> Reality:
    """The same where nothing goes to hosts that are drained at the same time."""
    out = dict(reality.out)
    for each in drains:
        out[each.id] = out.get(each.id, frozenset()) | {each.host}
    return replace(reality, out=out)


def _drain_host(plan: Plan, reality: Reality, drain: Drain) -> Maintained:
    environment = plan.environment
    pool = environment.estate.pool[drain.id]
    _refuse_fixed(environment, pool)
    found = hosts_of(plan, reality).get(pool.id)
    if found is None:
        off = Step(number=1, kind=StepKind.POWER_OFF, cloud=pool.cloud, pool=pool.id, host=drain.host)
        on = off.model_copy(update={"kind": StepKind.POWER_ON})
        return Maintained(document(plan, reality, (drain,), Way([off], [on], MoveEffort())), None)
    usable = frozenset(range(1, pool.hosts + 1)) - reality.out.get(pool.id, frozenset())
    hosts = replace(found, allowed=usable)
    woken, to = _refuge(hosts, drain.host)
    standing = replace(hosts, allowed=hosts.allowed - {drain.host}, off=hosts.off - woken)
    done = carried_out(standing, to, environment)
    back = walked(standing, done.hops)
    steps = [switched(hosts, StepKind.POWER_ON, host) for host in sorted(woken)]
    steps += [*migrations(hosts, done.hops, environment), switched(hosts, StepKind.POWER_OFF, drain.host)]
    home = [switched(hosts, StepKind.POWER_ON, drain.host), *migrations(hosts, back, environment)]
    home += [switched(hosts, StepKind.POWER_OFF, host) for host in sorted(woken)]
    effort = sum((effort_on(hosts, hop, environment) for hop in done.hops), MoveEffort())
    notes = done.hosts.together()
    return Maintained(document(plan, reality, (drain,), Way(steps, home, effort), None, notes), None)


def _refuse_fixed(environment: Environment, pool: Pool) -> None:
    """Refuse to drain a host that is not ours to empty.

    Raises:
        Refused: its cloud moves no servers between hosts, or switches none.
    """
    can = abilities_of(environment.estate.cloud[pool.cloud])
    if not (can.moves_servers and can.switches_hosts):
        raise Refused(
            Sentence(
                "the hosts of {id} are not ours: its cloud {cloud} says what stands on which",
                id=pool.id,
                cloud=pool.cloud,
            ),
            hint=Sentence(
                "drain pool:{id}, or have whoever runs {cloud} drain the host", id=pool.id, cloud=pool.cloud
            ),
        )


def _refuge(hosts: PoolHosts, host: int) -> tuple[frozenset[int], dict[str, int]]:
    """Hosts to switch on and where each server goes, with as few of both as are needed.

    Raises:
        Refused: there is no room, or a promise would break.
    """
    wakeable = sorted((hosts.off & hosts.allowed) - {host})
    for count in range(len(wakeable) + 1):
        woken = frozenset(wakeable[:count])
        to = cleared(replace(hosts, off=hosts.off - woken), host, len(hosts.servers), switch=False)
        if to is not None:
            return woken, dict(to)
    raise Refused(_unkept(hosts, host), hint=_help(hosts, host))


def _unkept(hosts: PoolHosts, host: int) -> str:
    """Which promise a host's absence breaks."""
    rest = hosts.without(frozenset({host}))
    gone = rest.moved(dict.fromkeys(hosts.standing_on(host), 0))
    servers = {name: each for name, each in gone.servers.items() if each[1]}
    broken = replace(rest, servers=servers).broken()
    why = broken or f"the servers on it find no room on the other hosts of {hosts.pool.id}"
    return f"host {hosts.pool.id}/{host} cannot be drained: {why}"


def _help(hosts: PoolHosts, host: int) -> str:
    """How many hosts more would do: tried, not guessed."""
    for more in range(1, MORE_HOSTS + 1):
        count = hosts.pool.hosts + more
        pool = hosts.pool.model_copy(update={"hosts": count})
        bigger = replace(hosts, pool=pool, allowed=hosts.allowed | {count - n for n in range(more)})
        if cleared(replace(bigger, off=frozenset()), host, len(hosts.servers), switch=False) is not None:
            return f"with {more} more host{'s' if more > 1 else ''} in {pool.id} it could be"
    return "move a workload out of the pool first"


def _known(found: Found | None, text: str, kind: str, known: Mapping[str, object]) -> Found:
    if found is None:
        raise Invalid(
            Sentence("--drain {text}: there is no such {kind}", text=text, kind=kind),
            hint=Sentence("known: {names}", names=", ".join(sorted(known))),
        )
    return found
