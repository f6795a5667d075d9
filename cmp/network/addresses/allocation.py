"""Allocates addresses in both families: a block per center and zone, a subnet per cloud in it, kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from cmp.errors import NothingFits
from cmp.model.container_networks import own_zones
from cmp.model.environment import Environment
from cmp.model.network import AddressPlan, Prefix
from cmp.model.plan import ZoneNetwork
from cmp.network.addresses.space import P, first_free, inside, overlap
from cmp.sentences import Sentence

Memory = Mapping[tuple[str, str], ZoneNetwork]
"""Networks of earlier Plans by cloud and zone."""


class Block(NamedTuple):
    """The addresses of one zone in one center."""

    ipv4: IPv4Network
    ipv6: IPv6Network


def remember(networks: Iterable[ZoneNetwork]) -> Memory:
    """The networks of an earlier Plan in the form that `allocate` takes."""
    return {(network.cloud, network.zone): network for network in networks}


def allocate(
    environment: Environment, fixed: Memory, taken: Iterable[Prefix] = ()
) -> tuple[ZoneNetwork, ...]:
    """Give every cloud a network in each zone it serves, a cluster one in all, sorted by center, zone, cloud.

    A block that network.yaml fixes comes first, then the one remembered in `fixed`, then the first that is
    free; a subnet that is remembered stays while it lies in its block. What is new keeps clear of what others
    have `taken`. The address plan must have passed the lint.

    Raises:
        NothingFits: the plan has no block left, or a block no subnet.
    """
    plan = environment.network.address_plan
    served = _served(environment)
    others = tuple(taken)
    blocks = _blocks(environment, served, fixed, others)
    networks: list[ZoneNetwork] = []
    for site, clouds in served.items():
        networks.extend(_subnets(ZoneBlock(site, blocks[site], plan, others), clouds, fixed))
    return tuple(networks)


def blocks_of(environment: Environment, fixed: Memory) -> Mapping[tuple[str, str], Block]:
    """The block of every zone of a center that some cloud serves, by (center, zone), as `allocate` takes it.

    Raises:
        NothingFits: the plan has no block left.
    """
    return _blocks(environment, _served(environment), fixed, ())


def _served(environment: Environment) -> dict[tuple[str, str], list[str]]:
    """The clouds that have a network of their own in each zone of each center, all sorted."""
    served: dict[tuple[str, str], list[str]] = {}
    for cloud in environment.estate.clouds:
        for zone in own_zones(cloud, environment.network):
            served.setdefault((cloud.center, zone), []).append(cloud.id)
    return {site: sorted(served[site]) for site in sorted(served)}


def _blocks(
    environment: Environment, sites: Iterable[tuple[str, str]], memory: Memory, others: tuple[Prefix, ...]
) -> dict[tuple[str, str], Block]:
    """A block for each site: fixed ones, then remembered ones, then free ones."""
    plan = environment.network.address_plan
    blocks = {
        (allocation.center, allocation.zone): Block(allocation.ipv4, allocation.ipv6)
        for allocation in environment.network.allocations
    }
    wanted = [site for site in sites if site not in blocks]
    for site, block in _remembered(memory, plan):
        if site in wanted and site not in blocks and _is_free(block, blocks.values()):
            blocks[site] = block
    for site in wanted:
        if site not in blocks:
            blocks[site] = _free_block(site, plan, blocks.values(), others)
    return blocks


def _remembered(memory: Memory, plan: AddressPlan) -> Iterator[tuple[tuple[str, str], Block]]:
    """The blocks that remembered networks lie in, as far as they still fit the plan."""
    for key in sorted(memory):
        network = memory[key]
        if _fits_lengths(network, plan):
            block = Block(
                network.ipv4.supernet(new_prefix=plan.ipv4.site_length),
                network.ipv6.supernet(new_prefix=plan.ipv6.site_length),
            )
            if inside(block.ipv4, plan.ipv4.supernet) and inside(block.ipv6, plan.ipv6.prefix):
                yield (network.center, network.zone), block


def _fits_lengths(network: ZoneNetwork, plan: AddressPlan) -> bool:
    lengths = (network.ipv4.prefixlen, network.ipv6.prefixlen)
    return lengths == (plan.ipv4.subnet_length, plan.ipv6.subnet_length)


def _is_free(block: Block | ZoneNetwork, taken: Iterable[Block | ZoneNetwork]) -> bool:
    return not any(overlap(block.ipv4, other.ipv4) or overlap(block.ipv6, other.ipv6) for other in taken)


def _free_block(
    site: tuple[str, str], plan: AddressPlan, blocks: Iterable[Block], others: tuple[Prefix, ...]
) -> Block:
    taken = tuple(blocks)
    purpose = f"{site[1]} in {site[0]}"
    return Block(
        _first(
            plan.ipv4.supernet, plan.ipv4.site_length, [*others, *(other.ipv4 for other in taken)], purpose
        ),
        _first(plan.ipv6.prefix, plan.ipv6.site_length, [*others, *(other.ipv6 for other in taken)], purpose),
    )


def _first(whole: P, length: int, taken: Iterable[Prefix], purpose: str) -> P:
    """The first part of `whole` that shares no address with what is taken.

    Raises:
        NothingFits: there is none.
    """
    if (free := first_free(whole, length, taken)) is not None:
        return free
    raise NothingFits(
        Sentence(
            "{whole} has no free /{length} left for {purpose}", whole=whole, length=length, purpose=purpose
        ),
        hint="take a shorter prefix or a longer length in network.yaml's address_plan",
    )


@dataclass(frozen=True, slots=True)
class ZoneBlock:
    """A zone of a center, given as (center, zone), with its block."""

    name: tuple[str, str]
    block: Block
    plan: AddressPlan
    others: tuple[Prefix, ...] = ()

    def keeps(self, network: ZoneNetwork) -> bool:
        """True when a remembered network may stay: same place, right lengths, inside the block."""
        return (
            (network.center, network.zone) == self.name
            and _fits_lengths(network, self.plan)
            and inside(network.ipv4, self.block.ipv4)
            and inside(network.ipv6, self.block.ipv6)
        )


def _subnets(site: ZoneBlock, clouds: Iterable[str], memory: Memory) -> list[ZoneNetwork]:
    """One network per cloud, sorted: the remembered ones, then the first free subnets of the block."""
    center, zone = site.name
    kept: dict[str, ZoneNetwork] = {}
    for cloud in clouds:
        before = memory.get((cloud, zone))
        if before is not None and site.keeps(before) and _is_free(before, kept.values()):
            kept[cloud] = before
    for cloud in clouds:
        if cloud not in kept:
            purpose = f"{cloud} ({zone})"
            four = [*site.others, *(other.ipv4 for other in kept.values())]
            six = [*site.others, *(other.ipv6 for other in kept.values())]
            ipv4 = _first(site.block.ipv4, site.plan.ipv4.subnet_length, four, purpose)
            ipv6 = _first(site.block.ipv6, site.plan.ipv6.subnet_length, six, purpose)
            kept[cloud] = ZoneNetwork(center=center, cloud=cloud, zone=zone, ipv4=ipv4, ipv6=ipv6)
    return [kept[cloud] for cloud in sorted(kept)]
