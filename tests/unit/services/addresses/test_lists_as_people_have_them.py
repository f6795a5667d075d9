"""Lists come in whatever a spreadsheet or NetBox wrote: they are read, or refused in words, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.address_stores import Clock

from cmp.errors import Invalid
from cmp.handing import handed_tables, write_out
from cmp.model.addresses import Holding, Status
from cmp.services.addresses.exchanging import export, take_over
from cmp.store.memory import MemoryAddresses

LIST = (
    "prefix,status,vrf,tenant,description\n10.1.0.0/24,active,办公网,民政局,旧办公网\n"
    "10.2.0.0/24,reserved,办公网,,\n"
)


def taken(path: Path, *, vrfs: tuple[str, ...] = ("办公网",)) -> tuple[Holding, ...]:
    store = MemoryAddresses(Clock())
    if vrfs:
        folder = path.parent / "vrfs"
        folder.mkdir()
        (folder / "vrfs.csv").write_text("name\n" + "\n".join(vrfs) + "\n", encoding="utf-8")
        take_over(store, handed_tables(folder), dry=False)
    take_over(store, handed_tables(path), dry=False)
    return store.holdings()


def written(folder: Path, data: bytes | str, name: str = "prefixes.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def problems(path: Path, **more: Any) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        taken(path, **more)
    return [f"{each.line}: {each.message}" for each in refusal.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_spreadsheet_may_write_as_it_likes(encoding: str, delimiter: str, end: str, tmp_path: Path) -> None:
    text = LIST.replace(",", delimiter).replace("\n", end)

    first, second = taken(written(tmp_path, text.encode(encoding)))

    assert (str(first.prefix), first.region, first.labels.owner) == ("10.1.0.0/24", "办公网", "民政局")
    assert first.labels.description == "旧办公网"
    assert second.status is Status.RESERVED


def test_a_comma_within_quotes_ends_no_cell(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'prefix;description;"site, or hall";\n'.replace(';"site, or hall";', "") + "10.1.0.0/24;a, b, c\n",
    )

    assert taken(path, vrfs=())[0].labels.description == "a, b, c"


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("１０．１．０．０／２４", "10.1.0.0/24"),
        (" 10.1.0.0/24 ", "10.1.0.0/24"),
        ("10.1.0.0/255.255.255.0", "10.1.0.0/24"),
        ("::ffff:10.1.0.0/120", "10.1.0.0/24"),
        ("2001:DB8:0:0::/64", "2001:db8::/64"),
    ],
)
def test_a_prefix_has_one_spelling_afterwards(text: str, prefix: str, tmp_path: Path) -> None:
    assert str(taken(written(tmp_path, f"prefix\n{text}\n"), vrfs=())[0].prefix) == prefix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.1.0.5/24", "`10.1.0.5/24` is no prefix, but an address in 10.1.0.0/24: write 10.1.0.0/24"),
        ("10.1.0.0/33", "`10.1.0.0/33` is no prefix: lengths of IPv4 end at 32"),
        ("2001:db8::/129", "`2001:db8::/129` is no prefix: lengths of IPv6 end at 128"),
        ("10.1.0/24", "`10.1.0/24` is no prefix: `10.1.0` is no address"),
        ("10.1.0.300/32", "`10.1.0.300/32` is no prefix: octets are numbers from 0 to 255"),
        ("10.01.0.0/24", "`10.01.0.0/24` is no prefix: an octet begins with 0, which some read as octal"),
        ("10.1.0.0/x", "`10.1.0.0/x` is no prefix: `x` is no length"),
        ("", "the column `prefix` is empty: is this a cell that was merged with the one above?"),
    ],
)
def test_what_is_no_prefix_is_told_in_words(text: str, said: str, tmp_path: Path) -> None:
    assert problems(written(tmp_path, f"prefix,description\n{text},x\n"), vrfs=()) == [f"2: {said}"]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "Prefix,Status,Children,VRF,Utilization,Tenant,Site,VLAN,Role,Description",
            "10.1.0.0/24,Active,0,Global,3%,,,—,,x",
        ),
        (
            "id,prefix,status,vrf,tenant,scope,vlan,role,is_pool,description",
            "7,10.1.0.0/24,active,,,,,,False,x",
        ),
        ("前缀,状态,子项,VRF,利用率,租户,站点,VLAN,角色,描述", "10.1.0.0/24,活动,0,全局,3%,,,—,,x"),
        (
            "Prefix,Prefix (Flat),Depth,Is a pool,Mark Utilized,Last updated",
            "10.1.0.0/24,10.1.0.0/24,0,✘,✘,2026-01-01",
        ),
    ],
    ids=["table", "all-data", "chinese", "more-columns"],
)
def test_netboxs_own_tables_are_read(header: str, row: str, tmp_path: Path) -> None:
    (found,) = taken(written(tmp_path, f"{header}\n{row}\n"), vrfs=())

    assert (str(found.prefix), found.region, found.status) == ("10.1.0.0/24", "global", Status.ACTIVE)


@pytest.mark.parametrize(("status", "purpose"), [("dhcp", "dhcp"), ("DHCP", "dhcp"), ("SLAAC", "slaac")])
def test_addresses_that_others_gave_out_are_reserved(status: str, purpose: str, tmp_path: Path) -> None:
    written(tmp_path, "prefix\n10.1.0.0/24\n")
    written(
        tmp_path,
        f"IP Address,Status,VRF,DNS Name\n10.1.0.9/24,{status},Global,Desk-9.Example.\n",
        "ip-addresses.csv",
    )

    (address,) = [each for each in taken(tmp_path, vrfs=()) if each.text == "10.1.0.9"]

    assert (address.status, address.labels.purpose) == (Status.RESERVED, purpose)
    assert address.labels.dns_name == "desk-9.example"


def test_a_page_of_netboxs_rest_interface_is_read(tmp_path: Path) -> None:
    vrf = {"id": 3, "url": "x", "display": "Red Zone (1:2)", "name": "Red Zone", "rd": "1:2"}
    rows = [
        {
            "id": 1,
            "prefix": "10.1.0.0/24",
            "vrf": vrf,
            "status": {"value": "active", "label": "Active"},
            "tags": [],
        },
        {
            "id": 2,
            "prefix": "10.1.0.0/24",
            "vrf": None,
            "status": {"value": "container"},
            "family": {"value": 4},
        },
    ]
    page = {"count": 2, "next": None, "previous": None, "results": rows}

    found = taken(written(tmp_path, json.dumps(page, indent=1), "page.json"), vrfs=("Red Zone",))

    assert {(each.region, each.status) for each in found} == {
        ("Red Zone", Status.ACTIVE),
        ("global", Status.CONTAINER),
    }


def test_a_page_with_others_behind_it_is_refused(tmp_path: Path) -> None:
    page = {"count": 90, "next": "https://netbox.example/?offset=50", "results": [{"prefix": "10.1.0.0/24"}]}

    assert problems(written(tmp_path, json.dumps(page), "page.json"), vrfs=()) == [
        "1: this page has others behind it (`next`): ask NetBox for all with ?limit=0"
    ]


def test_merged_cells_never_land_in_global_unseen(tmp_path: Path) -> None:
    rows = "10.0.0.0/24,\n10.1.0.0/24,Red\n10.2.0.0/24,\n10.3.0.0/24,\n10.4.0.0/24,global\n"

    told = problems(written(tmp_path, f"prefix,vrf\n{rows}"), vrfs=("Red",))

    assert [each.partition(":")[0] for each in told] == ["4", "5"]
    assert "no vrf is named here, but `Red` above" in told[0]


def test_what_goes_out_with_regions_in_any_order_comes_back(tmp_path: Path) -> None:
    store = MemoryAddresses(Clock())
    for name, text in (
        ("vrfs.csv", "name\nalpha\n红网\n"),
        ("prefixes.csv", "prefix,vrf\n10.1.0.0/24,alpha\n10.1.0.0/24,global\n10.1.0.0/24,红网\n"),
    ):
        written(tmp_path, text, name)
    take_over(store, handed_tables(tmp_path), dry=False)
    (tmp_path / "out").mkdir()
    other = MemoryAddresses(Clock())

    write_out(export(store, "csv"), tmp_path / "out")
    take_over(other, handed_tables(tmp_path / "out"), dry=False)

    assert other.holdings() == store.holdings()
    assert len(store.holdings()) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "status,vrf\nactive,Red\nactive,Red\n",
            ["1: the column `prefix` is missing: status, vrf are there"],
        ),
        (
            "prefix,vrf\n10.1.0.0/24,Nowhere\n10.2.0.0/24,Nowhere\n10.3.0.0/24,Nowhere\n",
            ["2: there is no region `Nowhere` (and in 2 more rows)"],
        ),
        ("prefix\n10.1.0.0/24\n10.1.0.0/24\n", ["3: 10.1.0.0/24 is held by `10.1.0.0/24` already"]),
        ("prefix,colour\n10.1.0.0/24,red\n10.2.0.0/24,red\n", ["1: there is no column `colour` in prefixes"]),
    ],
    ids=["no-column", "no-region", "twice", "colour"],
)
def test_one_fault_is_told_once(text: str, told: list[str], tmp_path: Path) -> None:
    assert problems(written(tmp_path, text), vrfs=()) == told


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("10.1.0.0/24,a{b,", "name: a name has 1 to 128 characters"),
        ("10.1.0.0/24,lan,Not a name!", "dns_name: a DNS name is written in"),
    ],
)
def test_no_pattern_is_ever_told(row: str, said: str, tmp_path: Path) -> None:
    (told,) = problems(written(tmp_path, f"prefix,cf_name,cf_dns_name\n{row}\n"), vrfs=())

    assert said in told
    assert "pattern" not in told
    assert "^" not in told


def test_a_gateway_may_have_the_length_of_its_prefix(tmp_path: Path) -> None:
    text = "prefix,cf_gateway\n10.1.0.0/24,10.1.0.1/24\n10.2.0.0/24,１０.2.0.1\n"

    assert [str(each.gateway) for each in taken(written(tmp_path, text), vrfs=())] == ["10.1.0.1", "10.2.0.1"]
    (tmp_path / "b").mkdir()
    assert problems(written(tmp_path / "b", "prefix,cf_gateway\n10.1.0.0/24,10.1.0.1/25\n"), vrfs=()) == [
        "2: the gateway 10.1.0.1 has /25, and its prefix is 10.1.0.0/24"
    ]


def test_what_is_no_text_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is no text") as refusal:
        taken(written(tmp_path, b"PK\x03\x04\xff\xff\xff\x80"), vrfs=())

    assert "CSV UTF-8" in refusal.value.hint


def test_a_dry_run_says_what_would_be_new(tmp_path: Path) -> None:
    store = MemoryAddresses(Clock())

    found = take_over(store, handed_tables(written(tmp_path, "prefix\n10.1.0.0/24\n10.2.0.0/24\n")), dry=True)

    assert [each.text for each in found.added] == ["10.1.0.0/24", "10.2.0.0/24"]
    assert store.holdings() == ()
