"""Plans the move of one private network, or says everything that forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from cmp.errors import Refused
from cmp.model.migration import HostMove, MigrationPlan, Phase, Renumbered, Segment, Strategy, Wave
from cmp.model.network import HostKind, Network, NetworkHost, PrivateNetwork, Secrecy
from cmp.network.moving.changes import changes
from cmp.network.moving.checklist import STEPS
from cmp.network.moving.edges import edge_move
from cmp.network.moving.waves import waves

SECONDS_A_CALL = 4.0
"""Starting Ansible and checking a wave from outside, measured in the host lab on two cores."""
SECONDS_A_HOST = 0.5
"""One host in one task, measured the same way."""
CALLS_A_WAVE = 2
MOVING = (Phase.BESIDE, Phase.CUTOVER)
"""The phases that `migrate` goes through; RETIRE waits until the old network has been still for a while."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be planned: the network, its hosts, its new addresses, and from what that was read."""

    environment: str
    network: Network
    private: PrivateNetwork
    hosts: tuple[NetworkHost, ...]
    segment: Segment
    addresses: tuple[Renumbered, ...]
    inputs_hash: str


def plan_move(wish: Wish) -> MigrationPlan:
    """The plan of one network's move, sealed.

    Raises:
        Refused: something forbids the move; the sentence holds every reason.
    """
    if reasons := list(_reasons(wish)):
        raise Refused(
            f"{wish.private.id} cannot move: {'; '.join(reasons)}",
            hint="correct network.yaml or the host list, then plan again",
        )
    private = wish.private
    by_host: dict[str, list[Renumbered]] = {host.name: [] for host in wish.hosts}
    for each in wish.addresses:
        by_host[each.host].append(each)
    moves = tuple(_move(wish, host, by_host[host.name]) for host in wish.hosts)
    managed = [host for host in wish.hosts if host.kind.is_managed]
    in_waves = waves(managed)
    if edge := edge_move(private, wish.segment, moves):
        moves = (edge, *moves)
        in_waves = (Wave(name="edge", hosts=(edge.host,)), *in_waves)
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
        windows=private.windows,
        moves=moves,
        waves=in_waves,
        steps=STEPS,
        ends=private.lines,
        saved_cny_per_year=sum(line.cny_per_year for line in private.lines),
        estimated_seconds=_seconds(in_waves),
        inputs_hash=wish.inputs_hash,
    ).sealed()


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
        if Phase.BESIDE in move.phases and plan.edge.filters_sources:
            lines = move.phases[Phase.BESIDE].forward.commands
            for prefix in (plan.segment.old, plan.segment.ipv4):
                if not any(" rule add " in line and f"from {prefix} " in line for line in lines):
                    yield (
                        f"{move.host} has no source rule for {prefix}, and an edge that filters sources"
                        " would drop what leaves by the other one"
                    )
    for wave in plan.waves:
        groups = [group for host in wave.hosts if (group := plan.move(host).group)]
        for group in sorted({group for group in groups if groups.count(group) > 1}):
            yield f"wave {wave.name} moves more than one member of {group}"


def _reasons(wish: Wish) -> Iterator[str]:
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
    needs_translation = [
        host.name for host in wish.hosts if not host.ipv6_capable or host.kind is not HostKind.LINUX
    ]
    if needs_translation and wish.network.translation is None:
        names = ", ".join(needs_translation)
        yield f"{names} need NAT64, and network.yaml has no `translation`"


def _move(wish: Wish, host: NetworkHost, held: Sequence[Renumbered]) -> HostMove:
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
