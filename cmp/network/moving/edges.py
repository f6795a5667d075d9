"""Plans what the new edge does: it filters before any host moves, and answers for hosts nobody can change.

Filters come first (RFC 4192 section 2.3). For a device one address stands for one (RFC 3022 section 2.1): the
edge takes an address of the old prefix, so that a device answers it on the link and needs no route; IPv6
clients come by NAT64 and meet the same translation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address

from cmp.errors import NothingFits
from cmp.model.migration import (
    HostChange,
    HostMove,
    MigrationPlan,
    Phase,
    Renumbered,
    Strategy,
    Transaction,
)
from cmp.model.network import EdgeRouter, HostKind, Manager
from cmp.network.filters.nftables import render, render_back
from cmp.network.filters.terms import Policy
from cmp.network.moving.filters import border
from cmp.sentences import Sentence


def edge_move(plan: MigrationPlan, router: EdgeRouter, policy: Policy) -> HostMove:
    """The edge's own move in a plan that does not hold it yet.

    Raises:
        NothingFits: the old prefix has no address left for the edge, which needs one for devices.
    """
    devices = tuple(
        each for move in plan.moves if move.strategy is Strategy.BEHIND_EDGE for each in move.addresses
    )
    own = _free(plan) if devices else None
    return HostMove(
        host=router.name,
        strategy=Strategy.BEHIND_EDGE,
        kind=HostKind.LINUX,
        manager=Manager.IFUPDOWN,
        group=None,
        owner=None,
        ssh=router.ssh,
        interface=router.interface,
        new_interface=None,
        services=(),
        addresses=(),
        phases={Phase.BESIDE: _change(plan, render(policy, border(plan, router)), devices, own)},
        is_edge=True,
        devices=devices,
    )


def _change(
    plan: MigrationPlan, filters: str, devices: Sequence[Renumbered], own: IPv4Address | None
) -> HostChange:
    """Load the filters, take an address on the old link and translate where devices need it; the inverse."""
    commands = _ways(devices, own) if own else ()
    table = f"tricenter_{plan.network.replace('-', '_')}"
    text = filters + (_table(table, devices, own) if own else "")
    lasting = _lasting(plan.network, text, commands)
    back = render_back(Policy(plan.network, ())) + (_without(table) if own else "")
    return HostChange(
        forward=Transaction(
            sysctls={"net/ipv4/ip_forward": "1"} if own else {},
            commands=commands,
            nft=text,
            files=lasting,
            unique=(own,) if own else (),
        ),
        back=Transaction(
            commands=tuple(line.replace(" replace ", " del ") for line in reversed(commands)),
            nft=back,
            files=dict.fromkeys(lasting, ""),
        ),
    )


def _ways(devices: Sequence[Renumbered], own: IPv4Address) -> tuple[str, ...]:
    """Addresses and routes of single hosts.

    With all of the old prefix on its link the edge would tell other routers so, and half of what goes to
    hosts at their old addresses would come by here.
    """
    return (
        f"-4 addr replace {own}/32 dev @old",
        *(f"-4 addr replace {each.ipv4.ip}/32 dev @old" for each in devices),
        *(f"-4 route replace {each.old}/32 dev @old src {own}" for each in devices),
    )


def _lasting(network: str, text: str, commands: Sequence[str]) -> Mapping[str, str]:
    """What the next boot reads: the tables before the interface comes up, and then the addresses."""
    path = f"/etc/nftables.d/tricenter-{network}.nft"
    hook = f'#!/bin/sh\n[ "$IFACE" != "@old" ] || exec nft -f {path}\n'
    files = {path: text, f"/etc/network/if-pre-up.d/tricenter-{network}": hook}
    if commands:
        stanza = "".join(f"    up ip {line}\n" for line in commands)
        files[f"/etc/network/interfaces.d/tricenter-{network}"] = f"iface @old inet manual\n{stanza}"
    return files


def _table(table: str, devices: Sequence[Renumbered], own: IPv4Address) -> str:
    """The translation as one table that replaces itself when it is read again."""
    there = "\n".join(f"    ip daddr {each.ipv4.ip} dnat to {each.old}" for each in devices)
    back = "\n".join(f"    ip saddr {each.old} snat to {each.ipv4.ip}" for each in devices)
    olds = ", ".join(str(each.old) for each in devices)
    return f"""{_without(table)}table ip {table} {{
  chain arrive {{
    type nat hook prerouting priority dstnat;
{there}
  }}
  chain leave {{
    type nat hook postrouting priority srcnat;
    ip daddr {{ {olds} }} snat to {own}
{back}
  }}
}}
"""


def _without(table: str) -> str:
    """Remove the table whether it is there or not: `add` before `delete` never fails."""
    return f"add table ip {table}\ndelete table ip {table}\n"


def _free(plan: MigrationPlan) -> IPv4Address:
    """The last host address of the old prefix that nobody is known to hold; the link is asked too."""
    segment = plan.segment
    taken = {each.old for move in plan.moves for each in move.addresses} | {segment.old_gateway}
    for offset in range(segment.old.num_addresses - 2, 0, -1):
        if segment.old[offset] not in taken:
            return segment.old[offset]
    raise NothingFits(Sentence("{old} has no address left for the new edge", old=segment.old))
