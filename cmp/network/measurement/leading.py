"""Finds every name of a whole zone that leads to an address, by itself or through others (RFC 1034).

A record can lead there as an address, as an alias, as a wildcard, as the target of mail or of a service, or
as the reverse name of the address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Final, NamedTuple

from cmp.network.measurement.naming import Record, mentioned, reversed_name

ADDRESSES: Final = ("A", "AAAA")
TARGETS: Final[Mapping[str, int]] = {
    "CNAME": 0,
    "DNAME": 0,
    "NS": 0,
    "MX": 1,
    "SVCB": 1,
    "HTTPS": 1,
    "AFSDB": 1,
    "KX": 1,
    "RT": 1,
    "SRV": 3,
    "NAPTR": 5,
}
"""Kinds whose value names a host, and which of its words that is."""
_MOST: Final = 16
"""Aliases of aliases that are followed; resolvers give up about there."""


class Lead(NamedTuple):
    """A record that leads to one of the addresses; `by` is the name that has it, where it is another one."""

    record: Record
    address: str
    by: str = ""

    def __str__(self) -> str:
        """Say it as people do."""
        name = (
            f"{self.record.name} (every name without records)"
            if "*" in self.record.name
            else self.record.name
        )
        if self.record.kind == "PTR":
            return f"the reverse name of {self.address} still leads to {self.record.value.rstrip('.')}"
        way = f" by way of {self.by}" if self.by else ""
        return f"{name} {self.record.kind} leads to {self.address}{way}"


def leading(records: Iterable[Record], addresses: Collection[str]) -> Iterator[Lead]:
    """All records that lead to one of these addresses; direct ones first, each once."""
    zone = _Zone(records)
    wanted = {ip_address(each) for each in addresses}
    for record in zone.records:
        found = {str(each) for each in mentioned(_plain(record)) & wanted} if _holds(record) else set[str]()
        if record.kind == "PTR" and (own := reversed_name(record.name)) in wanted:
            found = {str(own)}
        yield from (Lead(record, address) for address in sorted(found))
    for record in zone.records:
        for name, address in sorted(zone.reached(record, {str(each) for each in wanted})):
            yield Lead(record, address, name)


def foreign(records: Iterable[Record], domain: str) -> set[str]:
    """The names outside of the zone that its records lead to: only resolvers know their addresses."""
    targets = {target for record in records if (target := _target(record))}
    return {name for name in targets if name != domain and not name.endswith(f".{domain}")}


class _Zone:
    """The records of a zone, by their names."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = sorted(
            Record(each.name.lower().rstrip("."), each.kind.upper(), each.value) for each in records
        )
        self.at: dict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            self.at[record.name].append(record)
        self.there = {
            ".".join(parts[step:])
            for name in self.at
            for parts in [name.split(".")]
            for step in range(len(parts))
        }

    def reached(self, record: Record, addresses: Collection[str]) -> set[tuple[str, str]]:
        """The names, and addresses of these, that a record leads to through its target."""
        found: set[tuple[str, str]] = set()
        target = _target(record)
        for _ in range(_MOST):
            there = self.found(target) if target else []
            found |= {
                (target, each.value) for each in there if each.kind in ADDRESSES and each.value in addresses
            }
            target = next((_target(each) for each in there if each.kind == "CNAME"), "")
        return found

    def found(self, name: str) -> list[Record]:
        """What the zone answers for a name, by a wildcard where it has none itself (RFC 4592)."""
        if name in self.there:
            return self.at.get(name, [])
        parts = name.split(".")
        closest = next(
            (".".join(parts[step:]) for step in range(1, len(parts)) if ".".join(parts[step:]) in self.there),
            "",
        )
        return self.at.get(f"*.{closest}", [])


def _holds(record: Record) -> bool:
    return record.kind in {*ADDRESSES, "SVCB", "HTTPS", "IPSECKEY", "AMTRELAY", "WKS"}


def _plain(record: Record) -> Record:
    """A record whose IPv4-mapped address is the IPv4 address that it is."""
    return (
        record._replace(value=record.value.lower().replace("::ffff:", "")) if "." in record.value else record
    )


def _target(record: Record) -> str:
    """The name that a record leads to; empty where it leads to none."""
    place = TARGETS.get(record.kind)
    words = record.value.split()
    return words[place].lower().rstrip(".") if place is not None and len(words) > place else ""
