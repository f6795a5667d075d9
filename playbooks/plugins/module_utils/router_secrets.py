"""Hides what routers know each other and people by, in configurations and in what programs say of them.

All that follows a word which announces a secret is hidden, to the end of the line: values may hold blanks,
and words behind them are worth less than the secret. The table follows FRR's own listing of commands (`list`
in each node of vtysh 8.4) and, beside it, the forms of Cisco, Huawei VRP, H3C Comware, Juniper, Arista, Nokia
and MikroTik. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import re

HIDDEN = "(hidden)"
_HOW = (
    r"(?:(?:\d{1,2}|md5|clear|plain|text|simple|cipher|irreversible-cipher|encrypted|hash|hash2|ascii-text"
    r"|hexadecimal|unencrypted|plain-text|sha\d*|hmac-\S+)\s+)*"
)
"""How a secret is written down, between the word that announces it and itself."""

TABLE = (
    ("password", r"\b(?:[\w-]+-)?password(?!-)"),
    ("passphrase", r"\b(?:[\w-]+-)?pass-?phrase"),
    ("key-string", r"\bkey-string"),
    ("authentication-key", r"\bauthentication-key"),
    ("message-digest-key", r"\bmessage-digest-key \d+ md5"),
    ("md5", r"\bmd5(?= +(?!(?:[\w-]+-)?key\b)\S)"),
    ("key", r"\bkey(?! chain\b| +\d+ *$| *$)"),
    ("key of a line", r"\b(?:pre-shared|shared|private|master|psk|radius|tacacs|wpa)-?(?:secret|key|psk)\b"),
    ("authentication string", r"\bauthentication (?:string|text|simple|plain|cipher|clear)"),
    ("authentication of a group", r"\b(?:vrrp|standby|glbp|nhrp|hsrp)\b.*? authentication"),
    (
        "authentication-mode",
        r"\b(?:authentication|privacy|auth|priv)-mode (?:simple|md5|hmac-\S+|sha\S*|aes\S*|des\S*)",
    ),
    ("secret", r"\b(?:[\w-]+-)?secret"),
    ("cipher", r"\b(?:irreversible-)?cipher"),
    ("simple", r"\bsimple(?= +(?!key\b)\S)"),
    ("ascii-text", r"\b(?:ascii-text|hexadecimal)"),
    ("community", r"\bsnmp(?:-server|-agent)? +(?:set +)?community(?: +(?:read|write))?"),
    ("community of a host", r"\bsnmp-server +host +\S+"),
    ("trap of a host", r"\bsnmp-agent +target-host\b.*?\b(?:securityname|community)"),
    ("user of SNMP", r"\bsnmp-server +user\b.*?\b(?:auth|priv)(?: +(?:md5|sha|aes|des|3des)\S*)*(?: +\d+)?"),
    ("psk", r"\bpsk\b"),
    ("pcep", r"\btcp-md5-auth"),
    ("rpki over SSH", r"\brpki cache +\S+ +\d+ +\S+"),
    ("LDP", r"\bneighbor +\S+ +password"),
)
"""What announces a secret, by name: FRR's commands and those of others."""

_ANNOUNCED = tuple(
    (
        name,
        re.compile(rf"(?P<said>{pattern})(?P<gap>[ \t]*[=:][ \t]*|[ \t]+)(?P<how>{_HOW})\S.*", re.IGNORECASE),
    )
    for name, pattern in TABLE
)


def hidden(text):
    """A text without its secrets, line by line."""
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line):
    """One line up to the first secret in it."""
    found = [match for _name, pattern in _ANNOUNCED for match in [pattern.search(line)] if match]
    if not found:
        return line
    first = min(found, key=lambda match: match.start("said"))
    shown = first.group("said", "gap", "how")
    return line[: first.start()] + "".join(shown) + HIDDEN
