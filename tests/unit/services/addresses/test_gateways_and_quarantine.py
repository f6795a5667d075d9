"""Gateways that nobody named are not given to hosts, and what is in quarantine is shown until it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.at_hand import NOW, Heard, means_at

from cmp.services.addresses import managing
from cmp.services.addresses.managing import AllocationWish, HoldingWish

LAN = "198.51.0.0/24"


@pytest.mark.parametrize(
    ("prefix", "gateway", "first"),
    [
        (LAN, None, "198.51.0.2"),
        (LAN, "198.51.0.254", "198.51.0.1"),
        ("198.51.0.0/31", None, "198.51.0.0"),
        ("2001:db8::/64", None, "2001:db8::2"),
        ("2001:db8::/127", None, "2001:db8::"),
    ],
)
def test_the_first_address_is_kept_where_no_gateway_is_named(
    tmp_path: Path, prefix: str, gateway: str | None, first: str
) -> None:
    means = means_at(tmp_path, heard=(heard := Heard()))
    managing.add(means, HoldingWish("lan", prefix, "global", gateway=gateway))

    took = managing.allocate(means, AllocationWish("one", "global", (prefix,)))

    assert took.holdings[0].text == first
    kept = [each.name for each in managing.show(means, None, {}).holdings if each.labels.purpose == "gateway"]
    said = [line for line in heard.lines if line.startswith("no gateway is named")]
    assert len(kept) == len(said) == (1 if first.endswith("2") else 0)


def test_an_address_that_somebody_holds_is_no_gateway_and_nothing_is_kept_twice(tmp_path: Path) -> None:
    means = means_at(tmp_path, heard=(heard := Heard()))
    managing.add(means, HoldingWish("lan", LAN, "global"))
    managing.add(means, HoldingWish("old", "198.51.0.1", "global"))

    took = [managing.allocate(means, AllocationWish(name, "global", (LAN,))) for name in ("one", "two")]

    assert [each.holdings[0].text for each in took] == ["198.51.0.2", "198.51.0.3"]
    assert heard.lines == []


def test_links_between_routers_and_loopbacks_have_no_gateway(tmp_path: Path) -> None:
    means = means_at(tmp_path)
    for name, prefix, purpose in (("link", LAN, "router-link"), ("ids", "198.51.1.0/24", "loopback")):
        managing.add(means, HoldingWish(name, prefix, "global", labels={"purpose": purpose}))

        took = managing.allocate(means, AllocationWish(f"{name}-1", "global", (prefix,)))

        assert took.holdings[0].text.endswith(".1")


def test_what_is_in_quarantine_is_shown_until_it_ends(tmp_path: Path) -> None:
    means = means_at(tmp_path)
    managing.add(means, HoldingWish("lan", LAN, "global", gateway="198.51.0.1"))
    managing.allocate(means, AllocationWish("one", "global", (LAN,)))
    managing.release(means, "global", "one", quarantine_hours=2)

    shown = managing.show(means, None, {})
    later = managing.show(means_at(tmp_path, now=NOW + timedelta(hours=3)), None, {})

    assert shown.document["quarantine"] == [
        {"region": "global", "prefix": "198.51.0.2", "until": (NOW + timedelta(hours=2)).isoformat()}
    ]
    assert managing.show(means, "another", {}).quarantine == later.quarantine == ()
