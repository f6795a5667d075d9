"""Reads the addresses that somebody named for notices."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from cmp.couriers.mail import Mail
from cmp.couriers.webhook import Webhook
from cmp.errors import Invalid, Refused
from cmp.ports.notices import Courier
from cmp.ports.secrets import SCHEME
from cmp.sentences import Sentence

SECRET: Final = "secret"  # noqa: S105 - the name of a part of an address, which names where the secret lies
SUBMISSION: Final = 587
"""The port of mail submission (RFC 6409, 3.1)."""
HINT: Final = (
    "https://HOST/PATH?secret=secret://NAME, or smtp://USER@HOST:PORT/?from=A&to=B,C&secret=secret://NAME"
)


def courier_of(address: str, secret: Callable[[str], str]) -> Courier:
    """Whoever takes notices to an address.

    Args:
        address: `https://…`, or `smtp://…`; on loopback `http://…`. The part `secret=` names a reference.
        secret: answers what such a reference stands for.

    Raises:
        Invalid: it is neither, or lacks something.
        Refused: it would be told in the clear beyond this machine.
    """
    parsed = urlsplit(address)
    asked = {name: values[-1] for name, values in parse_qs(parsed.query).items()}
    named = asked.pop(SECRET, "")
    try:
        host, port = parsed.hostname, parsed.port
    except ValueError:
        host, port = None, None
    if not host or parsed.scheme not in {"http", "https", "smtp"} or (named and not named.startswith(SCHEME)):
        raise _unfit(address)
    resolved = partial(secret, named) if named else None
    near = _is_loopback(host)
    if parsed.scheme == "smtp":
        if not asked.get("from") or not asked.get("to"):
            raise _unfit(address)
        recipients = tuple(asked["to"].split(","))
        return Mail(
            host, port or SUBMISSION, asked["from"], recipients, parsed.username or "", resolved, not near
        )
    if parsed.scheme == "http" and not near:
        raise Refused(
            Sentence("a notice is never sent in the clear to {host}", host=host),
            hint="use https, or loopback",
        )
    return Webhook(urlunsplit(parsed._replace(query=urlencode(asked))), resolved)


def _unfit(address: str) -> Invalid:
    shown = address.partition("?")[0]
    return Invalid(Sentence("{address} is no address for notices", address=f"{shown!r:.80}"), hint=HINT)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
