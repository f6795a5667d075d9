"""Reads addresses and prefixes as people write them, each in one spelling; what is wrong is said in words.

Full-width digits and signs are those they stand for (Unicode NFKC); an IPv4-mapped address (RFC 4291 2.5.5.2)
is the IPv4 address that it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Final

from cmp.model.network import Prefix

MAPPED: Final = IPv6Network("::ffff:0:0/96")
_MAPPED_LENGTH: Final = 96
_WORDS: Final[Mapping[str, str]] = {
    "name": "a name has 1 to 128 characters, no commas, quotes or braces, and no blank at its ends",
    "region": "a region (VRF) has 1 to 63 characters, no commas, quotes or braces, and no blank at its ends",
    "dns_name": "a DNS name is written in lower-case letters, digits, hyphens and dots, without the last dot",
}
_LINE: Final = "write one line of at most 200 characters, without control characters, `{{`, `{%` or `{#`"


def plain(text: str) -> str:
    """A text with full-width characters as the usual ones, and without blanks at its ends."""
    return unicodedata.normalize("NFKC", text).strip()


def prefix_of(text: str) -> Prefix:
    """A prefix, or an address as one of full length.

    Raises:
        ValueError: it is none; the sentence says what is wrong and what to write.
    """
    written = plain(text)
    try:
        return unmapped(ip_network(written))
    except ValueError as error:
        raise ValueError(_why(written)) from error


def address_of(text: str) -> IPv4Address | IPv6Address:
    """An address without a length.

    Raises:
        ValueError: it is none.
    """
    written = plain(text)
    try:
        found = ip_address(written)
    except ValueError as error:
        raise ValueError(f"`{written}` is no address") from error
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def gateway_of(text: str, prefix: Prefix) -> IPv4Address | IPv6Address:
    """A router's address in a prefix; a length behind it has to be the prefix's.

    Raises:
        ValueError: it is none.
    """
    written, _, length = plain(text).partition("/")
    found = address_of(written)
    if length:
        try:
            whole = unmapped(ip_interface(plain(text)).network)
        except ValueError as error:
            raise ValueError(f"`{plain(text)}` is no address of a gateway") from error
        if whole.prefixlen != prefix.prefixlen:
            raise ValueError(f"the gateway {found} has /{length}, and its prefix is {prefix}")
    return found


def unmapped(prefix: Prefix) -> Prefix:
    """A prefix of IPv4-mapped addresses as the IPv4 prefix that it is."""
    if isinstance(prefix, IPv6Network) and prefix.prefixlen >= _MAPPED_LENGTH and prefix.subnet_of(MAPPED):
        start = int(prefix.network_address) & 0xFFFFFFFF
        return IPv4Network((start, prefix.prefixlen - _MAPPED_LENGTH))
    return prefix


def in_words(field: str, said: str, kind: str) -> str:
    """What is wrong with a field, but never the pattern that it does not match; `kind` is pydantic's."""
    last = field.rpartition(".")[2]
    if kind in {"string_pattern_mismatch", "string_too_long", "string_too_short"}:
        return f"{last}: {_WORDS.get(last, _LINE)}"
    return f"{last}: {said}".removeprefix(": ")


def _why(written: str) -> str:
    """Why a text is no prefix, and what it might be meant to be."""
    address, _, length = written.partition("/")
    try:
        found = ip_address(address)
    except ValueError:
        return f"`{written}` is no prefix: {_odd(address)}"
    most = found.max_prefixlen
    if length.isdecimal() and int(length) > most:
        return f"`{written}` is no prefix: lengths of IPv{found.version} end at {most}"
    try:
        whole = ip_network(written, strict=False)
    except ValueError:
        return f"`{written}` is no prefix: `{length}` is no length"
    return f"`{written}` is no prefix, but an address in {whole}: write {whole}"


def _odd(address: str) -> str:
    """What is wrong with an address, as far as that can be told."""
    parts = address.split(".")
    if ":" in address or len(parts) != 4:  # noqa: PLR2004 - octets
        return f"`{address}` is no address"
    if any(len(part) > 1 and part.startswith("0") for part in parts if part.isdecimal()):
        return "an octet begins with 0, which some read as octal"
    return "octets are numbers from 0 to 255"
