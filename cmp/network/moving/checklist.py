"""Lists the thirteen steps of a move after the baseline, each with the checks to leave it by."""

from __future__ import annotations

from typing import Final

from cmp.model.base import Title
from cmp.model.migration import ChecklistStep


def _step(number: int, titles: tuple[str, str], checks: tuple[str, ...], basis: str) -> ChecklistStep:
    return ChecklistStep(
        number=number, title=Title(zh=titles[0], en=titles[1]), exit_checks=checks, basis=basis
    )


STEPS: Final[tuple[ChecklistStep, ...]] = (
    _step(
        0,
        ("資產與基線", "Inventory and baseline"),
        ("every host assessed", "reachability matrix recorded per family", "hosts classed by capability"),
        "RFC 7381 2.2; RFC 6879 4.2",
    ),
    _step(
        1,
        ("地址規劃", "Address plan"),
        ("address plan lint clean", "each old address has one new address per family", "reverse zones exist"),
        "RFC 7381 2.6; RFC 4192 2.3",
    ),
    _step(
        2,
        ("縮短 TTL 與租期並凍結變更", "Lower TTL and leases, freeze"),
        ("target TTL seen at the resolvers", "the old TTL has run out"),
        "RFC 4192 2.2.1; RFC 6879 4.2",
    ),
    _step(
        3,
        ("先行部署過濾", "Filters first"),
        (
            "twin test of IPv4 and IPv6",
            "ICMPv6 types pass",
            "sources of both prefixes checked",
            "default deny",
        ),
        "RFC 4192 2.3; RFC 7381 3.2; RFC 9099 2.7.1, 3.1; RFC 4890",
    ),
    _step(
        4,
        ("並行路由", "Routing in parallel"),
        ("adjacencies as designed", "new prefix in every table", "only additions"),
        "RFC 4192 2.3, 3.4; RFC 7381 2.5; RFC 9099 2.5",
    ),
    _step(
        5,
        ("基礎服務雙棧", "DNS, NTP, AAA and log servers dual stack"),
        ("each answers on each family by itself",),
        "RFC 7381 3.3, 4.4",
    ),
    _step(
        6,
        ("監控雙棧", "Monitoring dual stack"),
        ("probes per family green", "flow and log records show IPv6"),
        "RFC 7381 2.7, 3.3; RFC 9099 2.6",
    ),
    _step(
        7,
        ("主機新增地址,保留舊地址", "Hosts take new addresses beside the old"),
        ("none tentative or duplicate", "both prefixes leave by their own edge", "both answer both ways"),
        "RFC 4192 2.4, 2.5",
    ),
    _step(
        8,
        ("發佈新前綴", "Export the new prefix"),
        ("reached from outside both ways",),
        "RFC 4192 2.3",
    ),
    _step(
        9,
        ("分批割接", "Cut over in waves"),
        ("fresh connection both ways", "no pair lost", "no pair gained", "interruption within the limit"),
        "RFC 4192 2.6; RFC 6412",
    ),
    _step(
        10,
        ("發佈 AAAA,撤舊記錄", "Publish AAAA and new A, retire old records"),
        ("every port of the name answers over IPv6", "resolvers agree after the TTL"),
        "RFC 7381 4.4; RFC 6879 4.3",
    ),
    _step(
        11,
        ("觀察並棄用舊地址", "Soak and deprecate the old"),
        ("no session on an old address", "link flap and reboot proven per host type"),
        "RFC 4192 2.6.2, 2.7",
    ),
    _step(
        12,
        ("拆除舊網並驗收", "Remove the old network, final proof"),
        ("old prefix found nowhere", "matrix equal", "report signed"),
        "RFC 4192 2.8; RFC 6879 4.3",
    ),
    _step(
        13,
        ("IPv6 單棧試點", "IPv6-only islands, IPv4 sunset"),
        ("NAT64 and DNS64 pilot", "list of what still needs IPv4"),
        "RFC 7381 5; RFC 6146; RFC 6147; RFC 7915",
    ),
)
"""RFC 4192 gives the order of renumbering, RFC 7381 that of bringing IPv6 into an enterprise."""
