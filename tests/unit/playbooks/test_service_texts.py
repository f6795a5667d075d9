"""Files of services out of a role's variables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from support.plugin_files import plugin

texts = plugin("filter/service_texts.py").FilterModule().filters()


def a_translator(**changed: Any) -> dict[str, Any]:
    values = {
        "program": "jool",
        "prefix": "2001:db8:64::/96",
        "pool": "198.51.100.0/24",
        "private": True,
        "device": "nat64",
        "own_ipv4": "",
        "own_ipv6": "",
        "data": "/var/lib/tayga",
        "instance": "tricenter",
        "ports": "1024-65535",
    }
    return values | changed


def test_jool_gets_its_pool_for_each_protocol() -> None:
    made = json.loads(texts["translator_text"](a_translator()))

    assert made["global"]["pool6"] == "2001:db8:64::/96"
    assert {(each["protocol"], each["prefix"]) for each in made["pool4"]} == {
        (protocol, "198.51.100.0/24") for protocol in ("TCP", "UDP", "ICMP")
    }


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"prefix": "64:ff9b::/96"}, "RFC 6052 section 3.1"),
        ({"prefix": "2001:db8:64::/80"}, "bits long"),
        ({"pool": "198.51.100.7/24"}, "has host bits set"),
    ],
)
def test_a_translation_that_cannot_be_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(AnsibleFilterError, match=why):
        texts["translator_text"](a_translator(**changed))


def test_tayga_has_the_first_address_of_its_pool_unless_told() -> None:
    assert "ipv4-addr 198.51.100.1\n" in texts["translator_text"](a_translator(program="tayga"))
    own = a_translator(program="tayga", own_ipv4="192.0.2.9")
    assert "ipv4-addr 192.0.2.9\n" in texts["translator_text"](own)


def test_no_prefix_no_addresses_made_up() -> None:
    given: dict[str, Any] = {"listen": [], "allow": ["2001:db8::/32"], "validates": True, "forwards": []}
    plain = texts["resolver_text"](given | {"dns64_prefix": "", "extra": ""})
    made = texts["resolver_text"](given | {"dns64_prefix": "2001:db8:64::/96", "extra": ""})

    assert 'module-config: "validator iterator"' in plain
    assert "dns64-prefix" not in plain
    assert 'module-config: "dns64 validator iterator"' in made


def test_hosts_take_addresses_only_of_prefixes_that_say_so() -> None:
    given = {"interface": "lan", "interval": [3, 4], "router_lifetime": 1800, "servers": []}
    made = texts["announcer_text"](
        given
        | {"prefixes": [{"prefix": "2001:db8:1::/64"}, {"prefix": "2001:db8:2::/64", "autonomous": True}]}
    )

    assert made.index("AdvAutonomous off") < made.index("2001:db8:2::") < made.index("AdvAutonomous on")


def test_a_variable_that_is_missing_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match="interval"):
        texts["announcer_text"]({"interface": "lan"})
