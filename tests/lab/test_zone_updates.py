"""A real BIND and a real Knot take our updates: signed, name by name, and never more than was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from support.bind import KEY, NAMED, OTHER, Bind, a_bind
from support.knot import KNOTD, a_knot
from support.needs import needs
from support.small_network import a_small_network, needs_network

from cmp.errors import Invalid
from cmp.network.measurement.naming import Record
from cmp.probes.doors import ask
from cmp.probes.names import transferred

pytestmark = [pytest.mark.lab, pytest.mark.hosts, needs_network, needs(NAMED, KNOTD)]

RECORDS = """\
h1 IN A 192.0.2.10
h1 IN TXT "desk; (left"
h2 IN A 192.0.2.20
h2 IN AAAA 2001:db8::20
alias IN CNAME h1
* IN A 192.0.2.10
d1 IN A 192.0.2.1
d2 IN A 192.0.2.2
"""
OLD = ("h1", "A", "192.0.2.10")
NEW = (("h1", "A", "198.51.100.10"), ("h1", "AAAA", "2001:DB8:100:1:0::a"))


@pytest.fixture(scope="module")
def door() -> Iterator[Sequence[str]]:
    with a_small_network() as network:
        yield network.door("station")


@pytest.fixture(scope="module", params=[a_bind, a_knot])
def bind(
    request: pytest.FixtureRequest, door: Sequence[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bind]:
    """The server that keeps the zone, by each of two makers."""
    with request.param(door, tmp_path_factory.mktemp("kept"), RECORDS) as made:
        yield made


def changed(bind: Bind, publish: Any = (), retire: Any = (), **more: Any) -> dict[str, Any]:
    document = {"server": bind.address, "port": 53, "zone": bind.zone, "key": KEY, "ttl": 30}
    document |= {"publish": list(publish), "retire": list(retire), **more}
    return dict(ask(bind.door, "cmp.probes.updates", document))


def serial(bind: Bind) -> int:
    return int(bind.told("", "SOA")[0].split()[2])


def test_a_name_is_led_to_the_new_addresses_and_back(bind: Bind) -> None:
    begun = serial(bind)

    there = changed(bind, NEW)
    assert [each[2] for each in there["added"]] == ["198.51.100.10", "2001:DB8:100:1:0::a"]
    assert bind.told("h1", "A") == ("192.0.2.10", "198.51.100.10")
    assert bind.told("h1", "AAAA") == ("2001:db8:100:1::a",)

    assert changed(bind, NEW[:1], [OLD])["removed"] == [list(OLD)]
    assert bind.told("h1", "A") == ("198.51.100.10",)
    assert bind.told("h1", "TXT") == ('"desk; (left"',)
    assert serial(bind) > begun

    assert changed(bind, NEW, [OLD]) == {"added": [], "removed": [], "denied": {}}

    changed(bind, [OLD], NEW)
    assert bind.told("h1", "A") == ("192.0.2.10",)
    assert bind.told("h1", "AAAA") == ()


@pytest.mark.parametrize(
    ("publish", "retire", "why"),
    [
        ([("h9", "A", "198.51.100.9")], [], "no record of its own"),
        ([("alias", "A", "198.51.100.9")], [], "another name for something else"),
        ([], [("h2", "A", "192.0.2.20"), ("h2", "AAAA", "2001:db8::20")], "no address left"),
    ],
)
def test_a_name_is_refused_and_the_others_are_changed(
    bind: Bind, publish: Any, retire: Any, why: str
) -> None:
    name = [*publish, *retire][0][0]
    before = bind.told(name, "A"), bind.told(name, "AAAA")

    found = changed(bind, [*publish, ("d2", "AAAA", "2001:db8::d2")], retire)

    assert why in found["denied"][name]
    assert (bind.told(name, "A"), bind.told(name, "AAAA")) == before
    assert bind.told("d2", "AAAA") == ("2001:db8::d2",)
    changed(bind, [], [("d2", "AAAA", "2001:db8::d2")])


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (KEY | {"name": "nobody"}, "BadKey|does not believe"),
        (KEY | {"secret": "AAAA" * 8}, "BadSignature|does not believe"),
        (KEY | {"algorithm": "hmac-sha512"}, "Bad|does not believe"),
        (KEY | {"secret": "no base64!"}, "its secret is no base64"),
    ],
)
def test_a_wrong_key_is_refused_and_never_shown(bind: Bind, key: dict[str, str], why: str) -> None:
    with pytest.raises(Invalid, match=why) as told:
        changed(bind, NEW, key=key)

    assert key["secret"] not in str(told.value)
    assert bind.told("h1", "AAAA") == ()


def test_a_key_that_may_change_nothing_is_told(bind: Bind) -> None:
    stranger = KEY | {"name": "stranger", "secret": OTHER}

    if (bind.folder / "knot.conf").exists():  # Knot knows no key in a zone that it opens nothing of
        with pytest.raises(Invalid, match="does not believe the key"):
            changed(bind, NEW, key=stranger)
    else:
        assert changed(bind, NEW, key=stranger)["denied"] == {
            "h1": "the server lets this key change nothing there"
        }
    assert bind.told("h1", "AAAA") == ()


def test_a_server_of_other_zones_is_told(bind: Bind) -> None:
    found = changed(bind, NEW, zone="elsewhere.example")

    assert re.search(r"REFUSED|does not keep elsewhere\.example", found["denied"]["h1"])


def test_a_reverse_name_that_was_not_there_is_made_and_goes_again(bind: Bind) -> None:
    pointer = [("10.2.0.192", "PTR", "h1.office.example.")]

    assert changed(bind, pointer)["denied"] == {}
    assert bind.told("10.2.0.192", "PTR") == ("h1.office.example.",)

    assert changed(bind, [], pointer)["removed"] == [list(pointer[0])]
    assert bind.told("10.2.0.192", "PTR") == ()


def test_the_zone_is_transferred_to_the_key_alone(bind: Bind) -> None:
    found = transferred(bind.address, bind.zone, 53, KEY, bind.door)

    assert Record("h2.office.example", "A", "192.0.2.20") in found
    with pytest.raises(Invalid):
        transferred(bind.address, bind.zone, 53, None, bind.door)
