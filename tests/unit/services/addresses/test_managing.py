"""Addresses are asked for in texts, as a command line or an API has them, and answered in one document."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.at_hand import means_at

from cmp.errors import Invalid
from cmp.means import Means
from cmp.services.addresses import managing
from cmp.services.addresses.managing import AllocationWish, HoldingWish

SITES = ("198.51.0.0/16", "2001:db8::/48")
PUBLIC = {"zone": "public", "center": "bj-a"}


@pytest.fixture
def means(tmp_path: Path) -> Means:
    found = means_at(tmp_path)
    for prefix in SITES:
        managing.add(found, HoldingWish("site", prefix, "global", container=True, labels=PUBLIC))
    return found


def test_a_subnet_of_a_zone_comes_in_both_families_and_the_same_again(means: Means) -> None:
    wish = AllocationWish("office", "global", labels=PUBLIC | {"owner": "it"})

    took = managing.allocate(means, wish)

    assert [each.text for each in took.holdings] == ["198.51.0.0/24", "2001:db8::/64"]
    assert managing.allocate(means, wish) == took
    assert managing.show(means, None, {"owner": "it", "zone": None}) == took
    assert [each["prefix"] for each in took.document["allocations"]] == ["198.51.0.0/24", "2001:db8::/64"]


def test_what_is_given_back_is_kept_from_others_for_its_quarantine(means: Means) -> None:
    managing.allocate(means, AllocationWish("one", "global", SITES[:1], (24,)))
    managing.release(means, "global", "one", quarantine_hours=1)

    second = managing.allocate(means, AllocationWish("two", "global", SITES[:1], (24,)))

    assert [each.text for each in second.holdings] == ["198.51.1.0/24"]


def test_names_are_written_with_their_last_dot_or_without(means: Means) -> None:
    managing.allocate(means, AllocationWish("lan", "global", SITES[:1], (24,)))

    added = managing.add(
        means, HoldingWish("mail", "198.51.0.9", "global", labels={"dns_name": "Mail.Example."})
    )
    taken = managing.allocate(
        means, AllocationWish("web", "global", ("198.51.0.0/24",), labels={"dns_name": "Web.Example."})
    )

    assert [each.labels.dns_name for each in (*added.holdings, *taken.holdings)] == [
        "mail.example",
        "web.example",
    ]
    zones = managing.reverse(means, "global", "ns1.example", serial=7)
    assert "9 IN PTR mail.example.\n" in zones.document["zones"][0]["text"]
    assert "SOA ns1.example. hostmaster.ns1.example. 7 " in zones.document["zones"][0]["text"]


def test_a_broken_rule_is_told_with_what_it_is_about(means: Means) -> None:
    assert not managing.lint(means, None, production=False).is_broken

    found = managing.lint(means, None)

    assert found.is_broken
    assert {each["prefix"] for each in found.document["problems"]} == set(SITES)


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (HoldingWish("x", "nonsense", "global"), "`nonsense` is no prefix"),
        (HoldingWish("x", "10.0.0.0/24", "global", gateway="nonsense"), "`nonsense` is no address"),
        (HoldingWish("x", "10.0.0.0/24", "global", gateway="10.0.1.1"), "the gateway 10.0.1.1 lies outside"),
        (HoldingWish("x", "10.0.0.0/24", "No {Region"), "region: a region .VRF. has 1 to 63 characters"),
        (HoldingWish("x", "10.0.0.0/24", "global", gateway="10.0.0.1/25"), "has /25, and its prefix is"),
        (HoldingWish("x,y", "10.0.0.0/24", "global"), "name: "),
        (HoldingWish("x", "10.0.0.1", "global", labels={"dns_name": "no name"}), "dns_name: "),
        (HoldingWish("x", "10.0.0.1", "global", labels={"colour": "red"}), "colour: "),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_written(
    means: Means, wish: HoldingWish, sentence: str
) -> None:
    before = managing.show(means, None, {})

    with pytest.raises(Invalid, match=sentence):
        managing.add(means, wish)

    assert managing.show(means, None, {}) == before


@pytest.mark.parametrize(
    "wish",
    [
        AllocationWish("x", "global"),
        AllocationWish("x", "global", ("nonsense",)),
        AllocationWish("x", "global", SITES[:1], (200,)),
        AllocationWish("x,y", "global", SITES[:1], (24,)),
        AllocationWish("x", "global", labels={"zone": "nowhere", "center": "bj-a"}),
    ],
)
def test_a_wish_that_makes_no_sense_is_told(means: Means, wish: AllocationWish) -> None:
    with pytest.raises(Invalid):
        managing.allocate(means, wish)


def test_a_format_that_nobody_reads_is_refused_and_nothing_is_written(means: Means, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="`xml` is no format"):
        managing.export(means, "xml")

    assert not (tmp_path / "out").exists()


def test_what_was_exported_is_known_when_it_is_taken_over(means: Means, tmp_path: Path) -> None:
    written = managing.export(means)

    again = managing.take_over(means, written.files, dry=False)
    fresh = managing.take_over(means_at(tmp_path / "other"), written.files, dry=True)

    assert again.document == {"read": 2, "new": 0, "dry_run": False, "added": []}
    assert (fresh.read, fresh.new, fresh.dry) == (2, 2, True)
    assert fresh.added == managing.show(means, None, {}).holdings


@pytest.mark.parametrize(
    ("within", "lengths", "sentence"),
    [
        (("10.0.0.0/16",), (33,), "there is no /33 in IPv4: lengths end at 32"),
        (("10.0.0.0/16",), (8,), "a /8 is larger than 10.0.0.0/16"),
        (("2001:db8::/48",), (200,), "length"),
        (("10.0.0.0/16",), (-1,), "length"),
        (("10.0.0.0/16",), (24, 64), "2 lengths are given for 1 prefixes"),
        (("10.0.0.0/33",), (24,), "lengths of IPv4 end at 32"),
    ],
)
def test_a_length_that_does_not_exist_is_told(
    means: Means, within: tuple[str, ...], lengths: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        managing.allocate(means, AllocationWish("x", "global", within, lengths))


def test_addresses_that_are_no_hosts_are_named_by_lint(means: Means) -> None:
    managing.add(means, HoldingWish("lan", "10.7.0.0/24", "lint", gateway="10.7.0.255/24"))
    for name, address in (("first", "10.7.0.0"), ("last", "::ffff:10.7.0.255"), ("desk", "10.7.0.9")):
        managing.add(means, HoldingWish(name, address, "lint"))
    managing.add(means, HoldingWish("link", "10.7.1.0/31", "lint"))
    managing.add(means, HoldingWish("end", "10.7.1.0", "lint"))

    told = {each.name: remark.message for each, remark in managing.lint(means, "lint").remarks}

    assert "10.7.0.0 is the network address of 10.7.0.0/24" in told["first"]
    assert "10.7.0.255 is the broadcast address of 10.7.0.0/24" in told["last"]
    assert "10.7.0.255 is the broadcast address" in told["lan"]
    assert not {"desk", "end"} & told.keys()
