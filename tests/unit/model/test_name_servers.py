"""A name server says how its zone is changed, and has what that way needs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from cmp.model.name_servers import NameServer, ZoneWay

FILES = {"ssh": {"user": "netops", "address": "192.0.2.53"}, "zone_file": "/etc/zones/office"}
AUTHORITY = {"address": "192.0.2.53", "key": "office-ddns"}


def server(**given: Any) -> NameServer:
    return NameServer.model_validate_json(json.dumps({"name": "ns1", **given}))


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        (FILES, True),
        ({"how": "update", "authority": AUTHORITY}, True),
        ({"how": "transfer", "authority": {"address": "2001:db8::53", "port": 5353}}, False),
    ],
)
def test_each_way_says_whether_the_move_changes_the_zone(given: dict[str, Any], changed: bool) -> None:
    assert server(**given).is_changed_here is changed
    assert server(**FILES).how is ZoneWay.FILES


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "needs `ssh` and `zone_file`"),
        ({"ssh": FILES["ssh"]}, "needs `ssh` and `zone_file`"),
        ({"how": "update"}, "needs `authority`"),
        ({"how": "transfer", **FILES}, "needs `authority`"),
        ({"how": "update", "authority": {"address": "192.0.2.53"}}, r"needs `authority\.key`"),
        ({"how": "update", "authority": AUTHORITY | {"key": "../../etc/shadow"}}, "pattern"),
    ],
)
def test_what_a_way_needs_is_asked_for(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        server(**given)
