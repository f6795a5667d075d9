"""Translates holdings to and from rows with NetBox's column names, for tables and for its REST shape.

tenant is the owner, site the center, a prefix's role its purpose, vrf the region (empty: `global`). What
NetBox has no column for stands in custom fields: name, zone, gateway, and an address's purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from cmp.model.addresses import GLOBAL, Holding, HoldingKind, Region, Status
from cmp.model.base import Document
from cmp.network.addresses.tree import parents

D = TypeVar("D", bound=Document)

VRFS: Final = "vrfs"
PREFIXES: Final = "prefixes"
ADDRESSES: Final = "ip-addresses"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    VRFS: ("name", "rd", "description"),
    PREFIXES: (
        "prefix",
        "status",
        "vrf",
        "tenant",
        "site",
        "role",
        "description",
        "cf_name",
        "cf_zone",
        "cf_gateway",
        "cf_dns_name",
    ),
    ADDRESSES: (
        "address",
        "status",
        "vrf",
        "tenant",
        "dns_name",
        "description",
        "cf_name",
        "cf_zone",
        "cf_center",
        "cf_purpose",
    ),
}
"""The columns of each table, as they are written."""

LEFT_OUT: Final = frozenset(
    {
        "id",
        "url",
        "display",
        "created",
        "last_updated",
        "tags",
        "comments",
        "enforce_unique",
        "import_targets",
        "export_targets",
        "tenant",
        "vlan",
        "vlan_group",
        "scope_type",
        "scope_id",
        "is_pool",
        "mark_utilized",
        "role",
        "device",
        "interface",
        "virtual_machine",
        "is_primary",
        "nat_inside",
        "family",
        "children",
        "is_oob",
        "fhrp_group",
    }
)
"""Columns of NetBox that say nothing which is kept here."""

Row = Mapping[str, str]


def vrf_row(region: Region) -> dict[str, str]:
    """The row of a region."""
    return {"name": region.name, "rd": region.rd, "description": region.description}


def rows_of(holdings: Sequence[Holding]) -> dict[str, list[dict[str, str]]]:
    """The rows of prefixes and of addresses, which have the length of their subnet."""
    above = parents(holdings)
    rows: dict[str, list[dict[str, str]]] = {PREFIXES: [], ADDRESSES: []}
    for holding, parent in zip(holdings, above, strict=True):
        if holding.kind is HoldingKind.PREFIX:
            rows[PREFIXES].append(_prefix_row(holding))
        else:
            length = holdings[parent].prefix.prefixlen if parent is not None else holding.prefix.prefixlen
            rows[ADDRESSES].append(_address_row(holding, length))
    return rows


def _common(holding: Holding) -> dict[str, str]:
    labels = holding.labels
    return {
        "status": holding.status.value,
        "vrf": "" if holding.region == GLOBAL else holding.region,
        "tenant": labels.owner,
        "description": labels.description,
        "cf_name": holding.name,
        "cf_zone": labels.zone,
    }


def _prefix_row(holding: Holding) -> dict[str, str]:
    labels = holding.labels
    own = {"prefix": str(holding.prefix), "site": labels.center, "role": labels.purpose}
    gateway = str(holding.gateway) if holding.gateway else ""
    return own | _common(holding) | {"cf_gateway": gateway, "cf_dns_name": labels.dns_name}


def _address_row(holding: Holding, length: int) -> dict[str, str]:
    labels = holding.labels
    own = {"address": f"{holding.text}/{length}", "dns_name": labels.dns_name}
    return own | _common(holding) | {"cf_center": labels.center, "cf_purpose": labels.purpose}


def region_of(row: Row) -> Region:
    """The region of a row.

    Raises:
        ValueError: it is none; the sentence says why.
    """
    return _checked(Region, {name: row.get(name, "") for name in COLUMNS[VRFS]})


def holding_of(table: str, row: Row) -> Holding:
    """The holding of a row of prefixes or addresses.

    Raises:
        ValueError: it is none; the sentence says why.
    """
    field = "prefix" if table == PREFIXES else "address"
    text = row.get(field, "")
    prefix = _network(text) if table == PREFIXES else _single(text)
    if row.get("status") == "slaac":
        raise ValueError(f"{text} is an address that its host made up: servers are static (RFC 7381 2.6)")
    gateway = row.get("cf_gateway", "")
    labels = {
        "zone": row.get("cf_zone", ""),
        "center": row.get("site" if table == PREFIXES else "cf_center", ""),
        "owner": row.get("tenant", ""),
        "purpose": row.get("role" if table == PREFIXES else "cf_purpose", ""),
        "dns_name": row.get("cf_dns_name" if table == PREFIXES else "dns_name", ""),
        "description": row.get("description", ""),
    }
    given = {
        "region": row.get("vrf") or GLOBAL,
        "name": row.get("cf_name") or (str(prefix) if table == PREFIXES else str(prefix.network_address)),
        "prefix": prefix,
        "kind": HoldingKind.PREFIX if table == PREFIXES else HoldingKind.ADDRESS,
        "status": _status(row.get("status") or "active"),
        "gateway": ip_address(gateway) if gateway else None,
        "labels": labels,
    }
    return _checked(Holding, given)


def _network(text: str) -> Any:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"`{text}` is no prefix: {error}") from error


def _single(text: str) -> Any:
    try:
        return ip_network(ip_interface(text).ip)
    except ValueError as error:
        raise ValueError(f"`{text}` is no address: {error}") from error


def _status(text: str) -> Status:
    if text not in set(Status):
        raise ValueError(f"`{text}` is no status: {', '.join(Status)}")
    return Status(text)


def _checked(model: type[D], given: Mapping[str, Any]) -> D:
    try:
        return model(**given)
    except ValidationError as error:
        said = (
            f"{'.'.join(map(str, each['loc'])) or 'row'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        )
        raise ValueError("; ".join(said)) from error


def nested(table: str, row: Row) -> dict[str, Any]:
    """A row as NetBox's REST interface shows it."""
    custom = {name[3:]: value for name, value in row.items() if name.startswith("cf_")}
    shown: dict[str, Any] = {name: value for name, value in row.items() if not name.startswith("cf_")}
    for name in ("vrf", "tenant", "site", "role"):
        if name in shown:
            shown[name] = {"name": shown[name]} if shown[name] else None
    if "status" in shown:
        shown["status"] = {"value": shown["status"]}
    return shown if table == VRFS else shown | {"custom_fields": custom}


def flat(shown: Mapping[str, Any]) -> dict[str, str]:
    """A row of what NetBox's REST interface shows."""
    custom = shown.get("custom_fields") or {}
    row = {name: _text(value) for name, value in shown.items() if name != "custom_fields"}
    return row | {f"cf_{name}": _text(value) for name, value in custom.items()}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return _text(next((value[key] for key in ("value", "name", "slug") if key in value), ""))
    return "" if value is None else str(value)
