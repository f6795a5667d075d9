"""Tables with NetBox's columns go out and come back the same; a wrong file changes nothing and says why."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.address_stores import Clock, a_plan_of_addresses, a_request

from cmp.errors import Invalid
from cmp.handing import handed_tables, write_out
from cmp.model.addresses import Holding, HoldingKind, Labels, Region, Status
from cmp.ports.addresses import AddressChange
from cmp.services.addresses.exchanging import export, take_over
from cmp.store.memory import MemoryAddresses

words = st.text("abc 中文,\"'é-/;", max_size=12)


def a_store(*changes: AddressChange) -> MemoryAddresses:
    store = MemoryAddresses(Clock())
    for change in changes:
        store.change(change)
    return store


def some_labels() -> st.SearchStrategy[Labels]:
    names = st.sampled_from(["", "mail.example", "a-1.b.example"])
    return st.builds(
        Labels,
        zone=st.just(""),
        center=words,
        owner=words,
        purpose=words,
        dns_name=names,
        description=words,
    )


@st.composite
def some_changes(draw: st.DrawFn) -> AddressChange:
    """Regions that overlap each other, each with subnets and some addresses in them."""
    holdings: list[Holding] = []
    regions = draw(st.lists(st.sampled_from(["global", "red", "blue"]), min_size=1, unique=True))
    for region in regions:
        for number in draw(st.lists(st.integers(0, 9), unique=True, max_size=4)):
            subnet = (
                IPv4Network((0xC6336400 + 16 * number, 28))
                if draw(st.booleans())
                else IPv6Network(((0x20010DB8 << 96) + (number << 64), 64))
            )
            gateway = draw(st.sampled_from([None, subnet[1]]))
            status = draw(st.sampled_from([Status.ACTIVE, Status.RESERVED, Status.DEPRECATED]))
            holdings.append(
                Holding(
                    region=region,
                    name=f"lan {number}",
                    prefix=subnet,
                    kind=HoldingKind.PREFIX,
                    status=status,
                    gateway=gateway,
                    labels=draw(some_labels()),
                )
            )
            holdings += [
                Holding(
                    region=region,
                    name=f"host {number}/{offset}",
                    prefix=type(subnet)(subnet[offset]),
                    kind=HoldingKind.ADDRESS,
                    labels=draw(some_labels()),
                )
                for offset in draw(st.lists(st.integers(2, 14), unique=True, max_size=3))
            ]
    return AddressChange(tuple(Region(name=name, rd=draw(words)) for name in regions), tuple(holdings))


@settings(max_examples=60)
@given(change=some_changes(), kind=st.sampled_from(["csv", "json"]))
def test_what_is_written_is_read_as_the_same(change: AddressChange, kind: str) -> None:
    store, other = a_store(change), a_store()

    with TemporaryDirectory() as folder:
        files = write_out(export(store, kind), Path(folder))
        given = handed_tables(files[0] if kind == "json" else Path(folder))
        taken = take_over(other, given, dry=False)
        again = take_over(other, given, dry=False)

    assert other.holdings() == store.holdings()
    assert taken.new == len(store.holdings())
    assert again.new == 0
    known = {region.name: region for region in store.regions() if region.name != "global"}
    assert {region.name: region for region in other.regions() if region.name != "global"} == known


def test_every_problem_is_told_with_its_line_and_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "prefixes.csv").write_text(
        "prefix,status,vrf,cf_name,colour\n"
        "198.51.0.0/16,container,,plan,red\n"
        "198.51.100.0/24,active,,lan,red\n"
        "198.51.100.64/26,active,,inner,red\n"
        "198.51.300.0/24,active,,,red\n"
        "198.51.7.0/24,unknown,,,red\n"
        "203.0.113.0/24,active,elsewhere,,red\n"
        "198.51.8.0/24,active\n"
    )
    (tmp_path / "ip-addresses.csv").write_text("address,status\n192.0.2.1/24,active\n198.51.100.7/24,slaac\n")
    store = a_store()

    with pytest.raises(Invalid, match="7 problems; nothing was changed") as refusal:
        take_over(store, handed_tables(tmp_path), dry=False)

    told = {(Path(each.file).name, each.line): each.message for each in refusal.value.problems}
    assert set(told) == {
        ("ip-addresses.csv", 2),
        *(("prefixes.csv", line) for line in (1, 4, 5, 6, 7, 8)),
    }
    assert "no column `colour`" in told["prefixes.csv", 1]
    assert "lies in 198.51.100.0/24" in told["prefixes.csv", 4]
    assert "no region `elsewhere`" in told["prefixes.csv", 7]
    assert store.holdings() == ()


def test_problems_of_json_have_the_line_of_their_row(tmp_path: Path) -> None:
    file = tmp_path / "netbox.json"
    file.write_text('{"prefixes": [\n {"prefix": "192.0.2.0/24"},\n {"prefix": "192.0.2.0/33"}, 7\n]}')

    with pytest.raises(Invalid) as refusal:
        take_over(a_store(), handed_tables(file), dry=False)

    assert [each.line for each in refusal.value.problems] == [3, 3]


@pytest.mark.parametrize("text", ["[]", "{", '{"sites": []}'])
def test_what_is_no_such_document_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "netbox.json"
    file.write_text(text)

    with pytest.raises(Invalid):
        take_over(a_store(), handed_tables(file), dry=False)


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    store = a_store(a_plan_of_addresses())
    store.allocate(a_request("mail-1"))
    other = a_store()

    taken = take_over(other, export(store, "csv"), dry=True)

    assert (taken.read, taken.new) == (5, 5)
    assert other.holdings() == ()
