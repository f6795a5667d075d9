"""Translates holdings to and from rows with NetBox's column names, for tables and for its REST shape.

tenant is the owner, site the center, a prefix's role its purpose, vrf the region (empty: `global`). What
NetBox has no column for stands in custom fields: name, zone, gateway, and an address's purpose.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from ipaddress import ip_interface, ip_network
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from cmp.model.addresses import GLOBAL, Holding, HoldingKind, Region, Status
from cmp.model.base import Document
from cmp.model.network import Prefix
from cmp.network.addresses.spelling import gateway_of, in_words, plain, prefix_of, unmapped
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
        "last updated",
        "utilization",
        "depth",
        "prefix_flat",
        "pool",
        "scope",
        "assigned",
        "assigned_object",
        "assigned_object_type",
        "assigned_object_id",
        "nat_outside",
        "parent",
        "tenant_group",
        "site_group",
        "location",
        "aggregate",
        "owner",
        "display_url",
        "_depth",
        "ipaddress_count",
        "prefix_count",
        "duplicate",
        "vlan_id",
    }
)
"""Columns of NetBox that say nothing which is kept here."""

HEADINGS: Final[Mapping[str, str]] = {
    "ip_address": "address",
    "route_distinguisher": "rd",
    "is_a_pool": "is_pool",
    "prefix_(flat)": "prefix_flat",
    "fqdn": "dns_name",
    "id": "id",
    "前缀": "prefix",
    "网段": "prefix",
    "ip地址": "address",
    "ip_地址": "address",
    "地址": "address",
    "状态": "status",
    "租户": "tenant",
    "站点": "site",
    "角色": "role",
    "描述": "description",
    "说明": "description",
    "名称": "name",
    "dns名称": "dns_name",
    "dns_名称": "dns_name",
    "网关": "cf_gateway",
    "gateway": "cf_gateway",
    "zone": "cf_zone",
    "purpose": "cf_purpose",
    "利用率": "utilization",
    "子项": "children",
    "标签": "tags",
    "已分配": "assigned",
}
"""What NetBox's tables and people's lists write above a column, as the name that it has here."""

STATUSES: Final[Mapping[str, str]] = {
    "容器": "container",
    "活动": "active",
    "活跃": "active",
    "启用": "active",
    "在用": "active",
    "保留": "reserved",
    "预留": "reserved",
    "已弃用": "deprecated",
    "弃用": "deprecated",
}
"""Statuses as NetBox says them in Chinese."""

TAKEN: Final[Mapping[str, str]] = {"dhcp": "dhcp", "slaac": "slaac"}
"""Statuses of addresses that nobody here gave out: they are reserved, and this is their purpose."""

Row = Mapping[str, str]


def vrf_row(region: Region) -> dict[str, str]:
    """The row of a region."""
    return {"name": region.name, "rd": region.rd, "description": region.description}


def rows_of(holdings: Sequence[Holding]) -> dict[str, list[dict[str, str]]]:
    """The rows of prefixes and of addresses, which have the length of their subnet."""
    holdings = sorted(holdings, key=lambda each: each.region != GLOBAL)
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


def column(heading: str) -> str:
    """The column that a heading means: NetBox's names, those of its tables, and the usual Chinese ones."""
    name = "_".join(plain(heading).lower().split())
    return HEADINGS.get(name, name)


def region_of(row: Row) -> Region:
    """The region of a row.

    Raises:
        ValueError: it is none; the sentence says why.
    """
    given = {name: row.get(name, "") for name in COLUMNS[VRFS]}
    return _checked(Region, given | {"name": region_name(given["name"]) if given["name"].strip() else ""})


def region_name(vrf: str) -> str:
    """The region that a VRF is; NetBox's tables say `Global` where there is none."""
    written = unicodedata.normalize("NFC", vrf)
    if vrf and not written.strip():
        raise ValueError("the vrf is blanks alone: write its name, or `global`")
    return GLOBAL if written.strip().lower() in {"", GLOBAL, "全局"} else written


def holding_of(table: str, row: Row) -> Holding:
    """The holding of a row of prefixes or addresses.

    Raises:
        ValueError: it is none; the sentence says why.
    """
    field = "prefix" if table == PREFIXES else "address"
    text = row.get(field, "")
    if not text.strip():
        raise ValueError(f"the column `{field}` is empty: is this a cell that was merged with the one above?")
    prefix = prefix_of(text) if table == PREFIXES else _single(text)
    status = plain(row.get("status") or "active").lower()
    purpose = row.get("role" if table == PREFIXES else "cf_purpose", "") or TAKEN.get(status, "")
    gateway = row.get("cf_gateway", "")
    labels = {
        "zone": row.get("cf_zone", ""),
        "center": row.get("site" if table == PREFIXES else "cf_center", ""),
        "owner": row.get("tenant", ""),
        "purpose": purpose,
        "dns_name": row.get("cf_dns_name" if table == PREFIXES else "dns_name", "").lower().rstrip("."),
        "description": row.get("description", ""),
    }
    given = {
        "region": region_name(row.get("vrf", "")),
        "name": row.get("cf_name") or (str(prefix) if table == PREFIXES else str(prefix.network_address)),
        "prefix": prefix,
        "kind": HoldingKind.PREFIX if table == PREFIXES else HoldingKind.ADDRESS,
        "status": _status(status),
        "gateway": gateway_of(gateway, prefix) if gateway else None,
        "labels": labels,
    }
    return _checked(Holding, given)


def _single(text: str) -> Prefix:
    """An address whose length is that of its subnet."""
    try:
        return unmapped(ip_network(ip_interface(plain(text)).ip))
    except ValueError:
        found = prefix_of(text)  # which says what is wrong
        raise ValueError(f"`{plain(text)}` is no address: {found} is a prefix") from None


def _status(text: str) -> Status:
    if text in TAKEN:
        return Status.RESERVED
    known = STATUSES.get(text, text)
    if known not in set(Status):
        raise ValueError(f"`{text}` is no status: {', '.join((*Status, *TAKEN))}")
    return Status(known)


def _checked(model: type[D], given: Mapping[str, Any]) -> D:
    try:
        return model(**given)
    except ValidationError as error:
        said = (
            in_words(".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "), each["type"])
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
    return "" if value is None else ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
