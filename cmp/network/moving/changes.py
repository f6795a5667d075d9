"""Makes the change of each phase of a host, with its inverse and what the next boot has to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cmp.model.migration import HostChange, Phase, Renumbered, Segment, Transaction
from cmp.model.network import Manager
from cmp.network.moving import routes
from cmp.network.moving.persisting import ifupdown, network_manager, networkd
from cmp.network.moving.persisting.lasting import Lasting

WRITERS: Final[Mapping[Manager, Callable[[Lasting], Mapping[str, str]]]] = {
    Manager.IFUPDOWN: ifupdown.files,
    Manager.NETWORKD: networkd.files,
    Manager.NETWORK_MANAGER: network_manager.files,
    Manager.NETPLAN: networkd.files,
    Manager.NETPLAN_OVER_NETWORK_MANAGER: network_manager.files,
}
"""What netplan has no words for (rules that look at one table but for its default) lies beside what it
generates, as its own documentation advises; what it does hold of the old line is taken out of its YAML."""


def changes(
    network: str, segment: Segment, addresses: tuple[Renumbered, ...], manager: Manager
) -> Mapping[Phase, HostChange]:
    """The three phases of a host that plays manage, each with its inverse."""
    ground, texts = routes.ground_of(segment), routes.written(addresses)

    def write(phase: Phase) -> Mapping[str, str]:
        return WRITERS[manager](Lasting(network, phase, ground, texts))

    beside, cutover, retire = write(Phase.BESIDE), write(Phase.CUTOVER), write(Phase.RETIRE)
    six = (segment.ipv6_gateway,) if routes.speaks_ipv6(texts) else ()
    lead = (segment.ipv4_gateway, *six)
    return {
        Phase.BESIDE: _beside(Lasting(network, Phase.BESIDE, ground, texts), addresses, beside),
        Phase.CUTOVER: HostChange(
            forward=Transaction(
                commands=routes.cutover(ground, texts),
                files=cutover,
                leave=(segment.old_gateway,),
                lead=lead,
                step=Phase.CUTOVER,
            ),
            back=Transaction(
                commands=routes.not_cutover(ground, texts),
                files=beside,
                come_back=True,
                lead=lead,
                undoes=Phase.CUTOVER,
            ),
        ),
        Phase.RETIRE: HostChange(
            forward=Transaction(
                commands=routes.retire(ground, texts),
                files=retire,
                forget=tuple(each.old for each in addresses),
                instead={each.old: each.ipv4 for each in addresses},
                lead=lead,
                step=Phase.RETIRE,
            ),
            back=Transaction(
                commands=routes.not_retire(ground, texts),
                files=cutover,
                recall=True,
                lead=lead,
                undoes=Phase.RETIRE,
            ),
        ),
    }


def _beside(lasting: Lasting, addresses: tuple[Renumbered, ...], files: Mapping[str, str]) -> HostChange:
    return HostChange(
        forward=Transaction(
            sysctls=dict.fromkeys(lasting.rp_filter, "0"),
            commands=routes.beside(lasting.ground, lasting.addresses),
            files=files,
            unique=tuple(address.ip for each in addresses for address in (each.ipv4, each.ipv6) if address),
            step=Phase.BESIDE,
        ),
        back=Transaction(
            commands=routes.not_beside(lasting.ground, lasting.addresses),
            files=dict.fromkeys(files, ""),
            undoes=Phase.BESIDE,
        ),
    )
