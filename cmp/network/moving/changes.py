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
}


def changes(
    network: str, segment: Segment, addresses: tuple[Renumbered, ...], manager: Manager
) -> Mapping[Phase, HostChange]:
    """The three phases of a host that plays manage, each with its inverse."""
    written = {phase: dict(WRITERS[manager](Lasting(network, phase, segment, addresses))) for phase in Phase}
    nothing = dict.fromkeys(written[Phase.BESIDE], "")
    loose = dict.fromkeys(Lasting(network, Phase.BESIDE, segment, addresses).rp_filter, "0")
    fresh = tuple(address.ip for each in addresses for address in (each.ipv4, each.ipv6) if address)
    old = tuple(each.old for each in addresses)
    return {
        Phase.BESIDE: HostChange(
            forward=Transaction(
                sysctls=loose,
                commands=routes.beside(segment, addresses),
                files=written[Phase.BESIDE],
                unique=fresh,
            ),
            back=Transaction(commands=routes.not_beside(segment, addresses), files=nothing),
        ),
        Phase.CUTOVER: HostChange(
            forward=Transaction(commands=routes.cutover(segment, addresses), files=written[Phase.CUTOVER]),
            back=Transaction(commands=routes.not_cutover(segment, addresses), files=written[Phase.BESIDE]),
        ),
        Phase.RETIRE: HostChange(
            forward=Transaction(
                commands=routes.retire(segment, addresses), files=written[Phase.RETIRE], forget=old
            ),
            back=Transaction(
                commands=routes.not_retire(segment, addresses), files=written[Phase.CUTOVER], recall=True
            ),
        ),
    }
