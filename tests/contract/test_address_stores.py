"""Whoever keeps addresses behaves the same: in memory, in SQLite, and in PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from support.address_stores import (
    LAN4,
    LAN6,
    NOON,
    SITE4,
    SITE6,
    Clock,
    a_container,
    a_holding,
    a_plan_of_addresses,
    a_postgres,
    a_request,
)
from support.needs import needs

from cmp.errors import Conflict, Invalid, NothingFits, Refused
from cmp.model.addresses import Region, Status
from cmp.network.addresses.rooms import span_of
from cmp.network.addresses.tree import parents
from cmp.ports.addresses import AddressChange, Addresses
from cmp.store.ipam import SqlAddresses
from cmp.store.memory import MemoryAddresses
from cmp.store.sql import url_of
from toolchain.system_packages import POSTGRES

Made = Callable[[Clock], Addresses]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with a_postgres() as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=needs(POSTGRES, root=False))])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Addresses]:
    if request.param == "memory":
        found: Addresses = MemoryAddresses(clock)
        found.change(a_plan_of_addresses())
        yield found
        return
    url = url_of(None, tmp_path / "ipam.sqlite")
    if request.param == "postgresql":
        url = url_of(request.getfixturevalue("postgres"), tmp_path)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    kept = SqlAddresses(url, clock)
    kept.change(a_plan_of_addresses())
    yield kept
    kept.close()


def assert_sound(store: Addresses) -> None:
    """Nobody shares an address, and everything that is an address lies in one subnet."""
    holdings = store.holdings()
    above = parents(holdings)
    for holding, parent in zip(holdings, above, strict=True):
        if parent is not None:
            inner = holdings[parent].status is Status.CONTAINER
            assert inner == (holding.kind.value == "prefix")
    places = [(each.region, each.prefix, each.kind) for each in holdings]
    assert len(set(places)) == len(places)


def test_the_first_address_that_a_host_can_have_is_given_out(store: Addresses) -> None:
    four = store.allocate(a_request("mail-1"))
    six = store.allocate(a_request("mail-1", LAN6))

    assert (four.text, six.text) == ("198.51.100.2", "2001:db8:0:1::2")
    assert_sound(store)


def test_the_same_request_gets_the_same_answer(store: Addresses) -> None:
    first = store.allocate(
        a_request("mail-1", dns := LAN4, labels={"dns_name": "mail.example", "owner": "office"})
    )

    assert store.allocate(a_request("mail-1", dns)) == first
    assert store.allocate_many([a_request("mail-1"), a_request("mail-1")]) == (first, first)


def test_a_name_that_holds_something_else_is_a_conflict(store: Addresses) -> None:
    store.allocate(a_request("mail-1"))

    with pytest.raises(Conflict, match=r"`mail-1` holds 198.51.100.2"):
        store.allocate(a_request("mail-1", SITE4, length=26))


def test_subnets_come_from_containers_in_both_families(store: Addresses) -> None:
    four, six = store.allocate_many(
        [a_request("office", SITE4, length=24), a_request("office", SITE6, length=64)]
    )

    assert (four.text, six.text) == ("198.51.0.0/24", "2001:db8::/64")
    assert (str(four.gateway), str(six.gateway)) == ("198.51.0.1", "2001:db8::1")
    assert store.allocate(a_request("printer", four.prefix)).text == "198.51.0.2"


def test_a_small_subnet_does_not_break_the_borders_of_a_large_one(store: Addresses) -> None:
    store.allocate(a_request("small", SITE4, length=28))

    large = store.allocate(a_request("large", SITE4, length=20))
    another = store.allocate(a_request("another", SITE4, length=28))

    assert (large.text, another.text) == ("198.51.16.0/20", "198.51.0.16/28")
    assert_sound(store)


def test_all_are_answered_or_none(store: Addresses) -> None:
    before = store.holdings()

    with pytest.raises(NothingFits):
        store.allocate_many([a_request(f"host-{number}") for number in range(254)])

    assert store.holdings() == before
    assert len(store.allocate_many([a_request(f"host-{number}") for number in range(253)])) == 253


def test_what_is_released_is_the_first_to_be_given_out_again(store: Addresses) -> None:
    store.allocate_many([a_request(f"host-{number}") for number in range(9)])

    released = store.release("extranet", "host-4")

    assert [each.text for each in released] == ["198.51.100.6"]
    assert store.allocate(a_request("next")).text == "198.51.100.6"
    assert store.allocate(a_request("last")).text == "198.51.100.11"


def test_holes_grow_together_again(store: Addresses) -> None:
    for name in ("one", "two", "three"):
        store.allocate(a_request(name, SITE4, length=18 if name == "three" else 26))
    for name in ("two", "one"):
        store.release("extranet", name)

    assert store.allocate(a_request("whole", SITE4, length=19)).text == "198.51.0.0/19"


def test_what_is_in_quarantine_comes_back_after_its_time(store: Addresses, clock: Clock) -> None:
    store.allocate_many([a_request(f"host-{number}") for number in range(253)])
    store.release("extranet", "host-7", until=NOON.replace(hour=14))

    with pytest.raises(NothingFits):
        store.allocate(a_request("next"))
    clock.forward(hours=3)

    assert store.allocate(a_request("next")).text == "198.51.100.9"
    assert_sound(store)


def test_what_holds_others_is_not_released(store: Addresses) -> None:
    store.allocate(a_request("mail-1"))

    with pytest.raises(Refused, match="has others in it"):
        store.release("extranet", "lan")
    with pytest.raises(Invalid, match="holds nothing"):
        store.release("extranet", "unknown")


def test_regions_may_overlap_and_one_region_may_not(store: Addresses) -> None:
    other = AddressChange((Region(name="rescue-net"),), (a_holding("lan", str(LAN4), region="rescue-net"),))
    assert store.change(other) == 1

    with pytest.raises(Invalid, match="no container"):
        store.change(AddressChange(added=(a_holding("inner", "198.51.100.64/26"),)))
    with pytest.raises(Invalid, match="held by `lan`"):
        store.change(AddressChange(added=(a_holding("twin", str(LAN4)),)))
    with pytest.raises(Invalid, match="no region"):
        store.change(AddressChange(added=(a_holding("lost", str(LAN4), region="nowhere"),)))


def test_every_objection_is_told_and_nothing_is_changed(store: Addresses) -> None:
    before = store.holdings()
    wrong = (
        a_holding("ok", "198.51.101.0/24"),
        a_holding("lonely", "203.0.113.7"),
        a_holding("other-zone", "198.51.100.9", zone="private"),
    )

    with pytest.raises(Invalid, match=r"203.0.113.7 .*no prefix.*zone `private`"):
        store.change(AddressChange(added=wrong))

    assert store.holdings() == before


def test_a_change_made_again_changes_nothing(store: Addresses) -> None:
    assert store.change(a_plan_of_addresses()) == 0


def test_an_address_added_by_hand_is_not_given_out(store: Addresses) -> None:
    store.change(AddressChange(added=(a_holding("by-hand", "198.51.100.2"),)))

    assert store.allocate(a_request("mail-1")).text == "198.51.100.3"
    store.release("extranet", "by-hand")
    assert store.allocate(a_request("mail-2")).text == "198.51.100.2"


def test_a_container_put_between_takes_what_lies_in_it(store: Addresses) -> None:
    store.change(AddressChange(added=(a_container("half", "198.51.64.0/18"),)))

    assert (
        store.allocate(a_request("in-half", ip_network("198.51.64.0/18"), length=24)).text == "198.51.64.0/24"
    )
    with pytest.raises(NothingFits):
        store.allocate(a_request("in-lan", ip_network("198.51.64.0/18"), length=19)) and store.allocate(
            a_request("too-much", ip_network("198.51.64.0/18"), length=19)
        )
    assert_sound(store)


def test_a_change_takes_out_and_puts_in_at_once(store: Addresses) -> None:
    old = next(each for each in store.holdings() if each.prefix == LAN4)
    store.allocate(a_request("mail-1", LAN6))

    store.change(AddressChange(gone=(old,), added=(a_holding("wider", "198.51.100.0/23"),)))

    assert [each.text for each in store.holdings() if each.name in {"lan", "wider"}] == [
        "198.51.100.0/23",
        str(LAN6),
    ]
    assert store.allocate(a_request("first", ip_network("198.51.100.0/23"))).text == "198.51.100.1"


def test_what_goes_leaves_no_address_without_a_subnet(store: Addresses) -> None:
    store.allocate(a_request("mail-1"))
    gone = tuple(each for each in store.holdings() if each.prefix in {LAN4, SITE4})

    with pytest.raises(Refused, match="would lie in no prefix"):
        store.change(AddressChange(gone=gone))


@pytest.mark.parametrize("within", [LAN4, ip_network("203.0.113.0/24")])
def test_what_a_prefix_cannot_give_is_refused(store: Addresses, within: object) -> None:
    with pytest.raises(Invalid):
        store.allocate(a_request("subnet", within, length=26))


def test_sixty_four_allocators_never_collide(store: Addresses) -> None:
    def some(worker: int) -> list[str]:
        return [store.allocate(a_request(f"w{worker}-{number}", LAN6)).text for number in range(5)]

    with ThreadPoolExecutor(64) as workers:
        given_out = [address for found in workers.map(some, range(64)) for address in found]

    assert len(set(given_out)) == 64 * 5
    assert max(map(ip_address, given_out)) == LAN6[64 * 5 + 1]
    assert_sound(store)


def test_allocators_that_want_the_same_name_get_the_same(store: Addresses) -> None:
    with ThreadPoolExecutor(16) as workers:
        found = set(workers.map(lambda _: store.allocate(a_request("shared")).text, range(16)))

    assert found == {"198.51.100.2"}


def test_what_is_in_quarantine_is_listed_with_its_end(store: Addresses) -> None:
    until = NOON + timedelta(hours=3)
    took = [store.allocate(a_request(name, prefix)) for name, prefix in (("one", LAN4), ("two", LAN6))]
    for each in took:
        store.release(each.region, each.name, until)

    assert [(each.family, each.first, each.last, each.until) for each in store.kept_back()] == [
        (each.family, *span_of(each.prefix), until) for each in took
    ]
