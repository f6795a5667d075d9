"""No secret of a router's configuration is ever shown, whoever made the router."""

from __future__ import annotations

import pytest
from support.plugin_files import plugin

secrets = plugin("module_utils/router_secrets.py")
frr_text = plugin("module_utils/frr_text.py")

WORD = "Zq9xKm42"
"""The secret in every line below; with more words behind it, none of these is shown either."""

FRR = (
    "password 8 {}",
    "password {}",
    "enable password 8 {}",
    "enable password {} and more",
    "neighbor 192.0.2.1 password {}",
    "neighbor 2001:db8::1 password {} with words behind",
    "neighbor PEERS password {}",
    "area 0.0.0.0 virtual-link 192.0.2.9 authentication message-digest message-digest-key 1 md5 {}",
    "area 0 virtual-link 192.0.2.9 authentication-key {}",
    "ip ospf authentication-key {} 192.0.2.1",
    "ip ospf message-digest-key 1 md5 {} 192.0.2.1",
    "ipv6 ospf6 authentication key-id 7 hash-algo md5 key {}",
    "ipv6 ospf6 authentication key-id 7 hash-algo hmac-sha-256 key {}",
    "isis password md5 {}",
    "isis password clear {}",
    "area-password md5 {} authenticate snp validate",
    "domain-password clear {} authenticate snp send-only",
    "openfabric password md5 {}",
    "ip rip authentication string {} x",
    "  key-string {} y z",
    "ip nhrp authentication {}",
    "tcp-md5-auth {}",
    "rpki cache 192.0.2.1 22 operator {} /etc/keys/server.pub preference 1",
    " neighbor 192.0.2.3 password {}",
)
OTHERS = (
    "enable secret 5 {}",
    "enable algorithm-type scrypt secret {}",
    "username netops privilege 15 secret 9 {}",
    "username netops password 7 {}",
    "key-string 7 {}",
    "tacacs-server host 192.0.2.5 key 7 {}",
    "radius-server key {}",
    " key 7 {}",
    "crypto isakmp key {} address 192.0.2.1",
    "pre-shared-key local {}",
    "vrrp 1 authentication text {}",
    "vrrp 1 authentication md5 key-string {} timeout 30",
    "vrrp 1 authentication {}",
    "standby 1 authentication {}",
    "standby 2 authentication md5 key-string 7 {}",
    "snmp-server community {} RO 99",
    "snmp-server host 192.0.2.9 version 2c {}",
    "snmp-server host 192.0.2.9 {}",
    "snmp-server user ops admins v3 auth sha {} priv aes 128 {}",
    "ntp authentication-key 1 md5 {} 7",
    "ppp chap password 0 {}",
    "ppp pap sent-username branch password 0 {}",
    "wpa-psk ascii 0 {}",
    "peer 192.0.2.1 password cipher {}",
    "peer 192.0.2.1 password simple {}",
    "ospf authentication-mode md5 1 cipher {}",
    "ospf authentication-mode simple plain {}",
    "isis authentication-mode md5 cipher {}",
    "isis authentication-mode simple {} ip",
    "area-authentication-mode md5 {}",
    "vrrp vrid 1 authentication-mode md5 {}",
    "local-user netops password irreversible-cipher {}",
    "local-user netops password hash {}",
    "super password level 3 cipher {}",
    "set authentication password cipher {}",
    "radius-server shared-key cipher {}",
    "hwtacacs-server shared-key {}",
    "key authentication cipher {}",
    "snmp-agent community read cipher {}",
    "snmp-agent community write {}",
    "snmp-agent target-host trap address udp-domain 192.0.2.9 params securityname {}",
    "snmp-agent usm-user v3 ops authentication-mode sha cipher {}",
    "ike pre-shared-key cipher {}",
    "pre-shared-key address 192.0.2.1 key cipher {}",
    "key-string cipher {}",
    "key-string plain {}",
    'set protocols bgp group up authentication-key "{}"',
    'set system root-authentication encrypted-password "{}"',
    'set security ike policy p pre-shared-key ascii-text "{}"',
    'set system radius-server 192.0.2.5 secret "{}"',
    "set snmp community {} authorization read-only",
    'authentication-key "{}" hash2',
    "neighbor 192.0.2.1 password 7 {}",
    "/ppp secret add name=branch password={} service=l2tp",
    "/ip ipsec identity add peer=hq secret={}",
    "/interface wireless security-profiles add wpa2-pre-shared-key={}",
    "PrivateKey = {}",
    "psk={}",
)


@pytest.mark.parametrize("line", [*FRR, *OTHERS])
@pytest.mark.parametrize(
    "around", ["{}", "line 7: % Unknown command[4]:  {}\n", " no {}", "interface eth0 / {}"]
)
def test_a_secret_is_never_shown(line: str, around: str) -> None:
    text = around.format(line.format(WORD, WORD))

    shown = secrets.hidden(text)

    assert WORD not in shown
    assert "behind" not in shown
    assert secrets.HIDDEN in shown


@pytest.mark.parametrize("line", FRR)
def test_what_is_told_of_lines_in_blocks_has_none(line: str) -> None:
    (told,) = frr_text.said([("router bgp 64500", line.strip().format(WORD))])

    assert WORD not in told
    assert told.startswith("router bgp 64500 / ")


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption",
        "key chain office",
        " key 7",
        "ip ospf authentication message-digest",
        "ip ospf authentication null 192.0.2.1",
        "ip authentication mode eigrp 1 md5",
        "  cryptographic-algorithm md5",
        "username netops nopassword",
        "ip rip authentication key-chain office",
        "ipv6 ospf6 authentication keychain office",
        "bgp community alias 64500:1 office",
        "set community 64500:1 additive",
        "neighbor 192.0.2.1 send-community both",
        "ip route 192.0.2.0/24 198.51.100.1",
    ],
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert secrets.hidden(line) == line


def test_lines_around_a_secret_are_shown() -> None:
    text = "router bgp 64500\n neighbor 192.0.2.1 password x y\n neighbor 192.0.2.1 remote-as 64501\n"

    assert secrets.hidden(text) == (
        "router bgp 64500\n neighbor 192.0.2.1 password (hidden)\n neighbor 192.0.2.1 remote-as 64501\n"
    )
