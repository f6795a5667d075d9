"""Plans what the new edge does for hosts that nobody can change: it answers for them and translates.

One address stands for one (RFC 3022 section 2.1). The edge takes an address of the old prefix, so that a
device answers it on the link and needs no route; IPv6 clients come by NAT64 and meet the same translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from cmp.errors import NothingFits
from cmp.model.migration import Change, HostMove, Phase, Renumbered, Segment, Strategy, Transaction
from cmp.model.network import HostKind, Manager, PrivateNetwork


def edge_move(private: PrivateNetwork, segment: Segment, moves: Sequence[HostMove]) -> HostMove | None:
    """The edge's own move, or None where every host moves by itself or no router is named.

    Raises:
        NothingFits: the old prefix has no address left for the edge.
    """
    devices = tuple(
        each for move in moves if move.strategy is Strategy.BEHIND_EDGE for each in move.addresses
    )
    router = private.edge.router
    if not devices or router is None:
        return None
    taken = {each.old for move in moves for each in move.addresses} | {segment.old_gateway}
    own = _free(segment, taken)
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
        phases={Phase.BESIDE: _change(private.id, segment, devices, own)},
        devices=devices,
    )


def _change(network: str, segment: Segment, devices: Sequence[Renumbered], own: IPv4Address) -> Change:
    """Take an address on the old link and translate, and the inverse."""
    commands = (
        f"-4 addr replace {own}/{segment.old.prefixlen} dev @old",
        *(f"-4 addr replace {each.ipv4.ip}/32 dev @old" for each in devices),
    )
    back = tuple(line.replace(" addr replace ", " addr del ") for line in reversed(commands))
    table = f"tricenter_{network.replace('-', '_')}"
    text = _table(table, devices, own)
    path = f"/etc/nftables.d/tricenter-{network}.nft"
    boot = f"/etc/network/interfaces.d/tricenter-{network}"
    stanza = "".join(f"    up ip {line}\n" for line in commands)
    return Change(
        forward=Transaction(
            sysctls={"net/ipv4/ip_forward": "1"},
            commands=commands,
            nft=text,
            files={path: text, boot: f"iface @old inet manual\n{stanza}    up nft -f {path}\n"},
            unique=(own,),
        ),
        back=Transaction(commands=back, nft=_without(table), files={path: "", boot: ""}),
    )


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


def _free(segment: Segment, taken: set[IPv4Address]) -> IPv4Address:
    """The last host address of the old prefix that nobody is known to hold; the link is asked too."""
    for offset in range(segment.old.num_addresses - 2, 0, -1):
        if segment.old[offset] not in taken:
            return segment.old[offset]
    raise NothingFits(f"{segment.old} has no address left for the new edge")
