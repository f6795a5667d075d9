"""Lists the names that nft and iptables have for protocols and for messages of ICMP and ICMPv6.

Sources: RFC 792, RFC 4443, RFC 4890 (messages and what they are for), nft(8), iptables-extensions(8).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cmp.network.filters.terms import Message

LAST_OCTET: Final = 255
"""The last number of a protocol, a type or a code."""

_NUMBERED: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("icmp",),
    2: ("igmp",),
    4: ("ipencap", "ipip", "ipv4"),
    6: ("tcp",),
    17: ("udp",),
    33: ("dccp",),
    41: ("ipv6",),
    43: ("ipv6-route",),
    44: ("ipv6-frag",),
    46: ("rsvp",),
    47: ("gre",),
    50: ("esp", "ipv6-crypt"),
    51: ("ah", "ipv6-auth"),
    58: ("icmpv6", "ipv6-icmp", "icmp6"),
    59: ("ipv6-nonxt",),
    60: ("ipv6-opts",),
    88: ("eigrp",),
    89: ("ospf", "ospfigp"),
    94: ("ipip-encap",),
    103: ("pim",),
    108: ("comp", "ipcomp"),
    112: ("vrrp", "carp"),
    115: ("l2tp",),
    132: ("sctp",),
    136: ("udplite",),
    137: ("mpls-in-ip",),
}
_BY_NAME: Final = {name: number for number, names in _NUMBERED.items() for name in names}


def protocol(word: str | int) -> str:
    """A protocol as our terms call it: by its first name, or by its number where it has none.

    Raises:
        ValueError: there is no such protocol.
    """
    text = str(word).lower()
    number = _BY_NAME.get(text)
    if number is None:
        if not text.isdecimal() or int(text) > LAST_OCTET:
            raise ValueError(f"{word}: no protocol is called so")
        number = int(text)
    return _NUMBERED.get(number, (str(number),))[0]


TYPES: Final[Mapping[str, Mapping[str, int]]] = {
    "icmp": {
        "echo-reply": 0,
        "destination-unreachable": 3,
        "source-quench": 4,
        "redirect": 5,
        "echo-request": 8,
        "router-advertisement": 9,
        "router-solicitation": 10,
        "time-exceeded": 11,
        "parameter-problem": 12,
        "timestamp-request": 13,
        "timestamp-reply": 14,
        "info-request": 15,
        "info-reply": 16,
        "address-mask-request": 17,
        "address-mask-reply": 18,
    },
    "icmpv6": {
        "destination-unreachable": 1,
        "packet-too-big": 2,
        "time-exceeded": 3,
        "parameter-problem": 4,
        "echo-request": 128,
        "echo-reply": 129,
        "mld-listener-query": 130,
        "mld-listener-report": 131,
        "mld-listener-done": 132,
        "mld-listener-reduction": 132,
        "nd-router-solicit": 133,
        "nd-router-advert": 134,
        "nd-neighbor-solicit": 135,
        "nd-neighbor-advert": 136,
        "nd-redirect": 137,
        "router-renumbering": 138,
        "ind-neighbor-solicit": 141,
        "ind-neighbor-advert": 142,
        "mld2-listener-report": 143,
    },
}
"""Types as nft names them."""

CODES: Final[Mapping[str, Mapping[str, int]]] = {
    "icmp": {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "prot-unreachable": 2,
        "port-unreachable": 3,
        "frag-needed": 4,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    },
    "icmpv6": {
        "no-route": 0,
        "admin-prohibited": 1,
        "addr-unreachable": 3,
        "port-unreachable": 4,
        "policy-fail": 5,
        "reject-route": 6,
    },
}
"""Codes as nft names them."""

_SAVED_IPV4: Final = {
    **{name: Message(kind) for name, kind in TYPES["icmp"].items()},
    "pong": Message(0),
    "ping": Message(8),
    "ttl-exceeded": Message(11),
    **{
        name: Message(3, code)
        for code, name in {
            0: "network-unreachable",
            1: "host-unreachable",
            2: "protocol-unreachable",
            3: "port-unreachable",
            4: "fragmentation-needed",
            5: "source-route-failed",
            6: "network-unknown",
            7: "host-unknown",
            9: "network-prohibited",
            10: "host-prohibited",
            11: "tos-network-unreachable",
            12: "tos-host-unreachable",
            13: "communication-prohibited",
            14: "host-precedence-violation",
            15: "precedence-cutoff",
        }.items()
    },
    "network-redirect": Message(5, 0),
    "host-redirect": Message(5, 1),
    "tos-network-redirect": Message(5, 2),
    "tos-host-redirect": Message(5, 3),
    "ttl-zero-during-transit": Message(11, 0),
    "ttl-zero-during-reassembly": Message(11, 1),
    "ip-header-bad": Message(12, 0),
    "required-option-missing": Message(12, 1),
}
_SAVED_IPV6: Final = {
    **{name: Message(kind) for name, kind in TYPES["icmpv6"].items()},
    "ttl-exceeded": Message(3),
    "no-route": Message(1, 0),
    "communication-prohibited": Message(1, 1),
    "beyond-scope": Message(1, 2),
    "address-unreachable": Message(1, 3),
    "port-unreachable": Message(1, 4),
    "failed-policy": Message(1, 5),
    "reject-route": Message(1, 6),
    "ttl-zero-during-transit": Message(3, 0),
    "ttl-zero-during-reassembly": Message(3, 1),
    "bad-header": Message(4, 0),
    "unknown-header-type": Message(4, 1),
    "unknown-option": Message(4, 2),
    "mld-listener-query": Message(130),
    "router-solicitation": Message(133),
    "router-advertisement": Message(134),
    "neighbour-solicitation": Message(135),
    "neighbor-solicitation": Message(135),
    "neighbour-advertisement": Message(136),
    "neighbor-advertisement": Message(136),
    "redirect": Message(137),
}


def saved_message(word: str, family: int) -> Message:
    """A message as iptables or ip6tables (family 4 or 6) writes it: a name, a type, or a type with its code.

    Raises:
        ValueError: there is no such message.
    """
    known = (_SAVED_IPV4 if family == 4 else _SAVED_IPV6).get(word.lower())  # noqa: PLR2004 - a family
    if known is not None:
        return known
    kind, _, code = word.partition("/")
    if not kind.isdecimal() or (code and not code.isdecimal()):
        raise ValueError("no such message in this family")
    if max(int(kind), int(code or 0)) > LAST_OCTET:
        raise ValueError("no such message: types and codes are octets")
    return Message(int(kind), int(code) if code else None)
