"""Lists what is in quarantine, as the prefixes that were given back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

from cmp.model.network import Prefix
from cmp.ports.addresses import Addresses, KeptBack
from cmp.services.addresses.documents import Waiting


def waiting(store: Addresses, region: str | None, now: datetime) -> Iterator[Waiting]:
    """What nobody gets yet, of one region or all; what has waited long enough is left out.

    Raises:
        TryLater: the database cannot be read.
    """
    for kept in store.kept_back():
        if kept.until > now and region in {None, kept.region}:
            for prefix in _prefixes(kept):
                single = prefix.prefixlen == prefix.max_prefixlen
                text = str(prefix.network_address) if single else str(prefix)
                yield Waiting(kept.region, text, kept.until)


def _prefixes(kept: KeptBack) -> Iterator[Prefix]:
    if kept.family == 4:  # noqa: PLR2004 - the version of the protocol
        yield from summarize_address_range(IPv4Address(kept.first), IPv4Address(kept.last))
    else:
        yield from summarize_address_range(IPv6Address(kept.first), IPv6Address(kept.last))
