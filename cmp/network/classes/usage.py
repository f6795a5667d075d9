"""Reads what classes and owners used: out of `tc -s class show` and `nft -j list counters`.

The service will read it from the edges, for the metrics of `cmp.metrics.traffic`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cmp.errors import Invalid
from cmp.model.json_texts import parsed
from cmp.network.classes.htb import Shaping
from cmp.sentences import Sentence

OWNER: Final = re.compile(r"^owner_(.+)_(in|out)$")
SENT: Final = re.compile(r"Sent (\d+) bytes (\d+) pkt \(dropped (\d+),")
BACKLOG: Final = re.compile(r"backlog ([\d.]+)([KMG]?)b ")
SIZES: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
CLASS: Final = re.compile(r"^class_(.+)_ipv([46])$")


@dataclass(frozen=True, slots=True)
class ClassUsage:
    """What a class sent since its counters began; `dropped` packets found its queue full."""

    name: str
    sent_bytes: int
    sent_packets: int
    dropped_packets: int
    backlog_bytes: int


@dataclass(frozen=True, slots=True)
class OwnerUsage:
    """What the hosts of an owner received and sent since counters began, in both families together."""

    owner: str
    received_bytes: int
    sent_bytes: int


@dataclass(frozen=True, slots=True)
class FamilyUsage:
    """What was sorted into a class in one family, 4 or 6."""

    name: str
    family: int
    sorted_bytes: int


def class_usage(listing: str, shaping: Shaping) -> tuple[ClassUsage, ...]:
    """The usage of every class that `tc -s class show dev` listed, in the order of the classes.

    The listing is plain text: tc(8) of iproute2 6.1 prints classes of HTB in no other way, even with `-j`.

    Raises:
        Invalid: the text is no such listing.
    """
    found = dict(_listed(listing))
    return tuple(ClassUsage(traffic.id, *found[name]) for name, traffic in shaping.named if name in found)


def _listed(listing: str) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
    """The number of each class with its bytes, packets, drops and backlog."""
    if listing.strip() and not listing.lstrip().startswith("class "):
        raise Invalid(
            "this is no listing of `tc -s class show`",
            hint=Sentence("it begins {strip}", strip=f"{listing.strip():.40}"),
        )
    for part in re.split(r"^class ", listing, flags=re.MULTILINE)[1:]:
        sent, waiting = SENT.search(part), BACKLOG.search(part)
        if sent is None or waiting is None:
            raise Invalid("this is no listing of `tc -s class show`", hint="were counters asked for (-s)?")
        backlog = round(float(waiting[1]) * SIZES[waiting[2]])
        yield part.split()[1], (int(sent[1]), int(sent[2]), int(sent[3]), backlog)


def owner_usage(listing: str, owners: Iterable[str]) -> tuple[OwnerUsage, ...]:
    """The usage of owners out of the counters that a policy's table keeps for them.

    Raises:
        Invalid: the text is no listing of nft in JSON.
    """
    counted: dict[tuple[str, str], int] = {}
    for name, size in _counters(listing):
        if found := OWNER.match(name):
            counted[found[1], found[2]] = counted.get((found[1], found[2]), 0) + size
    words = {owner: re.sub(r"[^a-z0-9]", "_", owner.lower()) for owner in sorted(owners)}
    return tuple(
        OwnerUsage(owner, counted.get((word, "in"), 0), counted.get((word, "out"), 0))
        for owner, word in words.items()
    )


def family_usage(listing: str, shaping: Shaping) -> tuple[FamilyUsage, ...]:
    """How much of each class was IPv4 and how much IPv6.

    Raises:
        Invalid: the text is no listing of nft in JSON.
    """
    names = {re.sub(r"[^a-z0-9]", "_", traffic.id): traffic.id for traffic in shaping.classes}
    return tuple(
        FamilyUsage(names[found[1]], int(found[2]), size)
        for name, size in _counters(listing)
        if (found := CLASS.match(name)) and found[1] in names
    )


def _counters(listing: str) -> Sequence[tuple[str, int]]:
    try:
        items = parsed(listing)["nftables"]
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("this is no listing of `nft -j list counters`", hint=str(error)) from error
    return [(each["counter"]["name"], int(each["counter"]["bytes"])) for each in items if "counter" in each]
