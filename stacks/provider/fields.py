"""Checks single fields of resources: what a value must look like, and its one normal form.

A check takes a value of an input and returns its normal form; equal wishes have equal normal forms.
It raises ValueError with a sentence for people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from cmp.clouds.labels import RESERVED

Check = Callable[[Any], Any]

TAG_NAME_LENGTH = 60
TAG_VALUE_LENGTH = 160
SHOWN_LENGTH = 60
HIGHEST_INDEX = 255

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends in a preview for a value that is not known yet."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a resource type.

    `replaces`: a change needs a new resource; otherwise it is changed in place. `default` is what a missing
    input means. `chosen`: without it the cloud chooses, and what it chose is no difference. `about` is said
    in the schema. `secret`: the engine encrypts it in its state and shows it nowhere. `compared`: what of a
    value makes it another one, where the cloud cannot change the rest.
    """

    check: Check
    about: str
    required: bool = False
    replaces: bool = False
    default: Any = None
    chosen: bool = False
    secret: bool = False
    compared: Check | None = None


def has_unknown(value: Any) -> bool:
    """True when some part of the value is not known yet."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return bool(value == UNKNOWN)


def text(value: Any) -> str:
    """A string with at least one character."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be a text, not {_say(value)}")
    return value


def any_text(value: Any) -> str:
    """A string that may be empty."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {_say(value)}")  # noqa: TRY004 - see the module
    return value


def index(value: Any) -> int:
    """A whole number from 0 to 255."""
    if isinstance(value, bool) or value not in range(HIGHEST_INDEX + 1):
        raise ValueError(f"must be a whole number from 0 to {HIGHEST_INDEX}, not {_say(value)}")
    return int(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_say(value)}")  # noqa: TRY004 - see the module
    return value


def count(value: Any) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 1:
        raise ValueError(f"must be a whole number of at least 1, not {_say(value)}")
    return int(value)


def size(value: Any) -> int:
    """A number of at least 0; clouds count in whole units, so a part of one is rounded up."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"must be a number of at least 0, not {_say(value)}")
    return math.ceil(value)


def vcpus(value: Any) -> int:
    """A number of vCPU above 0, rounded up to whole ones."""
    whole = size(value)
    if whole < 1:
        raise ValueError("must be above 0")
    return whole


def texts(value: Any) -> list[str]:
    """A set of strings, given as a list in any order."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"must be a list of texts, not {_say(value)}")
    return sorted(set(value))


def some_texts(value: Any) -> list[str]:
    """The same, with at least one."""
    checked = texts(value)
    if not checked:
        raise ValueError("must not be empty")
    return checked


def mapping(value: Any) -> dict[str, str]:
    """Strings by name."""
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError(f"must be texts by name, not {_say(value)}")
    return dict(sorted(value.items()))


def counts(value: Any) -> dict[str, int]:
    """Whole numbers above 0 by name; a 0 is the same as not being named."""
    if not isinstance(value, Mapping):
        raise ValueError(f"must be numbers by name, not {_say(value)}")  # noqa: TRY004 - see the module
    return {name: count(number) for name, number in sorted(value.items()) if number != 0}


def tags(value: Any) -> dict[str, str]:
    """Tags by name, in characters that every cloud takes; marks are not set by hand."""
    checked = mapping(value)
    for name, content in checked.items():
        if name in RESERVED:
            raise ValueError(f"must not hold {name!r}: the provider sets it")
        if not 0 < len(name) <= TAG_NAME_LENGTH or set(name) & set("=,/ "):
            raise ValueError(
                f"has the name {name!r}: 1 to {TAG_NAME_LENGTH} characters without '=', ',', '/' or space"
            )
        if len(content) > TAG_VALUE_LENGTH or "," in content:
            raise ValueError(f"has a value of {name!r} that is longer than {TAG_VALUE_LENGTH} or holds ','")
    return checked


def one_of(*allowed: str) -> Check:
    """One of the given words."""

    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {_say(value)}")
        return str(value)

    return check


def cidr(*families: int) -> Check:
    """An address prefix of one of the families, without host bits."""

    def check(value: Any) -> str:
        try:
            prefix = ip_network(text(value))
        except ValueError as error:
            raise ValueError(f"must be a prefix such as 192.0.2.0/24 or 2001:db8::/64: {error}") from None
        if prefix.version not in families:
            raise ValueError(f"must be an IPv{' or IPv'.join(map(str, families))} prefix, not {prefix}")
        return str(prefix)

    return check


def addresses(value: Any) -> list[str]:
    """IP addresses of either family."""
    if not isinstance(value, list):
        raise ValueError(f"must be a list of addresses, not {_say(value)}")  # noqa: TRY004 - see the module
    return sorted({str(ip_address(text(item))) for item in value})


def _say(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= SHOWN_LENGTH else f"{shown[:SHOWN_LENGTH]}…"
