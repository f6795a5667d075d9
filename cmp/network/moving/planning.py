"""Plans the move of one private network, or says everything that forbids it."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address

from cmp.errors import Refused
from cmp.model.migration import HostMove, MigrationPlan, Phase, Renumbered, Segment, Strategy, Wave
from cmp.model.network import EdgeRouter, HostKind, Network, NetworkHost, PrivateNetwork, Secrecy
from cmp.network.filters.zones import Surroundings
from cmp.network.moving.changes import changes
from cmp.network.moving.checklist import STEPS
from cmp.network.moving.edges import edge_move
from cmp.network.moving.filters import edge_policy, grouped, notes, with_pool, without_twin
from cmp.network.moving.waves import waves
from cmp.sentences import Sentence

SECONDS_A_CALL = 4.0
"""Starting Ansible and checking a wave from outside, measured in the host lab on two cores."""
SECONDS_A_HOST = 0.5
"""One host in one task, measured the same way."""
CALLS_A_WAVE = 2
MOVING = (Phase.BESIDE, Phase.CUTOVER)
"""The phases that `migrate` goes through; RETIRE waits until the old network has been still for a while."""


@dataclass(frozen=True, slots=True)
class MigrationWish:
    """What is to be planned: the network, its hosts, its new addresses, and from what that was read.

    `around` is what an edge's filters are derived from: the environment's zones, the subnets of its clouds,
    and the security groups of what runs there. Where no edge is named it is not asked for.
    """

    environment: str
    network: Network
    private: PrivateNetwork
    hosts: tuple[NetworkHost, ...]
    segment: Segment
    addresses: tuple[Renumbered, ...]
    inputs_hash: str
    around: Surroundings | None = None


def plan_move(wish: MigrationWish) -> MigrationPlan:
    """The plan of one network's move, sealed.

    Raises:
        Refused: something forbids the move; the sentence holds every reason.
        NothingFits: the old prefix has no address left for the edge.
    """
    _refuse(wish, _reasons(wish))
    with _no_collection():
        draft = _draft(wish)
        draft = draft.model_copy(update={"notes": tuple(notes(draft, wish.private, wish.network))})
        if wish.private.edge.router and wish.around:
            draft = _with_edge(wish, draft, wish.private.edge.router, wish.around)
        return draft.sealed()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Leave the search for circles of objects out meanwhile.

    A plan of many hosts is millions of values that all stay, in no circle: looking for some again and again
    took nearly half of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _with_edge(
    wish: MigrationWish, draft: MigrationPlan, router: EdgeRouter, around: Surroundings
) -> MigrationPlan:
    """The plan whose first wave is the edge: filters come first (RFC 4192 section 2.3)."""
    missing = without_twin(draft, wish.private, around)
    _refuse(wish, (f"the filters have no twin for {each}" for each in missing))
    policy = with_pool(edge_policy(draft, wish.private, around), draft)
    edge = edge_move(draft, router, grouped(policy))
    in_waves = (Wave(name="edge", hosts=(edge.host,)), *draft.waves)
    return draft.model_copy(
        update={
            "moves": (edge, *draft.moves),
            "waves": in_waves,
            "estimated_seconds": _seconds(in_waves),
        }
    )


def _refuse(wish: MigrationWish, reasons: Iterable[str]) -> None:
    if told := "; ".join(reasons):
        raise Refused(
            Sentence("{id} cannot move: {told}", id=wish.private.id, told=told),
            hint="correct network.yaml or the host list, then plan again",
        )


def _draft(wish: MigrationWish) -> MigrationPlan:
    """The plan of the hosts alone, not sealed."""
    private = wish.private
    by_host: dict[str, list[Renumbered]] = {host.name: [] for host in wish.hosts}
    for each in wish.addresses:
        by_host[each.host].append(each)
    in_waves = waves([host for host in wish.hosts if host.kind.is_managed])
    return MigrationPlan(
        environment=wish.environment,
        network=private.id,
        title=private.title,
        secrecy=private.secrecy,
        access_class=private.access_class,
        target=private.target,
        segment=wish.segment,
        edge=private.edge,
        translation=wish.network.translation,
        witnesses=private.witnesses,
        names=private.names,
        windows=private.windows,
        moves=tuple(_move(wish, host, by_host[host.name]) for host in wish.hosts),
        waves=in_waves,
        steps=STEPS,
        ends=private.lines,
        saved_cny_per_year=sum(line.cny_per_year for line in private.lines),
        estimated_seconds=_seconds(in_waves),
        inputs_hash=wish.inputs_hash,
    )


def strategy_of(host: NetworkHost) -> Strategy:
    """How a host comes to answer in both families."""
    if not host.kind.is_managed:
        return Strategy.BEHIND_EDGE
    return Strategy.DUAL_STACK if host.ipv6_capable else Strategy.NAT64


def unsound(plan: MigrationPlan) -> Iterator[str]:
    """What makes carrying a plan out dangerous, whoever wrote it; nothing for a plan made here.

    An edge that drops foreign sources cuts every old connection of a host that has no source rules: the
    outbound ping looks perfect while most answers from the old address are lost (RFC 4192 section 3.3).
    """
    seen: dict[IPv4Address, str] = {}
    for move in plan.moves:
        for address in move.addresses:
            if other := seen.get(address.ipv4.ip):
                yield f"{move.host} and {other} both take {address.ipv4.ip}"
            seen[address.ipv4.ip] = move.host
        if Phase.BESIDE in move.phases and not move.is_edge and plan.edge.filters_sources:
            lines = move.phases[Phase.BESIDE].forward.commands
            for prefix in (plan.segment.old, plan.segment.ipv4):
                if not any(" rule add " in line and f"from {prefix} " in line for line in lines):
                    yield (
                        f"{move.host} has no source rule for {prefix}, and an edge that filters sources"
                        " would drop what leaves by the other one"
                    )
    moves = plan.by_host()
    for wave in plan.waves:
        groups = [group for host in wave.hosts if (group := moves[host].group)]
        for group in sorted(group for group, number in Counter(groups).items() if number > 1):
            yield f"wave {wave.name} moves more than one member of {group}"


def _reasons(wish: MigrationWish) -> Iterator[str]:
    if wish.private.secrecy is Secrecy.STATE_SECRET:
        yield "it is classified, and only non-classified networks move"
    for host in wish.hosts:
        if host.secrecy is Secrecy.STATE_SECRET:
            yield f"{host.name} is classified, and only non-classified hosts move"
    if not wish.hosts:
        yield "it has no hosts"
    renumbered = {each.host for each in wish.addresses}
    for host in wish.hosts:
        if host.name not in renumbered:
            yield f"{host.name} has no address in {wish.private.ipv4}"
    for version in (4, 6):
        if not any(witness.version == version for witness in wish.private.witnesses):
            yield f"no witness of IPv{version} is named: nobody could tell whether hosts reach the extranet"
    unmanaged = [host.name for host in wish.hosts if not host.kind.is_managed]
    if unmanaged and wish.private.edge.router is None:
        yield f"{', '.join(unmanaged)} move behind the edge, and network.yaml names no `edge.router`"
    if router := wish.private.edge.router:
        yield from _misled(wish, router)
    yield from _nameless(wish.private)
    yield from _unkept(wish)
    needs_translation = [
        host.name for host in wish.hosts if not host.ipv6_capable or host.kind is not HostKind.LINUX
    ]
    if needs_translation and wish.network.translation is None:
        names = ", ".join(needs_translation)
        yield f"{names} need NAT64, and network.yaml has no `translation`"


def _nameless(private: PrivateNetwork) -> Iterator[str]:
    server = private.names.server if private.names else None
    if server and server.ssh and server.ssh.address is None:
        yield f"{server.name} names no `ssh.address`: nobody could tell how plays reach the zone"


def _unkept(wish: MigrationWish) -> Iterator[str]:
    """Reverse zones without those of the new subnets: the way back could not tell who was called what."""
    names = wish.private.names
    if names is None or not names.reverse:
        return
    for prefix in (wish.segment.ipv4, wish.segment.ipv6):
        ends = (prefix.network_address.reverse_pointer, prefix.broadcast_address.reverse_pointer)
        if not all(any(zone.holds(end) for zone in names.reverse) for end in ends):
            yield f"`names.reverse` has reverse zones, and none that holds {prefix}"


def _misled(wish: MigrationWish, router: EdgeRouter) -> Iterator[str]:
    """What would have the edge's filters lock people or packets out."""
    if router.ssh.address is None:
        yield f"{router.name} names no `ssh.address`: nobody could tell how plays reach it"
    if router.interface == router.uplink:
        yield f"{router.name} has its hosts and the extranet on one interface, {router.uplink}"
    if router.name in {host.name for host in wish.hosts}:
        yield f"{router.name} is a host of the network and its edge"
    if wish.around is None:
        yield f"nothing is known of what lies around it, and {router.name} could not be told what to filter"
    if not wish.private.administered_from:
        yield "no `administered_from` is named: the edge's filters would keep plays from the new addresses"


def _move(wish: MigrationWish, host: NetworkHost, held: Sequence[Renumbered]) -> HostMove:
    strategy = strategy_of(host)
    addresses = tuple(
        each if strategy is Strategy.DUAL_STACK else each.model_copy(update={"ipv6": None}) for each in held
    )
    managed = strategy is not Strategy.BEHIND_EDGE
    return HostMove(
        host=host.name,
        strategy=strategy,
        kind=host.kind,
        manager=host.manager,
        group=host.group,
        owner=host.owner,
        ssh=host.ssh,
        interface=host.interface,
        new_interface=host.new_interface,
        services=host.services,
        addresses=addresses,
        phases=changes(wish.private.id, wish.segment, addresses, host.manager) if managed else {},
    )


def _seconds(in_waves: Sequence[Wave]) -> int:
    hosts = sum(len(wave.hosts) for wave in in_waves)
    each_phase = CALLS_A_WAVE * (len(in_waves) * SECONDS_A_CALL + hosts * SECONDS_A_HOST)
    return round(len(MOVING) * each_phase)
