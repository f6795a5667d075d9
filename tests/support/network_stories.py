"""Gives tests of filters and routers the moves of the reference environment, as its planner makes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.model.migration import MigrationPlan
from cmp.network.addresses.allocation import allocate
from cmp.network.addresses.renumbering import renumber, segments_of
from cmp.network.filters.nftables import Border
from cmp.network.filters.zones import Surroundings, own_prefixes
from cmp.network.moving.planning import MigrationWish, plan_move

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/data/network"


@cache
def the_reference() -> Environment:
    return load(ROOT / "inventories/reference").environment


@cache
def surroundings() -> Surroundings:
    return Surroundings(the_reference(), allocate(the_reference(), {}))


@cache
def a_move(network: str = "rescue-net") -> MigrationPlan:
    environment = the_reference()
    private = next(each for each in environment.network.private_networks if each.id == network)
    taken = [prefix for each in surroundings().networks for prefix in (each.ipv4, each.ipv6)]
    segment = segments_of(environment, taken, until=private.id)[private.id]
    hosts = environment.hosts[network].hosts
    addresses = renumber(segment, hosts)
    known = (environment.name, environment.network, private, hosts, segment, addresses)
    wish = MigrationWish(*known, inputs_hash="0" * 64, around=surroundings())
    return plan_move(wish)


def a_border(network: str = "rescue-net", **changes: object) -> Border:
    own = own_prefixes(a_move(network))
    return Border(**{"lan": "lan0", "uplink": "up0", "own": own, "owners": {"rescue": own}} | changes)
