"""Writes a drop-in for systemd-networkd (systemd.network(5)) beside the file that manages the interface.

networkd removes routes and rules that it does not know when it restarts, so what the change added is all in
the drop-in, and foreign ones are left alone (networkd.conf(5): ManageForeignRoutes,
ManageForeignRoutingPolicyRules).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cmp.model.migration import Phase
from cmp.network.moving import routes
from cmp.network.moving.persisting.lasting import Lasting, in_place

KEEP_FOREIGN = "[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n"


def files(lasting: Lasting) -> Mapping[str, str]:
    """The drop-ins of both interfaces and networkd's own setting, by path."""
    ground = lasting.ground
    old = [
        lasting.heading,
        _on_link(ground.old, routes.OLD_TABLE),
        _route(ground.old_gateway, routes.OLD_TABLE),
    ]
    return {
        path(lasting.network): "\n".join([lasting.heading, *_sections(lasting)]) + "\n",
        old_path(lasting.network): "\n".join(old) + "\n" if lasting.has_old else "",
        "/etc/systemd/networkd.conf.d/50-tricenter.conf": f"{lasting.heading}\n{KEEP_FOREIGN}",
        f"/etc/sysctl.d/90-tricenter-{lasting.network}.conf": "\n".join(
            [lasting.heading, *(f"{name} = 0" for name in lasting.rp_filter)]
        )
        + "\n",
    }


def path(network: str) -> str:
    """Where the drop-in of a moving network lies, beside the file of the new addresses' interface."""
    return f"/etc/systemd/network/@newfile.d/50-tricenter-{network}.conf"


def old_path(network: str) -> str:
    """Where the drop-in of the old line lies: its gateway is on the link of the old addresses' interface."""
    return f"/etc/systemd/network/@oldfile.d/51-tricenter-{network}-old.conf"


def _sections(lasting: Lasting) -> Iterator[str]:
    ground, segment = lasting.ground, lasting.ground.segment
    for each in lasting.addresses:
        yield f"[Address]\nAddress={each.ipv4}"
        if each.ipv6:
            yield f"[Address]\nAddress={each.ipv6}"
    gone = () if lasting.has_old else routes.old_rules(ground)
    for each_rule in routes.rules(ground, six=routes.speaks_ipv6(lasting.addresses)):
        if each_rule not in gone:
            yield _rule(*each_rule)
    yield _on_link(str(segment.ipv4), routes.NEW_TABLE)
    yield _route(ground.ipv4_gateway, routes.NEW_TABLE)
    if any(each.ipv6 for each in lasting.addresses):
        yield _on_link(str(segment.ipv6), routes.NEW_TABLE)
        yield _route(ground.ipv6_gateway, routes.NEW_TABLE)
    if lasting.phase is not Phase.BESIDE:
        first = lasting.addresses[0]
        yield from in_place(_route(ground.ipv4_gateway, None, first.source4))
        if first.ipv6:
            yield from in_place(_route(ground.ipv6_gateway, None, first.source6))


def _on_link(prefix: str, table: int) -> str:
    """Neighbours are reached without the gateway, as the kernel's own route does it in the main table."""
    scope = "" if ":" in prefix else "\nScope=link"
    return f"[Route]\nDestination={prefix}\nTable={table}{scope}"


def _route(gateway: str, table: int | None, source: str | None = None) -> str:
    lines = ["[Route]", f"Gateway={gateway}"]
    if table is not None:
        lines.append(f"Table={table}")
    if source is not None:
        lines += [f"PreferredSource={source}", f"Metric=@metric{6 if ':' in source else 4}"]
    return "\n".join(lines)


def _rule(family: str, rule: str) -> str:
    words = rule.split()
    value = dict(zip(words[::2], words[1::2], strict=True))
    lines = [
        "[RoutingPolicyRule]",
        f"Family={'ipv4' if family == '-4' else 'ipv6'}",
        f"Priority={value['pref']}",
        f"From={value['from']}",
        f"Table={value['lookup']}",
    ]
    if "suppress_prefixlength" in value:
        lines.append(f"SuppressPrefixLength={value['suppress_prefixlength']}")
    return "\n".join(lines)
